"""Everything a person sees: pages, forms, templates, styles and scripts.

Pages call the same verbs as the JSON API and hold no rule of the market. One URL works with and
without JavaScript; what a person typed is never lost by a refusal; every text goes through
gettext (source language zh-CN, catalogue en).
"""
