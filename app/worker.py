"""The worker: listeners of facts, jobs outside the database, and the one sweep for timed work.

It exits when PostgreSQL goes, so that whoever started it (``market up``, a container) starts it
anew; nothing is kept in memory between rounds.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries, RetryRequested
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError

import app.accounts.jobs
import app.auctions.jobs
import app.audit.jobs
import app.catalogue.jobs
import app.deals.handlers
import app.demands.jobs
from app.core.clock import refuse_moved_clock
from app.core.db import make_engine, make_sessions
from app.core.facts import FACT_JOB, Listener, deliver
from app.core.jobs import QUEUE_SETTINGS
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.seed.stage import keep_alive

log = logging.getLogger("market.worker")

SWEEP_EVERY_S = 0.5
DEQUEUE_TIMEOUT = timedelta(seconds=2)
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
RETRY_AFTER_S = (1, 5, 30, 120, 600)

Sweep = Callable[[UnitOfWork], Awaitable[int]]

LISTENERS: Mapping[str, Sequence[Listener]] = {**app.deals.handlers.LISTENERS}

SWEEPS: Sequence[Sweep] = (
    *app.auctions.jobs.SWEEPS,
    app.catalogue.jobs.sweep_expired_offers,
    app.demands.jobs.sweep_expired,
    app.accounts.jobs.sweep_sessions,
    app.accounts.jobs.sweep_attempt_counters,
    app.audit.jobs.sweep_seal_entries,
)


async def run_worker(settings: Settings) -> None:
    """Work until cancelled. Raises when the database goes or the clock was moved outside a demo."""
    engine = make_engine(settings.database_url, pool_size=4)
    tx = Tx(make_sessions(engine))
    try:
        await tx.run(refuse_moved_clock, allowed=settings.may_move_clock)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sweep_forever(tx, SWEEPS))
            tasks.create_task(run_jobs(settings.database_url, tx))
            if settings.mode is Mode.demo:
                tasks.create_task(keep_alive(tx))
    finally:
        await engine.dispose()


async def sweep_forever(tx: Tx, sweeps: Sequence[Sweep]) -> None:
    """Every half second: find what a clock must do, and do it."""
    while True:
        for sweep in sweeps:
            await sweep_once(tx, sweep)
        await asyncio.sleep(SWEEP_EVERY_S)


async def sweep_once(tx: Tx, sweep: Sweep) -> None:
    """Run one sweep until it finds nothing. A fault in one must not stop the others' clocks."""
    try:
        while await tx.run(sweep):
            pass
    except DBAPIError as error:
        if isinstance(error, InterfaceError) or error.connection_invalidated:
            raise
        log.exception("sweep failed", extra={"sweep": sweep.__module__})
    except OSError:
        raise
    except Exception:
        log.exception("sweep failed", extra={"sweep": sweep.__module__})


async def run_jobs(database_url: str, tx: Tx) -> None:
    """Take jobs off the queue until the connection goes."""
    connection = await connect_raw(database_url)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    queue = make_queue(connection, tx)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                queue.run(dequeue_timeout=DEQUEUE_TIMEOUT, heartbeat_timeout=HEARTBEAT_TIMEOUT)
            )
            tasks.create_task(_raise_when(lost))
    finally:
        await connection.close()


async def _raise_when(lost: asyncio.Event) -> None:
    await lost.wait()
    raise ConnectionError("the job queue lost its database connection")


async def connect_raw(database_url: str) -> asyncpg.Connection:
    """A plain asyncpg connection to the address SQLAlchemy uses."""
    url = make_url(database_url)
    _, options = url.get_dialect()().create_connect_args(url)
    return await asyncpg.connect(**options)


def make_queue(connection: asyncpg.Connection, tx: Tx) -> PgQueuer:
    """PgQueuer on our schema, with every job this market knows."""
    driver = AsyncpgDriver(connection)
    queue = PgQueuer(
        driver,
        queries=Queries(
            driver,
            qbe=QueryBuilderEnvironment(settings=QUEUE_SETTINGS),
            qbq=QueryQueueBuilder(settings=QUEUE_SETTINGS),
            qbs=QuerySchedulerBuilder(settings=QUEUE_SETTINGS),
        ),
    )

    @queue.entrypoint(FACT_JOB, on_failure="hold")
    async def deliver_fact(job: Job) -> None:
        await retrying(job, deliver_job(tx, job))

    return queue


async def deliver_job(tx: Tx, job: Job) -> None:
    """Tell the listeners of the fact that a job names."""
    fact_id = UUID(json.loads(job.payload or b"{}")["fact_id"])
    await deliver(tx, fact_id, LISTENERS)


async def retrying(job: Job, work: Awaitable[None]) -> None:
    """Run a job's work; on a fault ask for another try, later each time, then hold it."""
    try:
        await work
    except Exception as error:
        if job.attempts >= len(RETRY_AFTER_S):
            raise
        log.exception("job failed", extra={"job": job.entrypoint, "attempts": job.attempts})
        delay = timedelta(seconds=RETRY_AFTER_S[job.attempts])
        raise RetryRequested(delay, reason=str(error)[:200]) from error
