"""What is shown at ``/metrics``: what the processes counted, and what the database knows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.core.metrics import shared_registry
from app.core.settings import Settings
from app.core.signs import read_signs
from app.core.tx import Tx, UnitOfWork
from app.operations import queries
from app.operations.machine import find_disk
from app.operations.service import AWAY, PATIENCE_S
from search.drift.checking import read_last
from search.following import queries as followers

log = logging.getLogger("market.operations")


class _Ready(Collector):
    """Metrics that were worked out before Prometheus' library asks for them."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def write_figures(tx: Tx, settings: Settings) -> bytes:
    """All figures in Prometheus' text format; without those of the database while it is away."""
    up = GaugeMetricFamily("market_database_up", "Whether the database answered.")
    metrics = [up, *_disk(settings)]
    try:
        async with asyncio.timeout(PATIENCE_S):
            metrics += await tx.run(read_figures)
        up.add_metric([], 1)
    except AWAY as error:
        log.warning("no figures of the database: %s", type(error).__name__)
        up.add_metric([], 0)
    registry = CollectorRegistry()
    registry.register(_Ready(metrics))
    counted = await asyncio.to_thread(lambda: generate_latest(shared_registry()))
    return counted + generate_latest(registry)


def _disk(settings: Settings) -> Iterator[Metric]:
    disk = find_disk(settings.data_dir)
    if disk is not None:
        yield GaugeMetricFamily(
            "market_disk_free_bytes", "Room on the disk of the data folder.", value=disk.free
        )


async def read_figures(uow: UnitOfWork) -> list[Metric]:
    """What the database knows of queues, clocks and signs of life."""
    jobs = GaugeMetricFamily(
        "market_jobs", "Jobs in the queue; failed ones are held.", labels=["job", "status"]
    )
    waiting = GaugeMetricFamily(
        "market_jobs_oldest_seconds", "Age of the oldest queued job.", labels=["job"]
    )
    for row in await queries.list_jobs(uow):
        jobs.add_metric([row.job, row.status], row.count)
        if row.status == "queued":
            waiting.add_metric([row.job], row.waited_s)
    outbox = GaugeMetricFamily(
        "market_outbox", "Mails and webhooks that are not over.", labels=["kind", "state"]
    )
    for (kind, state), count in (await queries.list_outgoing(uow)).items():
        outbox.add_metric([kind, state], count)
    lag = GaugeMetricFamily(
        "market_sweep_lag_seconds",
        "How long the most overdue lot has waited.",
        value=await queries.get_overdue_s(uow),
    )
    signs = GaugeMetricFamily(
        "market_sign_age_seconds", "Seconds since a sign of life.", labels=["of"]
    )
    for of, sign in (await read_signs(uow)).items():
        signs.add_metric([of.value], max(0.0, (uow.now - sign.seen_at).total_seconds()))
    beat = GaugeMetricFamily(
        "market_heartbeat_age_seconds", "Seconds since the web service's last heartbeat."
    )
    if (age := await queries.find_heartbeat_age_s(uow)) is not None:
        beat.add_metric([], age)
    return [jobs, waiting, outbox, lag, signs, beat, *await _read_search(uow)]


async def _read_search(uow: UnitOfWork) -> list[Metric]:
    """How those stand that follow the search index, and how old its last check is."""
    queue = GaugeMetricFamily(
        "market_search_queue", "Documents that a follower has not taken.", labels=["follower"]
    )
    dead = GaugeMetricFamily(
        "market_search_dead", "Documents that a follower gave up.", labels=["follower"]
    )
    lag = GaugeMetricFamily(
        "market_search_lag_seconds", "How long the first due has waited.", labels=["follower"]
    )
    up = GaugeMetricFamily(
        "market_search_follower_up", "Whether a follower takes documents.", labels=["follower"]
    )
    for one in await followers.list_standings(uow):
        for metric, value in (
            (queue, one.waiting), (dead, one.dead), (lag, one.lag_s), (up, not one.fault),
        ):  # fmt: skip
            metric.add_metric([one.name], float(value))
    check = GaugeMetricFamily("market_search_check_age_seconds", "Age of the last whole check.")
    if (last := await read_last(uow)) is not None:
        check.add_metric([], max(0.0, (uow.now - last.at).total_seconds()))
    return [queue, dead, lag, up, check]
