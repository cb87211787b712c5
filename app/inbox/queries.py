"""Every SELECT and every lock of the inbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.i18n import SOURCE
from app.core.tx import UnitOfWork
from app.inbox.models import (
    Dispatch,
    InboxMessage,
    InboxPreference,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.inbox.types import MailMode


async def list_preferences(
    uow: UnitOfWork, person_ids: Collection[UUID]
) -> dict[UUID, tuple[MailMode, str]]:
    """(mail, language) of people; those who never chose have a daily digest in Chinese."""
    rows = await uow.session.execute(
        select(InboxPreference.person_id, InboxPreference.mail, InboxPreference.language).where(
            InboxPreference.person_id.in_(person_ids)
        )
    )
    chosen = {row.person_id: (MailMode(row.mail), row.language) for row in rows}
    return {person: chosen.get(person, (MailMode.daily, SOURCE)) for person in person_ids}


async def insert_messages(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Add messages; returns the ids of those that were not there already."""
    added = await uow.session.scalars(
        insert(InboxMessage).values(rows).on_conflict_do_nothing().returning(InboxMessage.id)
    )
    return set(added)


async def expect_digests(uow: UnitOfWork, person_ids: Collection[UUID], due_at: datetime) -> None:
    """Let the next digest of these people be due; one that is due already stays.

    why: the row is locked either way, so a digest that is being made ends before we go on, and
    our message is in this one or in the next.
    """
    statement = insert(InboxPreference).values(
        [
            {
                "person_id": person_id,
                "mail": MailMode.daily.value,
                "language": SOURCE,
                "digest_due_at": due_at,
            }
            for person_id in sorted(person_ids)
        ]
    )
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id"],
            set_={"digest_due_at": statement.excluded.digest_due_at},
            where=InboxPreference.digest_due_at.is_(None),
        )
    )


async def insert_dispatches(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> int:
    """Add mails and texts; returns how many were not there already."""
    added = await uow.session.scalars(
        insert(Dispatch).values(rows).on_conflict_do_nothing().returning(Dispatch.id)
    )
    return len(added.all())


async def list_subscribed(
    uow: UnitOfWork, kind: str, organisation_id: UUID | None
) -> Sequence[UUID]:
    """Active endpoints that want this kind: of one organisation, or of everyone for None."""
    query = select(WebhookEndpoint.id).where(
        WebhookEndpoint.state == "active", WebhookEndpoint.kinds.contains([kind])
    )
    if organisation_id is not None:
        query = query.where(WebhookEndpoint.organisation_id == organisation_id)
    return (await uow.session.scalars(query.order_by(WebhookEndpoint.id))).all()


async def insert_deliveries(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> int:
    """Add deliveries; returns how many were not there already."""
    added = await uow.session.scalars(
        insert(WebhookDelivery).values(rows).on_conflict_do_nothing().returning(WebhookDelivery.id)
    )
    return len(added.all())
