"""What a person attached: for the copy of his data. The owning room decides what becomes of it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.tx import UnitOfWork
from app.files.models import Attachment

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Files he attached that are still there, newest first."""
    found = await uow.session.execute(
        select(Attachment.name, Attachment.owner_kind, Attachment.size, Attachment.attached_at)
        .where(Attachment.attached_by == person_id, Attachment.detached_at.is_(None))
        .order_by(Attachment.attached_at.desc())
        .limit(ROWS)
    )
    return {
        "attached": [
            dict(row) | {"attached_at": row["attached_at"].isoformat()} for row in found.mappings()
        ]
    }
