"""Where the `market` command begins.

Importing the market takes most of a start. So for `market up` the web process is begun here, before
the rest is imported: both import side by side, and the web process then waits for its settings.
"""

import gc
import sys

from app import tether
from app.core.sharing import share_figures

if sys.argv[1:] == ["up"]:
    share_figures()
    tether.launch("web")

# Nothing that a start makes is garbage: looking for it costs a tenth of a start, and later again
# whenever the collector walks over all that was imported.
gc.disable()

from app.cli import main  # noqa: E402 - see above

gc.freeze()
gc.enable()

__all__ = ["main"]
