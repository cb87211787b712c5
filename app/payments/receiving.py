"""What arrives at the bank: heard by a signed message, or found by asking; booked once."""

from __future__ import annotations

import hashlib
import logging
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.audit import service as audit
from app.core.actor import SYSTEM
from app.core.clock import read_offset
from app.core.ids import new_id
from app.core.personal import is_person_name, mask_person
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.payments import books, notices, paying, queries, receipt_rules
from app.payments.errors import EventContradicts
from app.payments.events import ReceiptMatched, ReceiptReturned
from app.payments.models import PayOrder, Receipt
from app.payments.ports import BankEvent, Payment
from app.payments.types import (
    Arrival,
    OrderState,
    PayoutReason,
    ReceiptKind,
    ReceiptState,
    Verdict,
)

log = logging.getLogger("market.payments")

_PAYER_MAX: Final = 120


async def take_event(uow: UnitOfWork, *, event: BankEvent, body: bytes, sealer: Sealer) -> bool:
    """Take a message whose signature was found right; False when it was taken before.

    The same message twice at once: the second waits for the first and then does nothing. Raises
    EventContradicts when its number is known with another content.
    """
    digest = hashlib.sha256(body).digest()
    message = {"id": event.id, "kind": event.kind, "digest": digest, "taken_at": uow.now}
    if not await queries.insert_message(uow, message):
        if (await queries.get_message(uow, event.id)).digest != digest:
            raise EventContradicts(about=event.id)
        return False
    if event.payment is not None:
        await take_payment(uow, payment=event.payment, sealer=sealer)
    if event.payout is not None:
        await paying.note_payout(uow, event.payout)
    return True


async def take_payment(uow: UnitOfWork, *, payment: Payment, sealer: Sealer) -> UUID:
    """Book one arrival: judge it, keep what counts, send back the rest. Answers the receipt's id.

    By the bank's reference it is booked once, however it was heard of. Its instant is the bank's
    plus the offset of the market's clock as it is now: a demonstration that moves its clock
    between an arrival and its message sees the arrival later than it was.

    Raises EventContradicts when the reference is known with another amount or for another order.
    """
    number = receipt_rules.find_order_number(payment.order_number)
    order = await queries.lock_order_by_number(uow, number) if number else None
    if (seen := await queries.find_receipt(uow, payment.reference)) is not None:
        return _same(seen, payment, order)
    at = payment.arrived_at + await read_offset(uow.session)
    if order is None:
        party_id = await accounts.find_account_party(
            uow, holder=payment.payer_name, number=payment.payer_account, sealer=sealer
        )
    else:
        party_id = order.party_id
    own = order is not None and await accounts.is_own_account(
        uow,
        party_id=order.party_id,
        holder=payment.payer_name,
        number=payment.payer_account,
        at=at,
        sealer=sealer,
    )
    verdict = receipt_rules.classify(
        order.facts() if order else None, Arrival(payment.amount_minor, at, own)
    )
    row = _row(uow, payment, verdict, order, party_id) | {"judged_at": at}
    receipt = await queries.insert_receipt(uow, row)
    if receipt is None:
        known = await queries.find_receipt(uow, payment.reference)
        assert known is not None, "a reference that is taken has its receipt"
        return _same(known, payment, order)
    await _book(uow, receipt, order)
    return receipt.id


def _same(seen: Receipt, payment: Payment, order: PayOrder | None) -> UUID:
    other_order = order is not None and seen.order_id != order.id
    if other_order or seen.amount_minor != payment.amount_minor:
        raise EventContradicts(about=payment.reference)
    return seen.id


def _row(
    uow: UnitOfWork,
    payment: Payment,
    verdict: Verdict,
    order: PayOrder | None,
    party_id: UUID | None,
) -> dict[str, Any]:
    name = payment.payer_name.strip()[:_PAYER_MAX]
    digits = "".join(sign for sign in payment.payer_account if sign.isdigit())
    return {
        "id": new_id(),
        "reference": payment.reference,
        "order_id": order.id if order else None,
        "party_id": party_id,
        "kind": verdict.kind.value,
        "state": (ReceiptState.returning if verdict.back_minor else ReceiptState.counted).value,
        "amount_minor": payment.amount_minor,
        "counted_minor": verdict.counted_minor,
        "back_minor": verdict.back_minor,
        # why: whoever pays may be a person, and names of persons stand in accounts alone
        "payer": mask_person(name) if is_person_name(name) else name,
        "payer_digits": digits[-4:],
        "arrived_at": payment.arrived_at,
        "taken_at": uow.now,
    }


async def _book(uow: UnitOfWork, receipt: Receipt, order: PayOrder | None) -> None:
    await books.book_receipt(uow, receipt)
    if receipt.counted_minor:
        assert order is not None, "only an order's money counts"
        order.state, order.paid_at = OrderState.paid.value, receipt.judged_at
        order.look_at = None
        uow.record(
            ReceiptMatched(
                receipt_id=receipt.id,
                order_id=order.id,
                purpose=order.purpose,
                subject_id=order.subject_id,
                party_id=order.party_id,
                amount_minor=receipt.counted_minor,
                arrived_at=receipt.judged_at,
            )
        )
    if receipt.back_minor:
        await _send_back(uow, receipt)
    await notices.tell_receipt(uow, receipt, order)
    await audit.note(
        uow,
        actor=SYSTEM,
        action="payments.take_receipt",
        subject_kind="receipt",
        subject_id=receipt.id,
        facts={
            "reference": receipt.reference,
            "order": order.number if order else None,
            "kind": receipt.kind,
            "amount_minor": receipt.amount_minor,
            "counted_minor": receipt.counted_minor,
            "arrived_at": receipt.arrived_at.isoformat(),
        },
    )


async def _send_back(uow: UnitOfWork, receipt: Receipt) -> None:
    """The automatic return (自动退回) of what does not count."""
    payout = await paying.make_payout(
        uow,
        receipt=receipt,
        amount_minor=receipt.back_minor,
        reason=PayoutReason(ReceiptKind(receipt.kind).value),
        purse_id=await books.open_purse(uow, books.OWED, None),
        key=f"back:{receipt.id}",
    )
    uow.record(
        ReceiptReturned(
            receipt_id=receipt.id,
            order_id=receipt.order_id,
            payout_id=payout.id,
            kind=receipt.kind,
            amount_minor=receipt.back_minor,
        )
    )
