"""Where the `market` command begins.

Importing the market takes most of a start. So for `market up` the web process is begun here, before
the rest is imported: both import side by side, and the web process then waits for its settings.
"""

import sys

from app import tether
from app.core.sharing import share_figures

if sys.argv[1:] == ["up"]:
    share_figures()
    tether.launch("web")

from app.cli import main

__all__ = ["main"]
