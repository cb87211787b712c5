"""Every SELECT, lock and bulk write of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from app.imports.errors import UploadMissing
from app.imports.models import ImportBatch
from app.imports.types import ImportKind, Phase, Refusal, UploadState
from app.imports.upload_models import ImportMapping, ImportRefusal, ImportUpload

OVER = tuple(state for state in UploadState if state.is_over)


async def get_upload(uow: UnitOfWork, upload_id: UUID, *, lock: bool = False) -> ImportUpload:
    """One upload; raises UploadMissing."""
    found = await uow.session.get(
        ImportUpload, upload_id, with_for_update=lock or None, populate_existing=True
    )
    if found is None:
        raise UploadMissing()
    return found


async def find_by_key(uow: UnitOfWork, person_id: UUID | None, key: str) -> ImportUpload | None:
    """The upload that this person made with this key."""
    query = select(ImportUpload).where(
        ImportUpload.person_id == person_id, ImportUpload.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def lock_file(uow: UnitOfWork, kind: ImportKind, care_id: UUID, sha256: str) -> None:
    """Of several who bring one file for one organisation, one at a time; to the end of this
    transaction. There may be no row yet that could be locked."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"imports.upload:{kind.value}:{care_id}:{sha256}"},
    )


async def find_open(
    uow: UnitOfWork, kind: ImportKind, care_id: UUID, sha256: str
) -> ImportUpload | None:
    """The upload of this file for this organisation that is not over."""
    query = select(ImportUpload).where(
        ImportUpload.kind == kind,
        ImportUpload.care_id == care_id,
        ImportUpload.file_sha256 == sha256,
        ImportUpload.state.not_in(OVER),
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_uploads(
    uow: UnitOfWork, care_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[ImportUpload]:
    """Uploads of one organisation (None: of all), newest first."""
    query = select(ImportUpload).order_by(ImportUpload.id.desc()).limit(limit)
    if care_id is not None:
        query = query.where(ImportUpload.care_id == care_id)
    if before is not None:
        query = query.where(ImportUpload.id < before)
    return (await uow.session.scalars(query)).all()


async def list_batches(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, ImportBatch]:
    """Batches by id."""
    if not ids:
        return {}
    found = await uow.session.scalars(
        select(ImportBatch).where(ImportBatch.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {batch.id: batch for batch in found}


async def list_refusals(
    uow: UnitOfWork, upload_id: UUID, phase: Phase, after: tuple[int, int], limit: int
) -> Sequence[ImportRefusal]:
    """Refusals in the order of the file."""
    line, position = after
    query = (
        select(ImportRefusal)
        .where(
            ImportRefusal.upload_id == upload_id,
            ImportRefusal.phase == phase,
            func.row(ImportRefusal.line, ImportRefusal.position) > func.row(line, position),
        )
        .order_by(ImportRefusal.line, ImportRefusal.position)
        .limit(limit)
    )
    return (await uow.session.scalars(query)).all()


async def insert_refusals(
    uow: UnitOfWork,
    upload_id: UUID,
    phase: Phase,
    numbered: Sequence[tuple[int, int, Refusal]],
) -> int:
    """Keep refusals that are not kept yet; returns how many are new."""
    if not numbered:
        return 0
    values: list[dict[str, Any]] = [
        {
            "upload_id": upload_id,
            "phase": phase.value,
            "line": line,
            "position": position,
            "column": refusal.column,
            "reason": refusal.reason,
            "value": refusal.value,
        }
        for line, position, refusal in numbered
    ]
    made = await uow.session.execute(
        insert(ImportRefusal).values(values).on_conflict_do_nothing().returning(ImportRefusal.line)
    )
    return len(made.all())


async def delete_refusals(uow: UnitOfWork, upload_id: UUID, phase: Phase | None = None) -> None:
    """Forget the refusals of an upload, or those of one reading."""
    query = delete(ImportRefusal).where(ImportRefusal.upload_id == upload_id)
    if phase is not None:
        query = query.where(ImportRefusal.phase == phase)
    await uow.session.execute(query)


async def find_mapping(
    uow: UnitOfWork, care_id: UUID, kind: str, header_sha256: str
) -> dict[str, str] | None:
    """What columns of these names held the last time."""
    found = await uow.session.get(ImportMapping, (care_id, kind, header_sha256))
    return None if found is None else dict(found.mapping)


async def save_mapping(
    uow: UnitOfWork, care_id: UUID, kind: str, header_sha256: str, mapping: dict[str, str]
) -> None:
    """Remember what columns of these names hold."""
    statement = insert(ImportMapping).values(
        care_id=care_id,
        kind=kind,
        header_sha256=header_sha256,
        mapping=mapping,
        updated_at=uow.now,
    )
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["care_id", "kind", "header_sha256"],
            set_={"mapping": statement.excluded.mapping, "updated_at": uow.now},
        )
    )


async def lock_due(uow: UnitOfWork, now: datetime) -> ImportUpload | None:
    """One upload whose time to be taken away has come."""
    found = await uow.session.scalars(
        select(ImportUpload)
        .where(ImportUpload.due_at <= now)
        .order_by(ImportUpload.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found.one_or_none()
