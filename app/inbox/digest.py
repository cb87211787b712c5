"""The daily digest (每日摘要): one mail at 08:00 with what is new and unread, or none at all."""

from __future__ import annotations

from typing import Any

from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox import queries, rules
from app.inbox.models import InboxMessage, InboxPreference
from app.inbox.telling import dispatch_row, part
from app.inbox.texts import unpack
from app.inbox.types import Contact, MailMode

_SUBJECT = _n("您有 %(count)s 条新消息")
_REST = _n("另有 %(count)s 条消息未列出，请登录查看。")
_INBOX = "/desk/inbox"


async def sweep_digests(uow: UnitOfWork, *, limit: int = 50) -> int:
    """Make the digests that are due; returns how many people were looked at.

    One a day: its key is the person and the day in Beijing. Whoever has read everything gets none.
    """
    due = await queries.lock_due_digests(uow, limit)
    for preference in due:
        messages = await queries.take_for_digest(uow, preference.person_id)
        if messages and preference.mail != MailMode.none:
            await queries.insert_dispatches(uow, [_digest(uow, preference, messages)])
        preference.digest_due_at = None
    return len(due)


def _digest(
    uow: UnitOfWork, preference: InboxPreference, messages: list[InboxMessage]
) -> dict[str, Any]:
    day = uow.now.astimezone(SHANGHAI).date().isoformat()
    shown = messages[: rules.DIGEST_ITEMS]
    parts = [part(unpack(m.subject), unpack(m.body), m.href) for m in shown]
    if len(messages) > len(shown):
        rest = Message(_REST, count=len(messages) - len(shown))
        parts.append(part(rest, "", _INBOX))
    return dispatch_row(
        uow,
        key=f"digest:{preference.person_id}:{day}",
        kind="digest",
        contact=Contact("person", preference.person_id),
        channel="email",
        language=preference.language,
        subject=Message(_SUBJECT, count=len(messages)),
        parts=parts,
    )
