"""The inbox's share of a person's own data: his messages and how he wants to be told."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app.core.tx import UnitOfWork
from app.inbox.models import Dispatch, InboxMessage, InboxPreference
from app.inbox.texts import unpack

MESSAGES: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """His messages, newest first (5000 at most), and his preferences."""
    messages = await uow.session.scalars(
        select(InboxMessage)
        .where(InboxMessage.person_id == person_id)
        .order_by(InboxMessage.created_at.desc(), InboxMessage.id.desc())
        .limit(MESSAGES)
    )
    preference = await uow.session.get(InboxPreference, person_id)
    return {
        "preference": {"mail": preference.mail, "language": preference.language}
        if preference is not None
        else None,
        "messages": [
            {
                "at": message.created_at.isoformat(),
                "kind": message.kind,
                "subject": str(unpack(message.subject)),
                "body": str(unpack(message.body)),
                "href": message.href,
                "read_at": message.read_at and message.read_at.isoformat(),
            }
            for message in messages
        ],
    }


async def forget_personal(uow: UnitOfWork, *, person_id: UUID) -> None:
    """Delete his messages, his preferences, and what was mailed to him or is still to be."""
    for statement in (
        delete(InboxMessage).where(InboxMessage.person_id == person_id),
        delete(InboxPreference).where(InboxPreference.person_id == person_id),
        delete(Dispatch).where(Dispatch.contact_kind == "person", Dispatch.contact_id == person_id),
    ):
        await uow.session.execute(statement.execution_options(synchronize_session=False))
