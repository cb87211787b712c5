"""The verb that writes one chunk of imported achievements."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete

from app.catalogue import import_queries, importing, queries
from app.catalogue.documents import make_achievement_document
from app.catalogue.import_judging import judge_achievements, sort_rows
from app.catalogue.importing import AchievementRow
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
from app.catalogue.versioning import keep_imported
from app.core.actor import Actor
from app.core.bulk import insert_rows
from app.core.ids import new_id
from app.core.numbers import next_numbers
from app.core.tx import UnitOfWork
from app.imports.service import begin_chunk, end_chunk
from app.imports.types import Chunk, Refusal
from search.service import complete_row, index_prepared, prepare_documents
from search.store import Row as SearchRow

__all__ = ["LAYOUT", "judge_achievements", "write_achievements"]

# What a record yet to be numbered says of itself when it is described for search.
_BLANK: dict[str, Any] = {
    **dict.fromkeys(Achievement.__table__.columns.keys()),
    "number": "",
    "origin": Origin.imported.value,
    "version": 1,
    "published_at": datetime.min.replace(tzinfo=UTC),
}

# A row of the file, and its row of the index.
Entry = tuple[AchievementRow, SearchRow]

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


def analyse_rows(rows: tuple[AchievementRow, ...]) -> list[SearchRow]:
    """Analyse the words of rows for search, under fresh ids, before they have numbers."""
    prepared = []
    for row in rows:
        # why not an Achievement: making objects that nobody saves costs a seventh of an import
        record = SimpleNamespace(**{**_BLANK, "id": new_id(), **_columns(row)})
        document = make_achievement_document(cast(Achievement, record), _rights(row))
        prepared += prepare_documents([document])
    return prepared


LAYOUT = replace(importing.LAYOUT, analyse=analyse_rows)


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
    analysed: Sequence[SearchRow] = chunk.analysed
    if not analysed:
        analysed = await asyncio.to_thread(analyse_rows, chunk.rows)
    found = sort_rows(chunk.rows, known)
    words_of = dict(zip((row.owner_number for row in chunk.rows), analysed, strict=True))
    fresh = [(row, words_of[row.owner_number]) for row in found.fresh]
    changed = {
        record_id: (row, words_of[row.owner_number]) for record_id, row in found.changed.items()
    }
    made = await _insert(uow, batch.care_id, fresh)
    written = [*made, *await _change(uow, actor, changed)]
    await _write_rights(uow, written)
    await index_prepared(uow, sorted((words for _, words in written), key=lambda words: words.id))
    await end_chunk(
        uow,
        actor=actor,
        batch_id=batch_id,
        chunk=chunk,
        tally=found.tally(chunk),
        ids=tuple(words.id for _, words in written),
    )
    return found.refusals


async def _insert(uow: UnitOfWork, care_id: UUID, fresh: Sequence[Entry]) -> list[Entry]:
    """Make records under the ids they were analysed with; their documents are complete then."""
    numbers = await next_numbers(uow, "CG", len(fresh)) if fresh else []
    rows = [
        {"id": found.id, "number": number, **_columns(row)}
        for number, (row, found) in zip(numbers, fresh, strict=True)
    ]
    shared = {
        "care_id": care_id,
        "origin": Origin.imported.value,
        "state": AchievementState.published.value,
        "version": 1,
        "created_at": uow.now,
        "updated_at": uow.now,
        "published_at": uow.now,
    }
    await insert_rows(uow.session, Achievement, rows, shared)
    return [
        (
            row,
            complete_row(found, id=found.id, version=1, number=number, published_at=uow.now),
        )
        for number, (row, found) in zip(numbers, fresh, strict=True)
    ]


async def _change(uow: UnitOfWork, actor: Actor, changed: Mapping[UUID, Entry]) -> list[Entry]:
    """Overwrite records, without their rights, which are written anew; keep both contents.

    A fresh record keeps no version row: its content is the record itself until it changes.
    """
    if not changed:
        return []
    out = []
    records = await import_queries.load(uow, changed.keys())
    before = await queries.load_contents(uow, records)
    await keep_imported(uow, actor, records, before, baseline=True)
    for record_id, record in records.items():
        row, found = changed[record_id]
        for column, value in _columns(row).items():
            setattr(record, column, value)
        record.version += 1
        record.updated_at = uow.now
        assert record.published_at is not None, "only published records are overwritten"
        complete = complete_row(
            found,
            id=record_id,
            version=record.version,
            number=record.number,
            published_at=record.published_at,
        )
        out.append((row, complete))
        before[record_id] = replace(
            record.content((), (), ()),
            co_owners=before[record_id].co_owners,
            completers=before[record_id].completers,
            rights=tuple(_rights(row)),
        )
    await uow.session.flush()
    await keep_imported(uow, actor, records, before, baseline=False)
    await uow.session.execute(
        delete(IntellectualProperty).where(IntellectualProperty.achievement_id.in_(changed.keys()))
    )
    return out


async def _write_rights(uow: UnitOfWork, written: Collection[Entry]) -> None:
    values = [
        {"achievement_id": found.id, "ordinal": ordinal, **_right_columns(right)}
        for row, found in written
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
