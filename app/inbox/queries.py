"""Every SELECT and lock of messages, mails and texts; of webhooks in ``endpoint_queries``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.core.i18n import SOURCE
from app.core.tx import UnitOfWork
from app.inbox.models import (
    Dispatch,
    InboxMessage,
    InboxPreference,
    WebhookDelivery,
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
        insert(InboxMessage).on_conflict_do_nothing().returning(InboxMessage.id), rows
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
        insert(Dispatch).on_conflict_do_nothing().returning(Dispatch.id), rows
    )
    return len(added.all())


async def list_messages(
    uow: UnitOfWork,
    person_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
    *,
    unread: bool,
) -> Sequence[InboxMessage]:
    """A person's messages, newest first, below a (created_at, id)."""
    query = select(InboxMessage).where(InboxMessage.person_id == person_id)
    if unread:
        query = query.where(InboxMessage.read_at.is_(None))
    if before is not None:
        query = query.where(tuple_(InboxMessage.created_at, InboxMessage.id) < before)
    query = query.order_by(InboxMessage.created_at.desc(), InboxMessage.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def lock_message(uow: UnitOfWork, message_id: UUID) -> InboxMessage | None:
    """A message, locked."""
    query = (
        select(InboxMessage)
        .where(InboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def mark_all_read(uow: UnitOfWork, person_id: UUID) -> int:
    """Mark a person's unread messages; returns how many."""
    marked = await uow.session.execute(
        update(InboxMessage)
        .where(InboxMessage.person_id == person_id, InboxMessage.read_at.is_(None))
        .values(read_at=uow.now)
        .returning(InboxMessage.id)
    )
    return len(marked.all())


async def keep_preference(uow: UnitOfWork, person_id: UUID, mail: MailMode, language: str) -> None:
    """Write what a person chose; a digest that is due stays due."""
    chosen = {"mail": mail.value, "language": language}
    await uow.session.execute(
        insert(InboxPreference)
        .values(person_id=person_id, digest_due_at=None, **chosen)
        .on_conflict_do_update(index_elements=["person_id"], set_=chosen)
    )


async def drop_digest(uow: UnitOfWork, person_id: UUID) -> None:
    """Nothing waits for a digest of this person any more."""
    await uow.session.execute(
        update(InboxPreference)
        .where(InboxPreference.person_id == person_id)
        .values(digest_due_at=None)
    )
    await uow.session.execute(
        update(InboxMessage)
        .where(InboxMessage.person_id == person_id, text("for_digest"))
        .values(for_digest=False)
    )


async def lock_due_digests(uow: UnitOfWork, limit: int) -> Sequence[InboxPreference]:
    """People whose digest is due, locked; those another sweep holds are skipped."""
    query = (
        select(InboxPreference)
        .where(InboxPreference.digest_due_at <= func.market_now())
        .order_by(InboxPreference.digest_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def take_for_digest(uow: UnitOfWork, person_id: UUID) -> list[InboxMessage]:
    """What waited for a person's digest and is still unread, newest first; it waits no more."""
    waiting = await uow.session.scalars(
        update(InboxMessage)
        .where(InboxMessage.person_id == person_id, text("for_digest"))
        .values(for_digest=False)
        .returning(InboxMessage)
    )
    unread = [message for message in waiting if message.read_at is None]
    return sorted(unread, key=lambda message: (message.created_at, message.id), reverse=True)


async def delete_read(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete read messages older than an instant."""
    old = (
        select(InboxMessage.id)
        .where(text("read_at IS NOT NULL"), InboxMessage.created_at < before)
        .order_by(InboxMessage.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await uow.session.execute(
        delete(InboxMessage).where(InboxMessage.id.in_(old)).returning(InboxMessage.id)
    )
    return len(gone.all())


async def delete_over(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete mails and deliveries that were over before an instant."""
    count = 0
    for table in (Dispatch, WebhookDelivery):
        old = (
            select(table.id)
            .where(text("due_at IS NULL"), table.created_at < before)
            .order_by(table.created_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        gone = await uow.session.execute(delete(table).where(table.id.in_(old)).returning(table.id))
        count += len(gone.all())
    return count
