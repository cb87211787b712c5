"""Measurements of the market on your own machine; no part of the installed program."""
