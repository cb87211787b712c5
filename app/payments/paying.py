"""Payouts (划付): decided here, sent by the worker, tried until they have gone."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from app.accounts import service as accounts
from app.audit import service as audit
from app.core.actor import SYSTEM, Actor
from app.core.errors import KeyReused
from app.core.ids import new_id
from app.core.metrics import OWN
from app.core.numbers import next_number
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.payments import books, notices, payout_rules, queries
from app.payments.contradicting import tell_contradiction
from app.payments.errors import ReceiptMissing
from app.payments.events import PayoutSettled, PayoutStuck
from app.payments.models import Payout, Receipt
from app.payments.ports import PayoutAsked, PayoutKnown
from app.payments.types import PayoutKind, PayoutReason, PayoutState, ReceiptState

log = logging.getLogger("market.payments")

PAYOUT_JOB: Final = "payments.payout"
STUCK: Final = Counter(
    "market_payouts_stuck", "Payouts that would not go after several tries.", registry=OWN
)
NO_PAYEE: Final = "no-payee"  # the payee has no verified account yet
AWAY: Final = "bank-away"
OVER: Final = frozenset({PayoutState.settled.value, PayoutState.refused.value})
UNSENT: Final = OVER | {PayoutState.asked.value}  # no word of the bank moves it any more, or yet


async def order_payout(
    uow: UnitOfWork,
    *,
    order_id: UUID,
    amount_minor: int,
    reason: PayoutReason,
    key: str,
    payee_id: UUID | None = None,
    purse_id: UUID | None = None,
    asked_by: Actor | None = None,
) -> UUID:
    """Let money of a paid order leave: back to its payer, or to ``payee_id``. Answers its id.

    ``purse_id`` is where it lies, by default the order's own purse. The same key pays once. What
    a person decided by hand (``asked_by``) waits for a second one.
    Raises ReceiptMissing (the order was never paid), InsufficientFunds, KeyReused.
    """
    receipt = await queries.find_counted(uow, order_id)
    if receipt is None:
        raise ReceiptMissing()
    payout = await make_payout(
        uow,
        receipt=receipt,
        amount_minor=amount_minor,
        reason=reason,
        purse_id=purse_id or await books.open_purse(uow, books.ORDER, order_id),
        key=key,
        payee_id=payee_id,
        asked_by=asked_by,
    )
    if asked_by is not None:
        await notices.tell_asked(uow, payout)
    return payout.id


async def make_payout(
    uow: UnitOfWork,
    *,
    receipt: Receipt,
    amount_minor: int,
    reason: PayoutReason,
    purse_id: UUID,
    key: str,
    payee_id: UUID | None = None,
    asked_by: Actor | None = None,
    note: str = "",
) -> Payout:
    """Decide a payout and hold its money; one asked by a person waits for a second one.

    The same key makes one. Raises InsufficientFunds, KeyReused.
    """
    if (seen := await queries.find_payout_by_key(uow, key)) is not None:
        if (seen.receipt_id, seen.amount_minor) != (receipt.id, amount_minor):
            raise KeyReused()
        return seen
    number = await next_number(uow, "TK")
    by_hand = asked_by is not None
    payout = Payout(
        id=new_id(),
        number=number,
        bank_number=payout_rules.make_bank_number(number, 1),
        kind=(PayoutKind.capture if payee_id else PayoutKind.refund).value,
        reason=reason.value,
        state=(PayoutState.asked if by_hand else PayoutState.waiting).value,
        amount_minor=amount_minor,
        currency="CNY",
        receipt_id=receipt.id,
        order_id=receipt.order_id,
        payee_id=payee_id,
        idempotency_key=key,
        last_error="",
        note=note,
        asked_by=asked_by.person_id if asked_by else None,
        made_at=uow.now,
        due_at=None if by_hand else uow.now,
    )
    uow.session.add(payout)
    await uow.session.flush()
    await books.hold_payout(uow, payout, purse_id)
    await audit_payout(uow, asked_by or SYSTEM, "payments.make_payout", payout)
    return payout


async def sweep_payouts(uow: UnitOfWork, *, limit: int = 50) -> int:
    """Let the worker try the payouts whose time it is; answers how many.

    One whose worker died is tried again when its lease has run out: at the bank it is one payout.
    """
    due = await queries.lock_due_payouts(uow, limit)
    for payout in due:
        payout.attempts += 1
        payout.due_at = uow.now + payout_rules.LEASE
        if payout.state == PayoutState.waiting.value:
            payout.state = PayoutState.sending.value
        await _watch(uow, payout)
        await uow.enqueue(PAYOUT_JOB, {"id": str(payout.id), "attempt": payout.attempts})
    return len(due)


async def take_payout(
    uow: UnitOfWork, *, payout_id: UUID, attempt: int, sealer: Sealer
) -> tuple[PayoutAsked, bool] | None:
    """What to ask the bank, and whether it has taken it before; None when this try is over.

    A capture whose payee has no verified account waits for one.
    """
    payout = await queries.lock_payout(uow, payout_id)
    if payout.state in OVER or payout.attempts != attempt or payout.due_at is None:
        return None
    receipt = await queries.lock_receipt(uow, payout.receipt_id)
    payee = None
    if payout.payee_id is not None:
        payee = await accounts.find_payee(uow, party_id=payout.payee_id, sealer=sealer)
        if payee is None:
            _wait(uow, payout, NO_PAYEE)
            return None
    asked = PayoutAsked(
        number=payout.bank_number,
        kind=payout.kind,
        amount_minor=payout.amount_minor,
        payment_reference=receipt.reference,
        reason=PayoutReason(payout.reason).label,
        payee_name=payee.holder if payee else None,
        payee_account=payee.number if payee else None,
    )
    return asked, payout.state == PayoutState.ordered.value


async def keep_answer(
    uow: UnitOfWork, *, payout_id: UUID, known: PayoutKnown | None, error: str = ""
) -> None:
    """Write down what the bank said to a try; ``known`` None when it could not be asked."""
    payout = await queries.lock_payout(uow, payout_id)
    if payout.state in OVER:
        return
    if known is None:
        _wait(uow, payout, error)
        await _watch(uow, payout)
    elif known.number != payout.bank_number:
        # why: an answer about another payout says nothing of this one, which stays due
        await tell_contradiction(uow, about=payout.bank_number)
    else:
        if contradicts(payout, known):
            await tell_contradiction(uow, about=known.number)
        await _apply(uow, payout, known)


async def note_payout(uow: UnitOfWork, known: PayoutKnown) -> None:
    """The bank tells how a payout went; what we cannot believe is told and changes nothing over."""
    payout = await queries.lock_payout_by_bank_number(uow, known.number)
    if payout is None or contradicts(payout, known):
        await tell_contradiction(uow, about=known.number)
    if payout is not None and payout.state not in UNSENT:
        await _apply(uow, payout, known)


def contradicts(payout: Payout, known: PayoutKnown) -> bool:
    """Whether the bank's word cannot be true beside what it said before, or names another amount.

    A settled payout that "failed", one that went though a second person refused it; an older word
    (accepted after settled) is no contradiction.
    """
    if known.amount_minor not in (None, payout.amount_minor):
        return True
    if payout.state == PayoutState.settled.value:
        return known.state == "failed"
    return payout.state in (PayoutState.refused.value, PayoutState.asked.value)


async def _apply(uow: UnitOfWork, payout: Payout, known: PayoutKnown) -> None:
    match known.state:
        case "settled":
            await _settle(uow, payout, known)
        case "failed" if known.retryable:
            begin_series(payout)
            _wait(uow, payout, "failed")
            await _watch(uow, payout)
        case "failed":
            # why: a definite no is not argued with; a person finds out and begins anew
            payout.state, payout.due_at = PayoutState.waiting.value, None
            payout.last_error = "failed-for-good"
            await _raise_alarm(uow, payout)
        case _:
            payout.state = PayoutState.ordered.value
            payout.last_error = ""
            payout.due_at = uow.now + payout_rules.compute_pause(payout.attempts)


async def _settle(uow: UnitOfWork, payout: Payout, known: PayoutKnown) -> None:
    """The money has gone."""
    payout.state, payout.due_at, payout.last_error = PayoutState.settled.value, None, ""
    payout.settled_at, payout.bank_settled_at = uow.now, known.at or uow.now
    await uow.session.flush()
    await books.post_payout(uow, payout)
    receipt = await queries.lock_receipt(uow, payout.receipt_id)
    if receipt.state == ReceiptState.returning.value and not await queries.has_open_returns(
        uow, receipt.id
    ):
        receipt.state = (
            ReceiptState.counted if receipt.counted_minor else ReceiptState.returned
        ).value
    uow.record(
        PayoutSettled(payout.id, payout.order_id, payout.kind, payout.reason, payout.amount_minor)
    )
    if payout.order_id and receipt.party_id and payout.kind == PayoutKind.refund.value:
        order = await queries.get_order(uow, payout.order_id)
        await notices.tell_settled(uow, payout, receipt.party_id, order)
    await audit_payout(uow, SYSTEM, "payments.settle_payout", payout)


def begin_series(payout: Payout) -> None:
    """Under a new number at the bank: the old one was refused for good and moved nothing."""
    payout.series += 1
    payout.bank_number = payout_rules.make_bank_number(payout.number, payout.series)


def _wait(uow: UnitOfWork, payout: Payout, error: str) -> None:
    """Try again later; what the bank has taken is asked about, what it has not is sent again."""
    if payout.state != PayoutState.ordered.value or error == "failed":
        payout.state = PayoutState.waiting.value
    payout.last_error = error
    payout.due_at = uow.now + payout_rules.compute_pause(payout.attempts)


async def _watch(uow: UnitOfWork, payout: Payout) -> None:
    """Let people look at what does not go."""
    stuck = payout_rules.is_stuck(payout.attempts, payout.made_at, uow.now)
    if stuck and payout.stuck_at is None:
        await _raise_alarm(uow, payout)


async def _raise_alarm(uow: UnitOfWork, payout: Payout) -> None:
    payout.stuck_at = payout.stuck_at or uow.now
    uow.count(STUCK)
    uow.record(PayoutStuck(payout.id, payout.order_id, payout.attempts))
    await notices.tell_stuck(uow, payout)
    await audit_payout(uow, SYSTEM, "payments.payout_stuck", payout)


async def audit_payout(uow: UnitOfWork, actor: Actor, action: str, payout: Payout) -> None:
    """One audit line about a payout."""
    await audit.note(
        uow,
        actor=actor,
        action=action,
        subject_kind="payout",
        subject_id=payout.id,
        facts={
            "number": payout.number,
            "kind": payout.kind,
            "reason": payout.reason,
            "amount_minor": payout.amount_minor,
            "state": payout.state,
            "attempts": payout.attempts,
        },
    )
