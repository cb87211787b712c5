"""What is counted and timed (指标), for Prometheus; ``app.operations`` shows it at ``/metrics``.

A room that counts something of its own makes its counter on ``OWN``.

Why prometheus-client: it speaks the exposition format and adds up several processes. Where
``PROMETHEUS_MULTIPROC_DIR`` names a folder (``market up``, or several web processes), every process
writes its figures there and any of them answers for all; elsewhere a process answers for itself.
Labels are route templates, verbs and outcomes, never a number, a name or an address.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.core.sharing import FOLDER_VARIABLE

OWN: Final = CollectorRegistry()
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Counter(
    "market_http_requests", "Requests answered.", ["method", "route", "status"], registry=OWN
)
REQUEST_SECONDS: Final = Histogram(
    "market_http_request_seconds",
    "Seconds until an answer began.",
    ["route"],
    buckets=_SECONDS,
    registry=OWN,
)
CONNECTIONS: Final = Gauge(
    "market_db_connections_in_use",
    "Connections taken from the pool.",
    registry=OWN,
    multiprocess_mode="livesum",
)
RETRIED: Final = Counter(
    "market_transactions_retried",
    "Transactions run again after a deadlock, a serialisation failure or a doubled key.",
    registry=OWN,
)
JOBS: Final = Counter(
    "market_jobs_finished", "Jobs that came to an end here.", ["job", "outcome"], registry=OWN
)
SWEEP_SECONDS: Final = Histogram(
    "market_sweep_seconds", "Seconds of one sweep.", ["sweep"], buckets=_SECONDS, registry=OWN
)
SWEEPS_FAILED: Final = Counter(
    "market_sweeps_failed", "Sweeps that ended in a fault.", ["sweep"], registry=OWN
)
SEARCH_SECONDS: Final = Histogram(
    "market_search_seconds",
    "Seconds of one search, by the engine that answered.",
    ["engine"],
    buckets=_SECONDS,
    registry=OWN,
)
SEARCH_FALLBACKS: Final = Counter(
    "market_search_fallbacks",
    "Questions that PostgreSQL answered in place of the chosen engine.",
    ["reason"],
    registry=OWN,
)
SEARCH_ENCODED: Final = Counter(
    "market_search_encoded",
    "Questions whose meaning was asked: known, made, late, failed, turned_away, no_model.",
    ["outcome"],
    registry=OWN,
)
SEARCH_ENGINE_UP: Final = Gauge(
    "market_search_engine_up",
    "Whether the chosen engine answers web processes: 1, or 0 while PostgreSQL stands in.",
    ["engine"],  # so that processes that ask nothing, or only PostgreSQL, give no figure
    registry=OWN,
    multiprocess_mode="livemin",
)
SEARCH_TAKEN: Final = Counter(
    "market_search_taken",
    "Documents that followers of the search index took or refused, and faults of followers.",
    ["follower", "outcome"],
    registry=OWN,
)
SEARCH_REPAIRED: Final = Counter(
    "market_search_repaired",
    "Documents that the drift check put right, by the place where they were wrong.",
    ["place"],
    registry=OWN,
)


def shared_registry() -> CollectorRegistry:
    """Everything counted: of all processes that share a folder, else of this one."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder or not Path(folder).is_dir():
        return OWN
    _bury(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry


def _bury(folder: Path) -> None:
    """A dead process holds no connections; what it counted stays."""
    for path in folder.glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not psutil.pid_exists(pid):
            mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]
