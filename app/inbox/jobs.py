"""Timed work of the inbox, and the jobs that leave the market: mails, texts, webhooks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx
from app.inbox import delivering, sending
from app.inbox.delivering import Webhooks, sweep_deliveries
from app.inbox.digest import sweep_digests
from app.inbox.ports import AddressBook
from app.inbox.reaching import make_reach
from app.inbox.reading import sweep_messages, sweep_sent
from app.inbox.sending import make_post, sweep_dispatches

__all__ = ["SWEEPS", "make_jobs"]

SWEEPS: Final = (
    sweep_digests,
    sweep_dispatches,
    sweep_deliveries,
    sweep_messages,
    sweep_sent,
)

# How many of a kind one worker has under way: a crowd of slow receivers must not starve the rest.
AT_ONCE: Final = 4

Outside = Callable[[bytes | None], Awaitable[object]]


def make_jobs(settings: Settings, tx: Tx, book: AddressBook) -> Mapping[str, Outside]:
    """The jobs by name. A job that fails in a way nobody foresaw is left to its lease."""
    post = make_post(settings, book)
    webhooks = Webhooks(
        make_reach(settings), Sealer(settings.secret_key), settings.public_url.rstrip("/")
    )

    async def send(payload: bytes | None) -> object:
        item, attempt = _read(payload)
        return await sending.send_dispatch(tx, post, item=item, attempt=attempt)

    async def deliver(payload: bytes | None) -> object:
        item, attempt = _read(payload)
        return await delivering.deliver(tx, webhooks, item=item, attempt=attempt)

    return {sending.JOB: send, delivering.JOB: deliver}


def _read(payload: bytes | None) -> tuple[UUID, int]:
    said = json.loads(payload or b"{}")
    return UUID(said["id"]), int(said["attempt"])
