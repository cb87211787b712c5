"""Refunds by hand (人工退款): two people, and never more than what is free of the order's money."""

from __future__ import annotations

from uuid import UUID

from app.core.access import require
from app.core.actor import Actor
from app.core.errors import Faults
from app.core.money import Money
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.ledger.errors import InsufficientFunds
from app.payments import access, books, notices, paying, queries
from app.payments.errors import NothingToRefund, PayoutDecided, SamePerson
from app.payments.events import PayoutRefused
from app.payments.models import Payout
from app.payments.types import NOTE_MAX, PayoutReason, PayoutState


async def request_refund(
    uow: UnitOfWork, *, actor: Actor, receipt_id: UUID, amount: Money, note: str, key: str
) -> UUID:
    """Ask for money of an arrival to go back to its payer; another operator decides.

    The amount is held at once. What stands as a deposit is not free: it is released by its own
    verbs. The same key asks once. Raises Unauthenticated, Forbidden, ReceiptMissing, Invalid,
    NothingToRefund, KeyReused.
    """
    require(actor, access.REFUND)
    words = _check_note(note)
    faults = Faults()
    if amount.minor <= 0:
        faults.add("amount", "退款金额须大于零")
    faults.check()
    receipt = await queries.lock_receipt(uow, receipt_id)
    if receipt.order_id is None or not receipt.counted_minor:
        raise NothingToRefund()
    try:
        payout = await paying.make_payout(
            uow,
            receipt=receipt,
            amount_minor=amount.minor,
            reason=PayoutReason.manual,
            purse_id=await books.open_purse(uow, books.ORDER, receipt.order_id),
            key=key,
            asked_by=actor,
            note=words,
        )
    except InsufficientFunds as error:
        raise NothingToRefund(**error.facts) from error
    await notices.tell_asked(uow, payout)
    return payout.id


async def approve_refund(uow: UnitOfWork, *, actor: Actor, payout_id: UUID) -> None:
    """Let a refund go that somebody else asked for.

    Raises Unauthenticated, Forbidden, PayoutMissing, PayoutDecided, SamePerson.
    """
    payout = await _lock_asked(uow, actor, payout_id)
    now = await uow.stamp()
    payout.state, payout.decided_by = PayoutState.waiting.value, actor.person_id
    payout.due_at = now
    await paying.audit_payout(uow, actor, "payments.approve_refund", payout)


async def refuse_refund(uow: UnitOfWork, *, actor: Actor, payout_id: UUID, note: str) -> None:
    """Say why a refund does not go; its money is free again.

    Raises Unauthenticated, Forbidden, PayoutMissing, PayoutDecided, SamePerson, Invalid.
    """
    payout = await _lock_asked(uow, actor, payout_id)
    payout.note = f"{payout.note}\n{_check_note(note)}"
    payout.state, payout.decided_by = PayoutState.refused.value, actor.person_id
    await books.void_payout(uow, payout)
    uow.record(PayoutRefused(payout.id, payout.order_id))
    await paying.audit_payout(uow, actor, "payments.refuse_refund", payout)


async def retry_payout(uow: UnitOfWork, *, actor: Actor, payout_id: UUID) -> None:
    """Try a payout now that waits or that the bank refused, once the cause has been mended.

    Raises Unauthenticated, Forbidden, PayoutMissing, PayoutDecided.
    """
    require(actor, access.RETRY)
    payout = await queries.lock_payout(uow, payout_id)
    if payout.state in paying.UNSENT:
        raise PayoutDecided(state=payout.state)
    now = await uow.stamp()
    if payout.due_at is None:
        paying.begin_series(payout)
    payout.due_at, payout.attempts = now, 0
    await paying.audit_payout(uow, actor, "payments.retry_payout", payout)


async def _lock_asked(uow: UnitOfWork, actor: Actor, payout_id: UUID) -> Payout:
    require(actor, access.REFUND)
    payout = await queries.lock_payout(uow, payout_id)
    if payout.state != PayoutState.asked.value:
        raise PayoutDecided(state=payout.state)
    if payout.asked_by == actor.person_id:
        raise SamePerson()
    return payout


def _check_note(note: str) -> str:
    faults = Faults()
    words = faults.limit("note", clean_text(note), NOTE_MAX)
    if not words:
        faults.add("note", "请写明理由")
    faults.check()
    return words
