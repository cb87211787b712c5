"""Mails and texts: queued by the sweep, composed and sent in a job, written down afterwards."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from app.core.i18n import _n
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.inbox import outgoing
from app.inbox.mailing import (
    Folder,
    Letter,
    MailCarrier,
    Sender,
    Smtp,
    compose,
    compose_text_message,
    parse_smtp_url,
)
from app.inbox.models import Dispatch
from app.inbox.outgoing import Undelivered
from app.inbox.ports import AddressBook, Texting
from app.inbox.texting import FolderTexting, HttpTexting
from app.inbox.texts import unpack
from app.inbox.types import Contact, SendState

log = logging.getLogger("market.inbox")

JOB: Final = "inbox.dispatch"
BATCH: Final = 20

_NOBODY = _n("没有可用的接收地址")


@dataclass(frozen=True)
class Post:
    """What it takes to send: who writes, the address book, and the two ways out."""

    sender: Sender
    book: AddressBook
    mail: MailCarrier
    texts: Texting


def make_post(settings: Settings, book: AddressBook) -> Post:
    """The ways out that the settings name; a demonstration only ever writes into its folder."""
    folder = Folder(outbox_of(settings))
    outside = settings.mode is not Mode.demo
    mail: MailCarrier = folder
    texts: Texting = FolderTexting(folder)
    if outside and settings.smtp_url:
        mail = Smtp(parse_smtp_url(settings.smtp_url))
    if outside and settings.sms_url:
        texts = HttpTexting(settings.sms_url, settings.sms_token)
    sender = Sender(settings.name, settings.public_url.rstrip("/"), settings.mail_from)
    return Post(sender, book, mail, texts)


def outbox_of(settings: Settings) -> Path:
    """The folder where mails and texts land while there is no server for them."""
    return settings.data_dir / "outbox"


async def sweep_dispatches(uow: UnitOfWork, *, limit: int = BATCH) -> int:
    """Put a job into the queue for every mail and text that is due; returns how many."""
    return await outgoing.queue_due(uow, Dispatch, job=JOB, limit=limit)


async def send_dispatch(tx: Tx, post: Post, *, item: UUID, attempt: int) -> SendState | None:
    """One try at one mail or text; None when the try is somebody else's or past."""
    letter = await tx.run(take_letter, book=post.book, item=item, attempt=attempt)
    if letter is None:
        return None
    try:
        if letter.channel == "email":
            await post.mail.send(compose(letter, post.sender), key=str(letter.id))
        else:
            text = compose_text_message(letter, post.sender)
            await post.texts.send(letter.address, text, key=str(letter.id))
    except Undelivered as failure:
        return await tx.run(settle_failure, item=item, attempt=attempt, failure=failure)
    return await tx.run(settle_success, item=item, attempt=attempt)


async def take_letter(
    uow: UnitOfWork, *, book: AddressBook, item: UUID, attempt: int
) -> Letter | None:
    """Take a dispatch in hand and find its address; without one it is over."""
    row = await outgoing.take(uow, Dispatch, item, attempt)
    if row is None:
        return None
    contact = Contact(row.contact_kind, row.contact_id)  # type: ignore[arg-type]
    found = await book.find(uow, contact)
    address = "" if found is None else found.email if row.channel == "email" else found.mobile
    if not address or row.parts is None:
        outgoing.give_up(row, _NOBODY, SendState.skipped)
        return None
    return Letter(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        address=address,
        language=row.language,
        subject=unpack(row.subject),
        parts=tuple((unpack(p["subject"]), unpack(p["body"]), p["href"]) for p in row.parts),
        at=uow.now,
    )


async def settle_success(uow: UnitOfWork, *, item: UUID, attempt: int) -> SendState:
    """Write down that it has gone."""
    row = await outgoing.lock_taken(uow, Dispatch, item, attempt, SendState.sending)
    if row is not None:
        outgoing.succeed(row)
        row.sent_at = uow.now
    return SendState.sent


async def settle_failure(
    uow: UnitOfWork, *, item: UUID, attempt: int, failure: Undelivered
) -> SendState | None:
    """Write down a failed try: wait for the next one, or give up and say so."""
    row = await outgoing.lock_taken(uow, Dispatch, item, attempt, SendState.sending)
    if row is None:
        return None
    log.warning("not sent: %s", failure.reason, extra={"dispatch": str(item), "attempt": attempt})
    outgoing.fail(uow, row, failure)
    return SendState(row.state)
