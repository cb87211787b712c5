"""The folder in which processes of one machine share what they counted.

Standard library only: ``market up`` makes it before it imports anything else, since the metrics
look for it when they are imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX: Final = "market-metrics"


def share_figures() -> None:
    """Make the folder for this process and those it starts; removes those of dead processes."""
    base = Path(tempfile.gettempdir())
    for old in base.glob(f"{_PREFIX}-{os.getuid()}-*"):
        pid = old.name.rpartition("-")[2]
        if pid.isdigit() and (int(pid) == os.getpid() or not _lives(int(pid))):
            shutil.rmtree(old, ignore_errors=True)
    folder = base / f"{_PREFIX}-{os.getuid()}-{os.getpid()}"
    # why: somebody else's folder of this name would be a fault, not a place to write
    folder.mkdir(mode=0o700)
    os.environ[FOLDER_VARIABLE] = str(folder)


def forget_figures() -> None:
    """Remove the folder that ``share_figures`` made. Idempotent."""
    if folder := os.environ.pop(FOLDER_VARIABLE, ""):
        shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
