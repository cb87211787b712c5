"""科技大市场: the self-hosted technology trading market (see README.md for the house plan)."""
