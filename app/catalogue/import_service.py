"""The verb that writes one chunk of imported achievements."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from app.catalogue import import_queries
from app.catalogue.documents import make_achievement_document
from app.catalogue.importing import LAYOUT, AchievementRow
from app.catalogue.ipc_fields import find_field
from app.catalogue.models import Achievement, IntellectualProperty
from app.catalogue.types import (
    IP_KIND_OF_PATENT,
    AchievementState,
    IpKind,
    IpRight,
    LegalStatus,
    Origin,
)
from app.core.actor import Actor
from app.core.bulk import insert_rows
from app.core.ids import new_id
from app.core.numbers import next_numbers
from app.core.tx import UnitOfWork
from app.imports.service import begin_chunk, end_chunk
from app.imports.types import Chunk, Refusal, Tally
from search.documents import Document
from search.service import index_prepared, prepare_documents

__all__ = ["LAYOUT", "write_achievements"]

_KEYWORDS = 3  # as many as the register of achievements takes

# Words of legal-status columns, in the order in which they are looked for.
_STATUS_WORDS = (
    ("无效", LegalStatus.invalidated),
    ("撤回", LegalStatus.withdrawn),
    ("驳回", LegalStatus.rejected),
    ("届满", LegalStatus.expired),
    ("终止", LegalStatus.lapsed),
    ("失效", LegalStatus.lapsed),
    ("放弃", LegalStatus.lapsed),
    ("授予", LegalStatus.granted),
    ("授权", LegalStatus.granted),
    ("有权", LegalStatus.granted),
    ("有效", LegalStatus.granted),
    ("审查", LegalStatus.pending),
    ("公布", LegalStatus.pending),
    ("公开", LegalStatus.pending),
)


async def write_achievements(
    uow: UnitOfWork, *, actor: Actor, batch_id: UUID, chunk: Chunk[AchievementRow]
) -> list[Refusal]:
    """Write one chunk: new rows are made, changed ones get a new version, others stay.

    All in the care of the batch's organisation, published as information, marked 导入, owned by
    nobody until they are claimed. Returns the rows refused at the last moment: their number names
    a record that the organisation entered itself, or one that has been claimed or withdrawn.
    Raises Forbidden, NotFound, ChunkOutOfOrder; a chunk committed before changes nothing.
    """
    batch = await begin_chunk(uow, actor=actor, batch_id=batch_id, chunk=chunk)
    if batch is None:
        return []
    known = await import_queries.lock_by_owner_numbers(
        uow, batch.care_id, [row.owner_number for row in chunk.rows]
    )
    fresh = [row for row in chunk.rows if row.owner_number not in known]
    refusals: list[Refusal] = []
    changed: list[tuple[UUID, AchievementRow]] = []
    for row in chunk.rows:
        record = known.get(row.owner_number)
        if record is None:
            continue
        if not record.overwritable:
            reason = "该编号的成果由单位自行登记、已被认领或已撤回，未覆盖"
            refusals.append(Refusal(row.line, "", reason, row.owner_number))
        elif record.content_hash != row.content_hash:
            changed.append((record.id, row))
    made = await _describe(uow, fresh)
    written = [*made, *await _change(uow, changed)]
    # why: words are analysed while PostgreSQL writes the rows; both take about as long
    analysed = asyncio.create_task(asyncio.to_thread(prepare_documents, list(_documents(written))))
    try:
        await insert_rows(uow.session, Achievement, *_insertion(uow, batch.care_id, made))
        await _write_rights(uow, written)
    finally:
        prepared = await analysed
    await index_prepared(uow, prepared)
    tally = Tally(
        read=chunk.read,
        inserted=len(fresh),
        updated=len(changed),
        unchanged=len(chunk.rows) - len(fresh) - len(changed) - len(refusals),
        refused=chunk.refused + len(refusals),
    )
    ids = tuple(record.id for record, _ in written)
    await end_chunk(uow, actor=actor, batch_id=batch_id, chunk=chunk, tally=tally, ids=ids)
    return refusals


async def _describe(
    uow: UnitOfWork, rows: Sequence[AchievementRow]
) -> list[tuple[Achievement, AchievementRow]]:
    """New records, numbered; objects to be described for search, never added to the session."""
    numbers = await next_numbers(uow, "CG", len(rows)) if rows else []
    return [
        (
            Achievement(
                id=new_id(),
                number=number,
                origin=Origin.imported.value,
                version=1,
                published_at=uow.now,
                **_columns(row),
            ),
            row,
        )
        for number, row in zip(numbers, rows, strict=True)
    ]


def _insertion(
    uow: UnitOfWork, care_id: UUID, made: Sequence[tuple[Achievement, AchievementRow]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows to insert, and the columns that are the same in all of them."""
    rows = [{"id": record.id, "number": record.number, **_columns(row)} for record, row in made]
    return rows, {
        "care_id": care_id,
        "origin": Origin.imported.value,
        "state": AchievementState.published.value,
        "version": 1,
        "created_at": uow.now,
        "updated_at": uow.now,
        "published_at": uow.now,
    }


