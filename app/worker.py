"""The worker: listeners of facts, jobs outside the database, and the one sweep for timed work.

It exits when PostgreSQL goes, so that whoever started it (``market up``, a container) starts it
anew; nothing is kept in memory between rounds.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries, RetryRequested
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)

import app.accounts.handlers
import app.accounts.jobs
import app.auctions.deposit_handlers
import app.auctions.deposits
import app.auctions.handlers
import app.auctions.jobs
import app.auctions.life_notices
import app.auctions.record_handlers
import app.audit.jobs
import app.catalogue.handlers
import app.catalogue.jobs
import app.clearances.jobs
import app.deals.handlers
import app.demands.handlers
import app.demands.jobs
import app.disclosures.jobs
import app.files.jobs
import app.imports.jobs
import app.imports.working
import app.inbox.jobs
import app.payments.jobs
import app.searches.jobs
from app.accounts.address_book import AccountsAddressBook
from app.auctions.certificates import CERTIFICATE_JOB, make_certificates
from app.catalogue import import_service as achievements
from app.core.clock import refuse_moved_clock
from app.core.db import connect_raw, is_lost, make_engine, make_sessions
from app.core.facts import FACT_JOB, Listener, deliver
from app.core.jobs import QUEUE_SETTINGS
from app.core.metrics import JOBS, SWEEP_SECONDS, SWEEPS_FAILED
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.side_door import Pulse
from app.core.signs import SignOf, give_sign
from app.core.tracing import traced
from app.core.tx import Tx, UnitOfWork
from app.demands import import_service as demands
from app.imports.jobs import Importer
from app.imports.types import UPLOAD_JOB, ImportKind
from app.searching import look_after_search
from app.seed.stage import keep_alive
from search.postgres import PostgresIndex

log = logging.getLogger("market.worker")

SWEEP_EVERY_S = 0.5
DEQUEUE_TIMEOUT = timedelta(seconds=2)
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
RETRY_AFTER_S = (1, 5, 30, 120, 600)
SIGN_EVERY_S = 5.0
FACTS_AT_ONCE = 4
PULSE = Pulse()

Sweep = Callable[[UnitOfWork], Awaitable[int]]

Outside = Callable[[bytes | None], Awaitable[object]]


def joined(*rooms: Mapping[str, Sequence[Listener]]) -> Mapping[str, Sequence[Listener]]:
    """The listeners of every room; several rooms may listen to one topic."""
    topics = {topic for room in rooms for topic in room}
    return {topic: [one for room in rooms for one in room.get(topic, ())] for topic in topics}


LISTENERS = joined(
    app.accounts.handlers.LISTENERS,
    app.catalogue.handlers.LISTENERS,
    app.demands.handlers.LISTENERS,
    app.auctions.handlers.LISTENERS,
    app.auctions.life_notices.LISTENERS,
    app.auctions.deposit_handlers.LISTENERS,
    app.auctions.record_handlers.LISTENERS,
    app.deals.handlers.LISTENERS,
)

IMPORTERS: Mapping[ImportKind, Importer] = {
    ImportKind.achievements: Importer(
        achievements.LAYOUT, achievements.write_achievements, achievements.judge_achievements
    ),
    ImportKind.demands: Importer(demands.LAYOUT, demands.write_demands, demands.judge_demands),
}

SWEEPS: Sequence[Sweep] = (
    *app.auctions.jobs.SWEEPS,
    app.auctions.deposits.sweep_deposits,
    app.catalogue.jobs.sweep_expired_offers,
    app.catalogue.jobs.sweep_old_views,
    *app.clearances.jobs.SWEEPS,
    app.demands.jobs.sweep_expired,
    *app.disclosures.jobs.SWEEPS,
    app.accounts.jobs.sweep_sessions,
    app.accounts.jobs.sweep_proofs,
    app.accounts.jobs.sweep_attempt_counters,
    *app.inbox.jobs.SWEEPS,
    app.imports.working.sweep_uploads,
    *app.payments.jobs.SWEEPS,
    *app.searches.jobs.SWEEPS,
    app.audit.jobs.sweep_seal_entries,
)


async def run_worker(settings: Settings, *, jobs: bool = True, sweeps: bool = True) -> None:
    """Work until cancelled: the jobs, the sweeps, or both.

    Raises when the database goes or the clock was moved outside a demo.
    """
    # why two: a burst of jobs that takes every connection must not hold up what a clock must do
    engine = make_engine(settings.database_url)
    own = make_engine(settings.database_url, pool_size=2)
    # why its own: a drain holds a connection while an engine or an encoder takes its time
    following = make_engine(settings.database_url, pool_size=4)
    sealer = Sealer(settings.secret_key)
    tx, clock_tx = Tx(make_sessions(engine), sealer), Tx(make_sessions(own), sealer)
    search_tx = Tx(make_sessions(following))
    try:
        await tx.run(refuse_moved_clock, allowed=settings.may_move_clock)
        sweep_contents = partial(app.files.jobs.sweep_contents, root=settings.files_dir)
        async with asyncio.TaskGroup() as tasks:
            if sweeps:
                tasks.create_task(sweep_forever(clock_tx, (*SWEEPS, sweep_contents)))
            if jobs:
                tasks.create_task(run_jobs(settings, tx, outside_jobs(settings, tx)))
                tasks.create_task(give_signs(clock_tx))
                tasks.create_task(look_after_search(settings, search_tx))
            if jobs and settings.mode is Mode.demo:
                tasks.create_task(keep_alive(tx, settings))
    finally:
        await engine.dispose()
        await own.dispose()
        await following.dispose()


def outside_jobs(settings: Settings, tx: Tx) -> Mapping[str, Outside]:
    """What reaches out of the database: mails, texts, webhooks, transfers of one 分, the bank."""
    return {
        **app.inbox.jobs.make_jobs(settings, tx, AccountsAddressBook()),
        **app.accounts.jobs.make_jobs(settings, tx),
        **app.payments.jobs.make_jobs(settings, tx),
        # why not the finder: the index that is the truth is in the worker's reach anyway
        **app.searches.jobs.make_jobs(tx, PostgresIndex(tx)),
    }


async def sweep_forever(tx: Tx, sweeps: Sequence[Sweep]) -> None:
    """Every half second: find what a clock must do, and do it."""
    seen = -SIGN_EVERY_S
    while True:
        for sweep in sweeps:
            await sweep_once(tx, sweep)
        PULSE.beat()
        if time.monotonic() - seen >= SIGN_EVERY_S:
            await tx.run(give_sign, of=SignOf.watch)
            seen = time.monotonic()
        await asyncio.sleep(SWEEP_EVERY_S)


async def give_signs(tx: Tx) -> None:
    """Say every few seconds that the jobs are looked after."""
    while True:
        await tx.run(give_sign, of=SignOf.worker)
        PULSE.beat()
        await asyncio.sleep(SIGN_EVERY_S)


def sweep_name(sweep: Sweep) -> str:
    """A sweep is known by its room and name, also when a room's setting is bound to it."""
    function = sweep.func if isinstance(sweep, partial) else sweep
    return f"{function.__module__}.{function.__name__}".removeprefix("app.")


