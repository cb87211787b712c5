"""Things on their way out, mails and webhooks alike: one small life of states.

waiting --sweep--> queued --worker takes it--> sending --> sent | waiting again | dead | skipped

``due_at`` is when the sweep looks at the thing next: the time of the next try while it waits, the
end of a worker's lease while it is queued or in hand. A worker that dies keeps nothing: its lease
ends and the thing is tried again. An attempt is taken by one worker only, however often the queue
hands out its job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select, text

from app.core.i18n import _n
from app.core.tx import UnitOfWork
from app.inbox import rules
from app.inbox.events import DispatchDied
from app.inbox.models import Dispatch, WebhookDelivery
from app.inbox.texts import pack
from app.inbox.types import SendState

_LOST = _n("发送过程中断，且已达到最多次数")

Outgoing = TypeVar("Outgoing", Dispatch, WebhookDelivery)


class Undelivered(Exception):
    """A try that failed: a Chinese sentence. ``final``: the other side said never."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


async def queue_due(
    uow: UnitOfWork, table: type[Outgoing], *, job: str, pauses_s: Sequence[int], limit: int
) -> int:
    """Put a job into the queue for what is due; returns how many rows were due.

    A lease that ran out counts as a failed attempt.
    """
    query = (
        select(table)
        .where(table.due_at <= func.market_now(), text("due_at IS NOT NULL"))
        .order_by(table.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    due = (await uow.session.scalars(query)).all()
    for row in due:
        lost = row.state != SendState.waiting
        if lost and rules.compute_pause(pauses_s, row.attempts, row.id) is None:
            give_up(row, _LOST)
            if isinstance(row, Dispatch):
                uow.record(DispatchDied(row.id, row.channel))
            continue
        row.state, row.attempts = SendState.queued.value, row.attempts + 1
        row.due_at = uow.now + rules.LEASE
        await uow.enqueue(job, {"id": str(row.id), "attempt": row.attempts})
    return len(due)


async def lock_taken(
    uow: UnitOfWork, table: type[Outgoing], item: UUID, attempt: int, state: SendState
) -> Outgoing | None:
    """The thing, locked, when this attempt is still the one that counts."""
    query = (
        select(table)
        .where(table.id == item, table.attempts == attempt, table.state == state.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def take(uow: UnitOfWork, table: type[Outgoing], item: UUID, attempt: int) -> Outgoing | None:
    """Take a queued thing in hand; None when another worker has it, or it has moved on."""
    row = await lock_taken(uow, table, item, attempt, SendState.queued)
    if row is not None:
        row.state, row.due_at = SendState.sending.value, uow.now + rules.LEASE
    return row


def try_again(row: Outgoing, error: str, pauses_s: Sequence[int], now: datetime) -> bool:
    """Let it wait for its next try; False when there is none left, and it is dead."""
    pause = rules.compute_pause(pauses_s, row.attempts, row.id)
    if pause is None:
        give_up(row, error)
        return False
    row.state, row.due_at, row.last_error = SendState.waiting.value, now + pause, pack(error)
    return True


def give_up(row: Outgoing, error: str, state: SendState = SendState.dead) -> None:
    """It is over without having been sent."""
    row.state, row.due_at, row.last_error = state.value, None, pack(error)
    wipe(row)


def succeed(row: Outgoing) -> None:
    """It is over: the other side has it."""
    row.state, row.due_at, row.last_error = SendState.sent.value, None, pack("")
    wipe(row)


def wipe(row: Outgoing) -> None:
    """Forget a secret as soon as it has served."""
    if isinstance(row, Dispatch) and row.secret:
        row.parts = None
