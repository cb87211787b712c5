"""Clearances' share of a person's own data: the rights of pre-emption that are his."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.clearances.models import PreemptionRight
from app.core.tx import UnitOfWork

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Rights he holds with his answers, newest first."""
    found = await uow.session.execute(
        select(
            PreemptionRight.notice,
            PreemptionRight.basis,
            PreemptionRight.rank,
            PreemptionRight.notified_at,
            PreemptionRight.response,
            PreemptionRight.note,
        )
        .where(PreemptionRight.holder_id == person_id)
        .order_by(PreemptionRight.id.desc())
        .limit(ROWS)
    )
    return {
        "preemption_rights": [
            dict(row) | {"notified_at": row["notified_at"].isoformat()} for row in found.mappings()
        ]
    }
