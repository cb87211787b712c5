"""Messages that a person wrote in inquiries: for the copy of his data."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.tx import UnitOfWork
from app.inquiries.models import Inquiry, InquiryMessage

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """What he wrote, newest first."""
    found = await uow.session.execute(
        select(Inquiry.number, Inquiry.title, InquiryMessage.body, InquiryMessage.at)
        .join(Inquiry, Inquiry.id == InquiryMessage.inquiry_id)
        .where(InquiryMessage.by_person == person_id)
        .order_by(InquiryMessage.at.desc())
        .limit(ROWS)
    )
    return {"messages": [dict(row) | {"at": row["at"].isoformat()} for row in found.mappings()]}
