"""The worker's work on uploads: read the columns, check every row, bring the rows in.

Not verbs: each step is a transaction of its own, so a killed worker's upload is taken up again by
the queue and goes on after its last committed chunk. Files are read in threads, one chunk ahead.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import ParseError

from app.core.access import require
from app.core.errors import DomainError, Forbidden, Unauthenticated
from app.core.i18n import _n
from app.core.tables import Table, UnreadableError, open_table
from app.core.tx import Tx
from app.files.service import content_path
from app.imports import access, rules, upload_rules, working
from app.imports.errors import UploadMissing, UploadStopped
from app.imports.runner import Source, fingerprint, run_import
from app.imports.types import (
    MAX_KEPT,
    SAMPLE_ROWS,
    ImportKind,
    JudgeChunk,
    Layout,
    TableShape,
    Tally,
    UploadState,
    UploadWork,
    WriteChunk,
)
from app.tether import tie
from search.service import warm_up

log = logging.getLogger("market.imports")

LONG_FILE: Final = 20_000  # rows that are worth the start of a process to analyse words in
_TURNS: Final = asyncio.Semaphore(2)  # why: what a clock must do shares the worker with files

_GONE = _n("上传的文件已不存在，请重新上传")
_NOT_ALLOWED = _n("您已无权为该单位导入，未继续")
_BROKEN = _n("文件已损坏或格式异常，无法读取")


@dataclass(frozen=True, slots=True)
class Importer:
    """How rows of one kind come in: their layout, and the room's verbs for a chunk."""

    layout: Layout[Any]
    write: WriteChunk
    judge: JudgeChunk


async def work_upload(
    tx: Tx, *, upload_id: UUID, root: Path, importers: Mapping[ImportKind, Importer]
) -> None:
    """Do what an upload waits for; does nothing when it waits for nobody."""
    async with _TURNS:
        try:
            work = await tx.run(working.take_up, upload_id=upload_id)
        except UploadMissing:
            return
        if work is None:
            return
        path = content_path(root, work.file_sha256)
        problem = ""
        try:
            require(work.actor, access.BRING_IN_OF[work.kind], owner=work.care_id)
            await _STEPS[work.state](tx, work, path, importers)
        except UploadStopped:
            await tx.run(working.stop_upload, upload_id=work.id)
        except (Forbidden, Unauthenticated):
            problem = _NOT_ALLOWED
        except UnreadableError as error:
            problem = error.args[0]
        except FileNotFoundError:
            problem = _GONE
        except DomainError as error:
            problem = error.detail
        except (zipfile.BadZipFile, ParseError, UnicodeError, RecursionError, MemoryError):
            log.warning("an uploaded file broke its reader", exc_info=True)
            problem = _BROKEN
        if problem:
            await tx.run(working.refuse_upload, upload_id=work.id, problem=problem)


async def inspect(
    tx: Tx, work: UploadWork, path: Path, importers: Mapping[ImportKind, Importer]
) -> None:
    """Read the columns and the first rows; guess what they hold."""
    table, samples = await asyncio.to_thread(_read_head, path)
    source = await asyncio.to_thread(fingerprint, table)
    layout = importers[work.kind].layout
    await tx.run(
        working.keep_shape,
        upload_id=work.id,
        shape=TableShape(table.kind, table.encoding, table.delimiter, table.columns),
        samples=samples,
        guessed=upload_rules.guess_mapping(table.columns, layout),
        about_rows=source.about_rows,
    )


async def check(
    tx: Tx, work: UploadWork, path: Path, importers: Mapping[ImportKind, Importer]
) -> None:
    """Judge every row as a run would; nothing of it is written."""
    importer, table = importers[work.kind], _table_of(work, path)
    header = upload_rules.make_header(table.columns, work.mapping)
    rows = upload_rules.count_rows(table.rows())
    chunks = rules.read_chunks(rows, header, importer.layout)
    total = Tally()
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        total += await tx.run(
            working.judge_chunk,
            work=work,
            chunk=chunk,
            judge=importer.judge,
            told=total.read,
        )
    await tx.run(working.end_check, upload_id=work.id, tally=total)


async def run(
    tx: Tx, work: UploadWork, path: Path, importers: Mapping[ImportKind, Importer]
) -> None:
    """Bring the rows in, chunk by chunk, from the last one that stands."""
    importer, table = importers[work.kind], _table_of(work, path)
    with analysing(work.rows if importer.layout.analyse else 0) as pool:
        outcome = await run_import(
            tx,
            importer.layout,
            working.writing(work, importer.write),
            source=Source(table, work.file_sha256, work.rows, work.file_name),
            actor=work.actor,
            care_id=work.care_id,
            header=upload_rules.make_header(table.columns, work.mapping),
            keep=MAX_KEPT,
            pool=pool,
        )
    await tx.run(working.end_run, upload_id=work.id, refusals=outcome.refusals)


_STEPS: Final = {
    UploadState.received: inspect,
    UploadState.checking: check,
    UploadState.running: run,
}


@contextmanager
def analysing(rows: int) -> Iterator[Executor | None]:
    """A process of its own to analyse words in, for a file that is worth its start.

    Started afresh, not forked: the worker has threads and connections.
    """
    if rows < LONG_FILE:
        yield None
        return
    pool = ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), initializer=_begin_analysing
    )
    pool.submit(warm_up)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin_analysing() -> None:
    """The analysing process ends with its parent, which alone answers Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tie()


def _read_head(path: Path) -> tuple[Table, list[list[str]]]:
    table = open_table(path)
    rows = list(islice(table.rows(), SAMPLE_ROWS))
    upload_rules.check_shape(table.columns, rows)
    return table, upload_rules.take_samples(table.columns, rows)


def _table_of(work: UploadWork, path: Path) -> Table:
    if work.shape is None:
        raise UnreadableError(_BROKEN)
    return work.shape.table(path)
