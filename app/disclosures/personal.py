"""Disclosures' share of a person's own data, and what keeps an organisation open."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core.i18n import Message
from app.core.tx import UnitOfWork
from app.disclosures.models import Disclosure, DisclosureCompleter
from app.disclosures.types import DisclosureState

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Disclosures he wrote or, once submitted, completed."""
    completed = select(DisclosureCompleter.disclosure_id).where(
        DisclosureCompleter.person_id == person_id
    )
    found = await uow.session.execute(
        select(Disclosure.number, Disclosure.title, Disclosure.state, Disclosure.submitted_at)
        .where(
            or_(
                Disclosure.author_id == person_id,
                Disclosure.id.in_(completed) & (Disclosure.submissions > 0),
            )
        )
        .order_by(Disclosure.id.desc())
        .limit(ROWS)
    )
    return {"disclosures": [dict(row) for row in found.mappings()]}


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Disclosures that wait for the unit's decision."""
    count = await uow.session.scalar(
        select(func.count()).where(
            Disclosure.organisation_id == organisation_id,
            Disclosure.state == DisclosureState.submitted.value,
        )
    )
    if not count:
        return []
    return [Message("您的单位还有 %(count)s 项成果披露等待决定，请先处理", count=count)]
