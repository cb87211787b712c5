"""Disclosures (披露) of a person: for the copy of his data. They belong to his unit."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.tx import UnitOfWork
from app.disclosures.models import Disclosure, DisclosureCompleter

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Those he wrote, and those whose completer he is with his share in basis points."""
    written = await uow.session.execute(
        select(Disclosure.number, Disclosure.title, Disclosure.state)
        .where(Disclosure.author_id == person_id)
        .order_by(Disclosure.id.desc())
        .limit(ROWS)
    )
    completed = await uow.session.execute(
        select(Disclosure.number, Disclosure.title, DisclosureCompleter.share_bp)
        .join(DisclosureCompleter, DisclosureCompleter.disclosure_id == Disclosure.id)
        .where(DisclosureCompleter.person_id == person_id)
        .order_by(Disclosure.id.desc())
        .limit(ROWS)
    )
    return {
        "written": [dict(row) for row in written.mappings()],
        "completer_of": [dict(row) for row in completed.mappings()],
    }
