"""Reactions of deposits to what happens to money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.auctions import admission, deposit_notices, deposit_queries, deposits
from app.auctions.deposit_types import PURPOSE, DepositState
from app.core.facts import Listener
from app.core.tx import UnitOfWork
from app.payments.events import OrderMoved, PayoutRefused, PayoutSettled, ReceiptMatched


async def on_receipt_matched(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """The deposit's money is there: lock it, and let its bidder in."""
    if payload["purpose"] != PURPOSE:
        return
    application_id = await deposits.lock_deposit(uow, order_id=UUID(payload["order_id"]))
    if application_id is not None:
        await admission.admit_when_ready(uow, application_id=application_id)


async def on_order_moved(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A deposit that waits may be paid until another instant; a later move tells for itself."""
    if payload["purpose"] != PURPOSE:
        return
    deposit = await deposit_queries.find_of_order(uow, UUID(payload["order_id"]))
    due_at = datetime.fromisoformat(payload["due_at"])
    if deposit is None or deposit.state != DepositState.required.value or deposit.due_at != due_at:
        return
    _, lot = await deposit_queries.find_with_lot(uow, deposit.id)
    await deposit_notices.tell_moved(uow, lot, deposit)


async def on_payout_settled(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A released deposit has arrived."""
    found = await deposit_queries.find_of_payout(uow, UUID(payload["payout_id"]))
    if found is None:
        return
    deposit = await deposit_queries.lock_deposit(uow, found.id)
    deposit.returned_at = deposit.returned_at or uow.now


async def on_payout_refused(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """A return by hand found no second person: the money stays."""
    await deposits.keep_after_refusal(uow, payout_id=UUID(payload["payout_id"]))


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    OrderMoved.topic: [on_order_moved],
    ReceiptMatched.topic: [on_receipt_matched],
    PayoutSettled.topic: [on_payout_settled],
    PayoutRefused.topic: [on_payout_refused],
}
