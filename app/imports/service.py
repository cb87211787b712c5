"""The verbs of imports: open a batch, begin and end its chunks, finish it.

``begin_chunk`` and ``end_chunk`` are called by the verb of the room that writes the rows, inside
its one transaction.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.audit.service import note
from app.core.access import require
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.imports import access, queries, rules
from app.imports.events import ChunkCommitted
from app.imports.models import ImportBatch, ImportChunk
from app.imports.reading import read_refused
from app.imports.rules import compute_content_hash, map_header, parse_date, read_chunks
from app.imports.types import Batch, Chunk, ImportKind, Tally
from app.imports.uploads import (
    cancel_upload,
    confirm_upload,
    guard_file,
    list_kinds,
    list_refusals,
    list_uploads,
    map_upload,
    may_choose_care,
    may_see_all,
    note_report,
    open_upload,
    refuse_bringing,
    reopen_mapping,
    show_upload,
)
from search import service as search

__all__ = [
    "begin_chunk",
    "cancel_upload",
    "compute_content_hash",
    "confirm_upload",
    "end_chunk",
    "finish_batch",
    "guard_file",
    "list_kinds",
    "list_refusals",
    "list_uploads",
    "map_header",
    "map_upload",
    "may_choose_care",
    "may_see_all",
    "note_report",
    "open_batch",
    "open_upload",
    "parse_date",
    "read_chunks",
    "read_refused",
    "refuse_bringing",
    "reopen_mapping",
    "show_upload",
]


async def open_batch(
    uow: UnitOfWork,
    *,
    actor: Actor,
    kind: ImportKind,
    care_id: UUID,
    file_sha256: str,
    file_name: str,
) -> Batch:
    """Open a batch for a file, or go on with the one that was left unfinished.

    Raises Forbidden. A file that was finished before opens a new batch: its rows are compared
    again, and none is doubled.
    """
    require(actor, access.BRING_IN_OF[kind], owner=care_id)
    await uow.session.execute(
        insert(ImportBatch)
        .values(
            id=new_id(),
            kind=kind.value,
            care_id=care_id,
            file_sha256=file_sha256,
            file_name=file_name,
            started_at=uow.now,
        )
        .on_conflict_do_nothing()
    )
    batch = await queries.lock_open_batch(uow, kind.value, care_id, file_sha256)
    assert batch is not None, "just inserted, or there already"
    if batch.started_at == uow.now:
        await note(
            uow,
            actor=actor,
            action="imports.open_batch",
            subject_kind="import_batch",
            subject_id=batch.id,
            facts={"kind": kind.value, "care_id": str(care_id), "file_sha256": file_sha256},
        )
    return _snapshot(batch)


async def begin_chunk(
    uow: UnitOfWork, *, actor: Actor, batch_id: UUID, chunk: Chunk[Any]
) -> Batch | None:
    """Lock the batch for its next chunk; None when this chunk was committed before.

    Raises Forbidden, NotFound, ChunkOutOfOrder.
    """
    await queries.plan_afresh(uow)
    batch = await queries.lock_batch(uow, batch_id)
    require(actor, access.BRING_IN_OF[ImportKind(batch.kind)], owner=batch.care_id)
    return _snapshot(batch) if rules.check_next_chunk(batch.chunks_done, chunk.ordinal) else None


async def end_chunk(
    uow: UnitOfWork,
    *,
    actor: Actor,
    batch_id: UUID,
    chunk: Chunk[Any],
    tally: Tally,
    ids: tuple[UUID, ...],
) -> None:
    """Record the chunk that has just been written: its row, one audit line, one fact."""
    batch = await queries.lock_batch(uow, batch_id)
    batch.chunks_done += 1
    batch.read_rows += tally.read
    batch.inserted_rows += tally.inserted
    batch.updated_rows += tally.updated
    batch.unchanged_rows += tally.unchanged
    batch.refused_rows += tally.refused
    uow.session.add(
        ImportChunk(
            batch_id=batch_id,
            ordinal=chunk.ordinal,
            sha256=chunk.sha256,
            read_rows=tally.read,
            inserted_rows=tally.inserted,
            updated_rows=tally.updated,
            unchanged_rows=tally.unchanged,
            refused_rows=tally.refused,
            committed_at=uow.now,
        )
    )
    await note(
        uow,
        actor=actor,
        action=f"imports.write_{batch.kind}",
        subject_kind="import_batch",
        subject_id=batch_id,
        facts={
            "ordinal": chunk.ordinal,
            "sha256": chunk.sha256,
            "inserted": tally.inserted,
            "updated": tally.updated,
        },
    )
    uow.record(
        ChunkCommitted(batch_id, batch.kind, batch.care_id, chunk.ordinal, chunk.sha256, ids)
    )


async def finish_batch(uow: UnitOfWork, *, actor: Actor, batch_id: UUID) -> Tally:
    """Close a batch whose chunks are all committed; returns what became of its rows."""
    batch = await queries.lock_batch(uow, batch_id)
    require(actor, access.BRING_IN_OF[ImportKind(batch.kind)], owner=batch.care_id)
    if batch.finished_at is None:
        batch.finished_at = uow.now
        await search.settle(uow)
        await note(
            uow,
            actor=actor,
            action="imports.finish_batch",
            subject_kind="import_batch",
            subject_id=batch_id,
            facts={"chunks": batch.chunks_done, "rows": batch.read_rows},
        )
    return _snapshot(batch).tally


def _snapshot(batch: ImportBatch) -> Batch:
    return Batch(batch.id, batch.care_id, batch.chunks_done, batch.tally())
