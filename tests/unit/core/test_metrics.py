"""What is counted: once a committed verb, and for all processes that share a folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import metrics, sharing

COUNTING = """
from app.core import metrics
metrics.REQUESTS.labels(method="GET", route="/", status="200").inc()
metrics.CONNECTIONS.inc(5)
"""


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sharing.share_figures()
    yield Path(os.environ[sharing.FOLDER_VARIABLE])
    sharing.forget_figures()


def test_several_processes_answer_as_one_and_the_dead_hold_nothing(shared: Path) -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTING], check=True)
    registry = metrics.shared_registry()
    labels = {"method": "GET", "route": "/", "status": "200"}
    assert registry.get_sample_value("market_http_requests_total", labels) == 2
    assert not registry.get_sample_value("market_db_connections_in_use")


def test_the_folder_is_our_own_and_goes_with_us(shared: Path, tmp_path: Path) -> None:
    assert shared.stat().st_mode & 0o777 == 0o700
    sharing.forget_figures()
    assert not shared.exists()
    sharing.forget_figures()


def test_folders_of_dead_processes_are_removed(shared: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old = shared.with_name(f"market-metrics-{os.getuid()}-{ended.pid}")
    old.mkdir()
    sharing.forget_figures()
    sharing.share_figures()
    assert not old.exists()


def test_alone_a_process_answers_for_itself() -> None:
    assert sharing.FOLDER_VARIABLE not in os.environ
    metrics.RETRIED.inc()
    found = metrics.shared_registry().get_sample_value("market_transactions_retried_total")
    assert found is not None
    assert found >= 1
