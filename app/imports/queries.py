"""Every SELECT and lock of imports."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text

from app.core.errors import NotFound
from app.core.tx import UnitOfWork
from app.imports.models import ImportBatch


async def lock_open_batch(
    uow: UnitOfWork, kind: str, care_id: UUID, file_sha256: str
) -> ImportBatch | None:
    """The unfinished batch of this file for this organisation, locked."""
    found = await uow.session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.kind == kind,
            ImportBatch.care_id == care_id,
            ImportBatch.file_sha256 == file_sha256,
            ImportBatch.finished_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def plan_afresh(uow: UnitOfWork) -> None:
    """Let this transaction's statements be planned for the tables as they are now.

    A plan kept from when the table was empty reads all of it, again and again while it grows.
    """
    await uow.session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def lock_batch(uow: UnitOfWork, batch_id: UUID) -> ImportBatch:
    """One batch, locked; raises NotFound."""
    batch = await uow.session.get(
        ImportBatch, batch_id, with_for_update=True, populate_existing=True
    )
    if batch is None:
        raise NotFound()
    return batch
