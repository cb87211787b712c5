"""One running market for everything that a file of tests kills in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.running import RunningMarket


@pytest.fixture(scope="module")
def market() -> Iterator[RunningMarket]:
    # why not pytest's folder: root's is closed, and PostgreSQL runs as an ordinary user
    folder = Path(tempfile.mkdtemp(prefix="market-"))
    folder.chmod(0o755)
    running = RunningMarket(folder / "data")
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder)
