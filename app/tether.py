"""What a process started by `market up` does first: ties itself to it, and takes its settings.

Tied by a look at the parent's number twice a second, so that kill -9 of `market up` leaves no
orphans: no privilege, no pipe that a grandchild might hold open, and the same on every Unix. The
settings come by standard input, so that the process can import while the database starts, and so
that no password stands in its environment as others see it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

VARIABLE = "MARKET_PARENT"
"""Names the process a child belongs to, in case it dies before the child can look."""

LOOK_EVERY_S = 0.5
GRACE_S = 5.0
"""Seconds a process may take to end by itself once its parent is gone."""


BEGUN: dict[str, "subprocess.Popen[bytes]"] = {}
"""Processes begun before `market up` itself had been imported, by name."""

_BOOT = (
    "from app.tether import take_settings, tie; tie(); import gc; gc.disable(); "
    "import {serves}; from app.cli import main; gc.freeze(); gc.enable(); take_settings(); main()"
)


_BANK_BOOT = (
    "from app.tether import take_settings, tie; tie(); "
    "from app.bank.serving import main; take_settings(); main()"
)


def command(name: str) -> list[str]:
    """The command of one of the market's processes: `web`, `worker`, or `bank`, which is none.

    What it serves is imported before it waits for its settings; the bank imports no market.
    """
    if name == "bank":
        return [sys.executable, "-c", _BANK_BOOT, name]
    serves = {"web": "app.serving", "worker": "app.worker"}[name]
    return [sys.executable, "-c", _BOOT.format(serves=serves), name]


def environment() -> dict[str, str]:
    """Its environment; the settings come later."""
    return {**os.environ, VARIABLE: str(os.getpid())}


def launch(name: str) -> None:
    """Start a process that imports and waits, for `market up` to find in BEGUN."""
    # A session of its own: Ctrl-C reaches `market up` alone, which stops things in order.
    BEGUN[name] = subprocess.Popen(
        command(name), stdin=subprocess.PIPE, env=environment(), start_new_session=True
    )


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
