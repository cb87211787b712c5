"""Ties a process to the one that started it, so that kill -9 of `market up` leaves no orphans.

A look at the parent's number twice a second: no privilege, no pipe that a grandchild might hold
open, and the same on every Unix.
"""

import os
import signal
import threading
import time

VARIABLE = "MARKET_PARENT"
"""Names the process a child belongs to, in case it dies before the child can look."""

LOOK_EVERY_S = 0.5
GRACE_S = 5.0
"""Seconds a process may take to end by itself once its parent is gone."""


def tie() -> None:
    """From now on this process ends, gracefully if it can, when its parent dies."""
    parent = int(os.environ.pop(VARIABLE, 0)) or os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="tether", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