async def sweep_once(tx: Tx, sweep: Sweep) -> None:
    """Run one sweep until it finds nothing. A fault in one must not stop the others' clocks."""
    name = sweep_name(sweep)
    try:
        with SWEEP_SECONDS.labels(sweep=name).time():
            while await tx.run(sweep):
                pass
    except Exception as error:
        if is_lost(error):
            raise
        SWEEPS_FAILED.labels(sweep=name).inc()
        log.exception("sweep failed", extra={"sweep": name})


async def run_jobs(settings: Settings, tx: Tx, outside: Mapping[str, Outside]) -> None:
    """Take jobs off the queue until the connection goes."""
    connection = await connect_raw(settings.database_url)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    queue = make_queue(connection, tx, outside)
    add_uploads(queue, tx, settings.files_dir)
    add_certificates(queue, tx, settings)
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


def make_queries(connection: asyncpg.Connection) -> Queries:
    """PgQueuer's statements on our schema."""
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(settings=QUEUE_SETTINGS),
        qbq=QueryQueueBuilder(settings=QUEUE_SETTINGS),
        qbs=QuerySchedulerBuilder(settings=QUEUE_SETTINGS),
    )


def make_queue(connection: asyncpg.Connection, tx: Tx, outside: Mapping[str, Outside]) -> PgQueuer:
    """PgQueuer on our schema, with every job this market knows."""
    queries = make_queries(connection)
    queue = PgQueuer(queries.driver, queries=queries)

    # why a limit: a crowd of facts must not take every connection from the sweeps
    @queue.entrypoint(FACT_JOB, on_failure="hold", concurrency_limit=FACTS_AT_ONCE)
    async def deliver_fact(job: Job) -> None:
        await retrying(job, deliver_job(tx, job))

    for name, work in outside.items():
        queue.entrypoint(name, concurrency_limit=app.inbox.jobs.AT_ONCE)(_leased(work))
    return queue


