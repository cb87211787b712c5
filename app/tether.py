"""What a process started by `market up` does first: ties itself to it, and takes its settings.

Tied by a look at the parent's number twice a second, so that kill -9 of `market up` leaves no
orphans: no privilege, no pipe that a grandchild might hold open, and the same on every Unix. The
settings come by standard input, so that the process can import while the database starts, and so
that no password stands in its environment as others see it.
"""

import json
import os
import signal
import sys
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


def take_settings() -> None:
    """Wait for one line of JSON on standard input and put it into the environment.

    Ends the process when the line does not come: then nobody needs it any more.
    """
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    os.environ.update(json.loads(line))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
