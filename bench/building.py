"""Grown documents written the way importers write them, on a server as ``market up`` starts it.

One process analyses while PostgreSQL writes. What every market does in time by itself (statistics,
dead rows, the pending list of the index) is done and timed at the end.
"""

import asyncio
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.db import connect_raw, make_engine, make_sessions
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.embedded import EmbeddedPostgres
from app.migrate import upgrade
from app.place import embedded_server
from bench.growing import Patent, grow, read_patents
from search import service
from search.following.registering import register
from search.store import Row
from search.words import renew_word_shares

CHUNK: Final = 1_000
"""Documents a transaction."""

FOLLOWED: Final = 5_000
"""Documents that are written for each number of followers."""

Say = Callable[[str], None]

_AHEAD: Final = 4  # chunks that are analysed before they are written
TOLD_EVERY_S: Final = 10.0
_PATENTS: list[Sequence[Patent]] = []


@dataclass(frozen=True, slots=True)
class Built:
    """What building an index took: seconds, and bytes on disk with all indexes."""

    documents: int
    analysis_s: float  # of one process, growing not counted
    write_s: float  # PostgreSQL's part
    settle_s: float
    wall_s: float
    table_bytes: int
    word_index_bytes: int
    all_bytes: int


@contextmanager
def server_in(folder: Path, say: Say) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of the market's own settings in this folder, for the length of the block."""
    settings = Settings(mode=Mode.demo, data_dir=folder.absolute(), host="127.0.0.1")
    with embedded_server(settings, say) as server:
        yield server


async def make_database(server: EmbeddedPostgres, name: str) -> None:
    """An empty database with all tables, in place of one of this name."""
    await drop_database(server, name)
    await asyncio.to_thread(server.ensure_roles_and_database, name)
    await upgrade(server.owner_dsn(name))


async def drop_database(server: EmbeddedPostgres, name: str) -> None:
    """Remove a database, if it is there."""
    async with administering(server, "postgres") as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def administering(server: EmbeddedPostgres, name: str) -> AsyncIterator[Any]:
    """A plain connection of the one who may do everything, for the length of the block."""
    connection = await connect_raw(server.superuser_dsn(name))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def transactions(server: EmbeddedPostgres, name: str) -> AsyncIterator[Tx]:
    """Transactions as the market has them, for the length of the block."""
    engine = make_engine(server.app_dsn(name))
    try:
        yield Tx(make_sessions(engine))
    finally:
        await engine.dispose()


@contextmanager
def analysing() -> Iterator[ProcessPoolExecutor]:
    """A process that grows and analyses documents."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=_begin) as pool:
        yield pool


async def build(
    server: EmbeddedPostgres, name: str, size: int, pool: ProcessPoolExecutor, say: Say
) -> Built:
    """Fill an empty database with so many documents and bring its index in order."""
    began = time.perf_counter()
    async with transactions(server, name) as tx:
        analysis_s, write_s = await write(tx, range(size), pool, say)
        settling = time.perf_counter()
        await tx.run(service.settle)
    async with administering(server, name) as connection:
        await connection.execute("VACUUM ANALYZE search_document")
        ended = time.perf_counter()
        sizes = await connection.fetchrow(_SIZES)
    async with transactions(server, name) as tx:
        await tx.run(renew_word_shares)
    return Built(size, analysis_s, write_s, ended - settling, ended - began, *sizes)


async def write(
    tx: Tx, numbers: range, pool: ProcessPoolExecutor, say: Say = lambda _: None
) -> tuple[float, float]:
    """Write the documents of these numbers; seconds of analysis and of writing."""
    analysis_s, write_s, told = 0.0, 0.0, time.perf_counter()
    loop = asyncio.get_running_loop()
    chunks = iter(range(numbers.start, numbers.stop, CHUNK))
    ahead: deque[asyncio.Future[tuple[list[Row], float]]] = deque()

    def begin_next() -> None:
        if (start := next(chunks, None)) is not None:
            stop = min(start + CHUNK, numbers.stop)
            ahead.append(loop.run_in_executor(pool, _prepare, start, stop))

    for _ in range(_AHEAD):
        begin_next()
    written = 0
    while ahead:
        rows, seconds = await ahead.popleft()
        begin_next()
        began = time.perf_counter()
        await tx.run(service.index_prepared, rows)
        analysis_s, write_s = analysis_s + seconds, write_s + time.perf_counter() - began
        written += len(rows)
        if time.perf_counter() - told > TOLD_EVERY_S:
            told = time.perf_counter()
            say(f"  {written:,} of {len(numbers):,} documents written")
    return analysis_s, write_s


async def write_followed(server: EmbeddedPostgres, pool: ProcessPoolExecutor) -> dict[int, float]:
    """Documents a second that PostgreSQL writes for none, one and two followers."""
    name, rates = "bench_followed", {}
    await make_database(server, name)
    async with transactions(server, name) as tx:
        for followers in range(3):
            if followers:
                await register(tx, f"bench:{followers}")
            first = followers * FOLLOWED
            _, seconds = await write(tx, range(first, first + FOLLOWED), pool)
            rates[followers] = FOLLOWED / seconds
    await drop_database(server, name)
    return rates


def patents_here() -> Sequence[Patent]:
    """The patents in a process of ``analysing``."""
    return _PATENTS[0]


def _begin() -> None:
    """The analysing process has its patents and dictionaries before the clock starts, and leaves
    Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _PATENTS.append(read_patents())
    service.warm_up()


def _prepare(start: int, stop: int) -> tuple[list[Row], float]:
    """The rows of these documents, and the seconds that their analysis took."""
    documents = list(grow(patents_here(), range(start, stop)))
    began = time.process_time()
    return service.prepare_documents(documents), time.process_time() - began


_SIZES: Final = """
    SELECT pg_table_size('search_document'),
           coalesce(sum(pg_relation_size(indexrelid)) FILTER (WHERE amname = 'gin'), 0)::bigint,
           pg_total_relation_size('search_document')
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
     WHERE indrelid = 'search_document'::regclass
"""