def add_uploads(queue: PgQueuer, tx: Tx, root: Path) -> None:
    """The job that works on uploaded imports; a killed worker's is taken up again by the queue."""

    @queue.entrypoint(UPLOAD_JOB, on_failure="hold")
    async def work_upload(job: Job) -> None:
        upload_id = UUID(json.loads(job.payload or b"{}")["upload_id"])
        work = app.imports.jobs.work_upload(tx, upload_id=upload_id, root=root, importers=IMPORTERS)
        await retrying(job, work)


def add_certificates(queue: PgQueuer, tx: Tx, settings: Settings) -> None:
    """The job that prints the certificates of a finished sale, one page at a time."""

    @queue.entrypoint(CERTIFICATE_JOB, concurrency_limit=1, on_failure="hold")
    async def print_certificates(job: Job) -> None:
        asked = json.loads(job.payload or b"{}")
        work = make_certificates(
            tx,
            lot_id=UUID(asked["lot_id"]),
            revision=asked["revision"],
            market=settings.name,
            public_url=settings.public_url,
        )
        await retrying(job, work)


def _leased(work: Outside) -> Callable[[Job], Awaitable[None]]:
    """A job whose tries are counted by its room: a fault here is left to the room's lease."""

    async def run(job: Job) -> None:
        with traced(str((job.headers or {}).get("request_id", "")), job=job.entrypoint):
            try:
                await work(job.payload)
            except Exception:
                log.exception("job failed")
                JOBS.labels(job=job.entrypoint, outcome="again").inc()
                return
        JOBS.labels(job=job.entrypoint, outcome="done").inc()

    return run


async def deliver_job(tx: Tx, job: Job) -> None:
    """Tell the listeners of the fact that a job names."""
    fact_id = UUID(json.loads(job.payload or b"{}")["fact_id"])
    await deliver(tx, fact_id, LISTENERS)


async def retrying(job: Job, work: Awaitable[None]) -> None:
    """Run a job's work; on a fault ask for another try, later each time, then hold it.

    Its lines in the log carry the id of the request that asked for it.
    """
    asker = str((job.headers or {}).get("request_id", ""))
    with traced(asker, job=job.entrypoint):
        try:
            await work
        except Exception as error:
            log.exception("job failed", extra={"attempts": job.attempts})
            if job.attempts >= len(RETRY_AFTER_S):
                JOBS.labels(job=job.entrypoint, outcome="held").inc()
                raise
            JOBS.labels(job=job.entrypoint, outcome="again").inc()
            delay = timedelta(seconds=RETRY_AFTER_S[job.attempts])
            # why not the error's text: it may quote what must not be kept
            raise RetryRequested(delay, reason=type(error).__name__) from error
    JOBS.labels(job=job.entrypoint, outcome="done").inc()
