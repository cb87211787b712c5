"""What a person uploaded to be imported: for the copy of his data."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.tx import UnitOfWork
from app.imports.upload_models import ImportUpload

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """His uploads, newest first."""
    found = await uow.session.execute(
        select(ImportUpload.kind, ImportUpload.file_name, ImportUpload.size, ImportUpload.state)
        .where(ImportUpload.person_id == person_id)
        .order_by(ImportUpload.id.desc())
        .limit(ROWS)
    )
    return {"uploads": [dict(row) for row in found.mappings()]}
