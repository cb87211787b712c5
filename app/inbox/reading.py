"""What a reader does with his inbox: look, open, mark as read, say how he wants to be told."""

from __future__ import annotations

from uuid import UUID

from app.core.access import Permission, require
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.i18n import LOCALES
from app.core.paging import Page, decode_place
from app.core.tx import UnitOfWork
from app.inbox import access, queries, rules
from app.inbox.cursors import cut_page
from app.inbox.errors import MessageMissing
from app.inbox.types import MailMode, MessageView, PreferenceView

PAGE_SIZE = 20


async def list_messages(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, unread: bool = False
) -> Page[MessageView]:
    """One's own messages, newest first; only the unread ones if asked. Raises Unauthenticated."""
    person_id = _self(actor, access.SEE)
    rows = await queries.list_messages(
        uow, person_id, decode_place(after), PAGE_SIZE + 1, unread=unread
    )
    return cut_page(rows, PAGE_SIZE)


async def open_message(uow: UnitOfWork, *, actor: Actor, message_id: UUID) -> str:
    """Mark a message as read; returns where it leads. Raises MessageMissing (also another's)."""
    person_id = _self(actor, access.READ)
    message = await queries.lock_message(uow, message_id)
    if message is None or message.person_id != person_id:
        raise MessageMissing()
    if message.read_at is None:
        message.read_at = uow.now
    return message.href


async def read_all(uow: UnitOfWork, *, actor: Actor) -> int:
    """Mark all of one's messages as read; returns how many were not. Raises Unauthenticated."""
    return await queries.mark_all_read(uow, _self(actor, access.READ))


async def show_preferences(uow: UnitOfWork, *, actor: Actor) -> PreferenceView:
    """How one wants to be told. Raises Unauthenticated."""
    person_id = _self(actor, access.SEE)
    mail, language = (await queries.list_preferences(uow, [person_id]))[person_id]
    return PreferenceView(mail, language)


async def choose_preferences(
    uow: UnitOfWork, *, actor: Actor, mail: MailMode, language: str
) -> None:
    """Say how one wants to be told from now on. Raises Unauthenticated, Invalid.

    Messages that waited for a digest stay for the next one, unless mails are switched off.
    """
    person_id = _self(actor, access.PREFER)
    if language not in LOCALES:
        raise Invalid([FieldError("language", "请从列出的选项中选择。")])
    await queries.keep_preference(uow, person_id, mail, language)
    if mail is MailMode.none:
        await queries.drop_digest(uow, person_id)


async def sweep_messages(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Throw away read messages older than a year and a bit; returns how many."""
    return await queries.delete_read(uow, uow.now - rules.KEEP_READ, limit)


async def sweep_sent(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Throw away mails and deliveries that were over long ago; returns how many."""
    return await queries.delete_over(uow, uow.now - rules.KEEP_SENT, limit)


def _self(actor: Actor, permission: Permission) -> UUID:
    require(actor, permission)
    if actor.person_id is None:  # the system has no inbox
        raise MessageMissing()
    return actor.person_id
