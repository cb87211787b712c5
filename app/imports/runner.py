"""Runs one import from file to report: read, clean, write chunk by chunk, count.

Not a verb: it calls one verb a chunk, each in its own transaction, so a run that is killed goes on
after its last committed chunk when the same file is brought in again.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.plaintext import csv_safe
from app.core.tables import Table, TableKind, UnreadableError
from app.core.tx import Tx
from app.imports import rules, service
from app.imports.types import (
    Chunk,
    HeaderMap,
    Layout,
    OnBadRow,
    Refusal,
    Tally,
    WriteChunk,
)

_BLOCK = 1 << 20

Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to bring in: its table, its fingerprint, and about how many rows (0: unknown)."""

    table: Table
    sha256: str
    about_rows: int
    name: str = ""  # where it is not the table's own


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did. In a dry run nothing is inserted and ``good`` rows would be taken."""

    header: HeaderMap
    tally: Tally
    good: int
    refusals: tuple[Refusal, ...]
    resumed_after: int = 0


class StoppedError(Exception):
    """The file has bad rows and the importer chose to bring in nothing then."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("文件中有不合格的行，已按您的选择停止，未导入任何内容")
        self.outcome = outcome


def fingerprint(table: Table) -> Source:
    """Hash the file and count its lines in one pass."""
    digest, lines = hashlib.sha256(), 0
    with table.path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    return Source(table, digest.hexdigest(), 0 if table.kind is TableKind.xlsx else lines)


async def run_import(
    tx: Tx,
    layout: Layout[Any],
    write: WriteChunk,
    *,
    source: Source,
    actor: Actor,
    care_id: UUID,
    dry_run: bool = False,
    on_bad: OnBadRow = OnBadRow.skip,
    watch: Watch = lambda _: None,
    pool: Executor | None = None,
    header: HeaderMap | None = None,
    keep: int = sys.maxsize,
) -> Outcome:
    """Bring a file in; ``write`` is the room's verb for one chunk.

    Rows are analysed in ``pool``: another process of a long import, else a thread.

    Raises UnreadableError when a required column is missing, StoppedError (with the outcome) when
    rows are bad and the importer chose to stop: nothing was written then. ``watch`` is told how
    many rows were read so far. ``header`` says which column holds what, where somebody has said
    it; ``keep``: at most so many refusals are remembered for the outcome.
    """
    if header is None:
        header, faults = rules.map_header(source.table.columns, layout)
        if faults:
            raise UnreadableError("；".join(faults))
    if dry_run or on_bad is OnBadRow.stop:
        outcome = check_file(source, header, layout, watch)
        if outcome.refusals and on_bad is OnBadRow.stop:
            raise StoppedError(outcome)
        if dry_run:
            return outcome
    batch = await tx.run(
        service.open_batch,
        actor=actor,
        kind=layout.kind,
        care_id=care_id,
        file_sha256=source.sha256,
        file_name=source.name or source.table.path.name,
    )
    refusals: list[Refusal] = []
    read = good = 0
    chunks = rules.read_chunks(source.table.rows(), header, layout)
    async with aclosing(_ahead(chunks, layout, pool)) as reading:
        async for chunk in reading:
            refusals += chunk.refusals
            if chunk.ordinal >= batch.chunks_done:
                refusals += await tx.run(write, actor=actor, batch_id=batch.id, chunk=chunk)
            del refusals[keep:]
            read, good = read + chunk.read, good + len(chunk.rows)
            watch(read)
    tally = await tx.run(service.finish_batch, actor=actor, batch_id=batch.id)
    return Outcome(header, tally, good, tuple(refusals), batch.chunks_done)


def check_file(source: Source, header: HeaderMap, layout: Layout[Any], watch: Watch) -> Outcome:
    """Read the whole file and judge every row; writes nothing."""
    refusals: list[Refusal] = []
    read = good = 0
    for chunk in rules.read_chunks(source.table.rows(), header, layout):
        refusals += chunk.refusals
        read, good = read + chunk.read, good + len(chunk.rows)
        watch(read)
    return Outcome(header, Tally(read=read, refused=read - good), good, tuple(refusals))


def write_report(path: Path, refusals: Iterable[Refusal]) -> None:
    """Write the refusals as CSV that spreadsheets open rightly and never take for formulas."""
    # why: Excel takes a CSV for the local code page unless it begins with a byte order mark
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["行号", "列", "原因", "原值"])
        writer.writerows(
            [refusal.line, *map(csv_safe, (refusal.column, refusal.reason, refusal.value))]
            for refusal in refusals
        )


async def _ahead(
    chunks: Iterator[Chunk[Any]], layout: Layout[Any], pool: Executor | None
) -> AsyncGenerator[Chunk[Any], None]:
    """Chunks in order: one is read and one analysed while the one before them is being written."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Queue[asyncio.Task[Chunk[Any]] | None] = asyncio.Queue(maxsize=1)

    async def analyse(chunk: Chunk[Any]) -> Chunk[Any]:
        if layout.analyse is None:
            return chunk
        analysed = await loop.run_in_executor(pool, layout.analyse, chunk.rows)
        return replace(chunk, analysed=tuple(analysed))

    async def read() -> None:
        try:
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                await ready.put(asyncio.create_task(analyse(chunk)))
        finally:
            await ready.put(None)

    reading = asyncio.create_task(read())
    try:
        while (task := await ready.get()) is not None:
            yield await task
        await reading  # why: a file that could not be read to its end must say so
    finally:
        reading.cancel()
        while not ready.empty():
            if (task := ready.get_nowait()) is not None:
                task.cancel()
        await asyncio.wait([reading])
