"""Builders of the inbox: notices, facts told to every listener, a post that keeps its mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.address_book import AccountsAddressBook
from app.core.facts import deliver
from app.core.tx import Tx, UnitOfWork
from app.inbox import sending
from app.inbox.mailing import Sender
from app.inbox.outgoing import Undelivered
from app.inbox.sending import Post
from app.inbox.types import Notice, SendState
from app.worker import LISTENERS


def notice(**changes: Any) -> Notice:
    """Something that happened."""
    said = {
        "kind": "test.happened",
        "subject": "测试消息",
        "body": "发生了一件事",
        "href": "/desk",
        "facts": {"number": "CG-1"},
    }
    return Notice(**(said | changes))


@dataclass
class Keeping:
    """Both ways out: keeps what is handed in, fails as often as told."""

    failures: list[Undelivered] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def post(self) -> Post:
        """A post that writes as the test market."""
        sender = Sender("科技大市场", "http://market.test", "market@market.test")
        return Post(sender, AccountsAddressBook(), _Mails(self), _Texts(self))


@dataclass
class _Mails:
    keeping: Keeping

    async def send(self, mail: EmailMessage, *, key: str) -> None:
        if self.keeping.failures:
            raise self.keeping.failures.pop(0)
        self.keeping.mails.append(mail)


@dataclass
class _Texts:
    keeping: Keeping

    async def send(self, mobile: str, text: str, *, key: str) -> None:
        if self.keeping.failures:
            raise self.keeping.failures.pop(0)
        self.keeping.texts.append((mobile, text))


async def run_dispatches(tx: Tx, post: Post) -> list[SendState | None]:
    """One round of the worker: queue what is due, then do every job once."""
    await tx.run(sending.sweep_dispatches)
    queued = await tx.run(_queued, table="dispatch")
    return [
        await sending.send_dispatch(tx, post, item=item, attempt=attempt)
        for item, attempt in queued
    ]


async def queued_deliveries(tx: Tx) -> list[tuple[UUID, int]]:
    """(id, attempt) of the webhooks that have a job."""
    return await tx.run(_queued, table="webhook_delivery")


async def deliver_everything(tx: Tx) -> int:
    """Tell every fact to every listener of the market, until nothing is new."""
    ran, again = 0, 1
    while again:
        again = sum([await deliver(tx, fact, LISTENERS) for fact in await tx.run(_facts)])
        ran += again
    return ran


async def _facts(uow: UnitOfWork) -> list[UUID]:
    return list((await uow.session.scalars(text("SELECT id FROM fact ORDER BY seq"))).all())


async def _queued(uow: UnitOfWork, *, table: str) -> list[tuple[UUID, int]]:
    rows = await uow.session.execute(
        text(f"SELECT id, attempts FROM {table} WHERE state = 'queued' ORDER BY created_at, id")
    )
    return [(row.id, row.attempts) for row in rows]
