"""Things on their way out, mails and webhooks alike: one small life of states.

waiting --sweep--> queued --worker takes it--> sending --> sent | waiting again | dead | skipped

``due_at`` is when the sweep looks at the thing next: the time of the next try while it waits, the
end of a worker's lease while it is queued or in hand. A worker that dies keeps nothing: its lease
ends and the thing is tried again. An attempt is taken by one worker only, however often the queue
hands out its job.
"""

from __future__ import annotations

from datetime import timedelta
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


async def queue_due(uow: UnitOfWork, table: type[Outgoing], *, job: str, limit: int) -> int:
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
        if lost and _pause_of(row) is None:
            _exhaust(uow, row, _LOST)
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


def fail(uow: UnitOfWork, row: Outgoing, failure: Undelivered) -> bool:
    """A try failed: it waits for its next one; False when there is none, and it is dead."""
    pause = None if failure.final else _pause_of(row)
    if pause is not None:
        row.state, row.due_at = SendState.waiting.value, uow.now + pause
        row.last_error = pack(failure.reason)
    elif failure.final:
        # why no alert: the other side refused it, which is no fault of the market's post
        give_up(row, failure.reason)
    else:
        _exhaust(uow, row, failure.reason)
    return pause is not None


def give_up(row: Outgoing, error: str, state: SendState = SendState.dead) -> None:
    """It is over without having been sent."""
    row.state, row.due_at, row.last_error = state.value, None, pack(error)
    _wipe(row)


def succeed(row: Outgoing) -> None:
    """It is over: the other side has it."""
    row.state, row.due_at, row.last_error = SendState.sent.value, None, pack("")
    _wipe(row)


def _pause_of(row: Outgoing) -> timedelta | None:
    """How long it waits after this attempt has failed; None when it was the last one."""
    if isinstance(row, WebhookDelivery):
        pauses_s = rules.WEBHOOK_PAUSES_S
    else:
        pauses_s = rules.SECRET_PAUSES_S if row.secret else rules.MAIL_PAUSES_S
    return rules.compute_pause(pauses_s, row.attempts, row.id)


def _exhaust(uow: UnitOfWork, row: Outgoing, error: str) -> None:
    """Every attempt failed: it is dead, and of a mail or text somebody is told."""
    give_up(row, error)
    if isinstance(row, Dispatch):
        uow.record(DispatchDied(row.id, row.channel))


def _wipe(row: Outgoing) -> None:
    """Forget a secret as soon as it has served."""
    if isinstance(row, Dispatch) and row.secret:
        row.parts = None