def _documents(written: Iterable[tuple[Achievement, AchievementRow]]) -> Iterator[Document]:
    for record, row in written:
        yield make_achievement_document(record, _rights(row))


async def _change(
    uow: UnitOfWork, changed: Collection[tuple[UUID, AchievementRow]]
) -> list[tuple[Achievement, AchievementRow]]:
    records = await import_queries.load(uow, [record_id for record_id, _ in changed])
    out = []
    for record_id, row in changed:
        record = records[record_id]
        for column, value in _columns(row).items():
            setattr(record, column, value)
        record.version += 1
        record.updated_at = uow.now
        out.append((record, row))
    await uow.session.flush()
    if records:
        await uow.session.execute(
            delete(IntellectualProperty).where(
                IntellectualProperty.achievement_id.in_(records.keys())
            )
        )
    return out


async def _write_rights(
    uow: UnitOfWork, written: Collection[tuple[Achievement, AchievementRow]]
) -> None:
    values = [
        {"achievement_id": record.id, "ordinal": ordinal, **_right_columns(right)}
        for record, row in written
        for ordinal, right in enumerate(_rights(row), 1)
    ]
    await insert_rows(uow.session, IntellectualProperty, values)


def _columns(row: AchievementRow) -> dict[str, Any]:
    field = find_field(row.ipc)
    parts = (
        row.abstract,
        f"首项权利要求：{row.first_claim}" if row.first_claim else "",
        f"合作方式：{row.cooperation}" if row.cooperation else "",
    )
    return {
        "owner_number": row.owner_number,
        "holder_name": row.holder,
        "content_hash": row.content_hash,
        "title": row.title,
        "abstract": "\n".join(filter(None, parts)),
        "applications": row.prospect,
        "keywords": list(row.keywords[:_KEYWORDS]),
        "field": field.value if field else None,
    }


def _rights(row: AchievementRow) -> list[IpRight]:
    """One right a publication; one also for an application alone."""
    if not row.is_patent:
        return []
    return [
        IpRight(
            kind=IP_KIND_OF_PATENT[row.patent_kind] if row.patent_kind else IpKind.other,
            application_number=row.application_number,
            publication_number=number,
            holder_name=row.holder,
            legal_status=find_legal_status(row.legal_status),
            status_on=row.legal_status_on,
            filed_on=row.application_on,
            published_on=row.publication_on,
            ipc="；".join(row.ipc),
        )
        for number in row.publication_numbers or ("",)
    ]


def _right_columns(right: IpRight) -> dict[str, Any]:
    return {
        "kind": right.kind.value,
        "application_number": right.application_number or None,
        "publication_number": right.publication_number or None,
        "holder_name": right.holder_name,
        "legal_status": right.legal_status.value,
        "status_on": right.status_on,
        "filed_on": right.filed_on,
        "published_on": right.published_on,
        "ipc": right.ipc,
    }


def find_legal_status(text: str) -> LegalStatus:
    """What a legal-status column says; what is only an event (转移, 变更) says nothing."""
    return next((status for word, status in _STATUS_WORDS if word in text), LegalStatus.unknown)
