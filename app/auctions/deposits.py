"""Deposits (保证金) of bidders: asked for by an application, locked by its money, given back.

The money is the bank's and payments'; here stands what it means. A locked deposit is a hold in the
ledger on its order's purse, for the lot's purse; released it is voided and paid back, forfeited it
is posted. ``applied_to_price`` keeps the hold: the price is settled with the deal.

Lock order: the lot, then its deposits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.auctions import admission_queries, deposit_notices, deposit_queries, deposit_rules
from app.auctions.deposit_models import Deposit
from app.auctions.deposit_types import PURPOSE, DepositState, EndKind, ReleaseReason
from app.auctions.models import Lot
from app.auctions.queries import lock_lot
from app.audit import service as audit
from app.core.actor import SYSTEM, Actor
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.ledger import service as ledger
from app.payments import service as payments
from app.payments.types import OrderState, PayoutReason

LOT_PURSE = "lot"  # what belongs to a lot: forfeited deposits, later the price
_TITLE = _n("标的 %(number)s 竞买保证金")


async def open_deposit(uow: UnitOfWork, *, lot: Lot, application_id: UUID, party_id: UUID) -> None:
    """Ask for the deposit of an accepted application of a locked lot; nothing if it asks none."""
    if lot.deposit_minor is None:
        return
    if await deposit_queries.lock_of_application(uow, application_id) is not None:
        return
    application = await admission_queries.get_application(uow, application_id)
    due_at = _compute_due(lot, application.due_at)
    deposit_id = new_id()
    order = await payments.open_order(
        uow,
        purpose=PURPOSE,
        subject_kind=PURPOSE,
        subject_id=deposit_id,
        party_id=party_id,
        amount=Money(lot.deposit_minor),
        due_at=due_at,
        title=Message(_TITLE, number=lot.number),
        page=f"/lots/{lot.number}/deposit",
        key=f"deposit:{application_id}",
    )
    rules = await deposit_queries.find_rules(uow, uow.now)
    uow.session.add(
        Deposit(
            id=deposit_id,
            lot_id=lot.id,
            party_id=party_id,
            application_id=application_id,
            order_id=order.id,
            rules_version=rules.version,
            amount_minor=lot.deposit_minor,
            due_at=due_at,
            state=DepositState.required.value,
            opened_at=uow.now,
            portions=[],
            statement="",
        )
    )
    await uow.session.flush()


async def move_deposits(uow: UnitOfWork, *, lot: Lot, until: datetime) -> None:
    """Let what was asked for and not paid yet be due by the terms of a locked lot as they are now;
    ``until`` its applications can be admitted.

    Money is judged by its order's end alone, when it is heard of. What was judged late before is
    not judged again: it goes home, and the bidder may pay anew until the new end. What came after
    an end that had passed, and is heard of only after the announcement, counts. What is paid
    already, or has lapsed, stays.
    """
    due_at = _compute_due(lot, until)
    waiting = {one.order_id: one for one in await deposit_queries.lock_required(uow, lot.id)}
    if not waiting:
        return
    for order_id in await payments.move_orders(uow, ends=dict.fromkeys(waiting, due_at)):
        waiting[order_id].due_at = due_at


def _compute_due(lot: Lot, until: datetime | None) -> datetime:
    """When a deposit is due: at the lot's instant, and at the latest when its application can be
    admitted no more."""
    ends = [at for at in (lot.deposit_due_at, until) if at is not None]
    return min(ends) if ends else lot.free_ends_at


async def lock_deposit(uow: UnitOfWork, *, order_id: UUID) -> UUID | None:
    """An order of ours was paid in full, in time, from the own account: lock the money.

    Answers the application that is to be admitted now; None when there is nothing to do (told
    twice, or no longer wanted: then the money goes home).
    """
    found = await deposit_queries.find_of_order(uow, order_id)
    if found is None:
        return None
    lot, _ = await lock_lot(uow, found.lot_id)
    deposit = await deposit_queries.lock_deposit(uow, found.id)
    if deposit.state != DepositState.required.value:
        return None
    deposit.state = DepositState.paid.value
    await note_deposit(uow, SYSTEM, "auctions.deposit_paid", lot, deposit)
    if lot.closed_at is not None:
        await _settle(uow, lot, deposit)
        return None
    await _hold(uow, deposit)
    deposit.state, deposit.locked_at = DepositState.locked.value, uow.now
    await note_deposit(uow, SYSTEM, "auctions.deposit_locked", lot, deposit)
    return deposit.application_id


async def release_deposit(uow: UnitOfWork, *, application_id: UUID, reason: str) -> None:
    """Give back what an application that was refused or withdrawn has paid; the lot is locked.

    ``reason`` is the word of the application. What was not paid yet is wanted no more.
    """
    deposit = await deposit_queries.lock_of_application(uow, application_id)
    if deposit is None or DepositState(deposit.state) in deposit_rules.OVER:
        return
    if deposit.state == DepositState.frozen.value:
        return  # why: a dispute is ended by its own verb, which then gives it back
    lot, _ = await lock_lot(uow, deposit.lot_id)
    deposit.statement = reason
    await give_back(uow, SYSTEM, lot, deposit, ReleaseReason.application)


async def is_secured(uow: UnitOfWork, *, lot_id: UUID, party_id: UUID) -> bool:
    """Whether the deposit of a party is locked: only then may it bid."""
    deposit = await deposit_queries.find_living(uow, lot_id, party_id)
    return deposit is not None and deposit.state == DepositState.locked.value


async def read_paid(uow: UnitOfWork, *, lot_id: UUID) -> int:
    """What of the winner's deposit counts toward the price of a lot, 分 (L-网拍23)."""
    return await deposit_queries.sum_applied(uow, lot_id)


async def sweep_deposits(uow: UnitOfWork) -> int:
    """Settle one deposit of a lot that has ended: a loser's goes home at once, the winner's counts.

    Answers how many changed. One a transaction: a fault with one is counted and logged by the
    sweep and keeps nobody else from his money.
    """
    deposit_id = await deposit_queries.draw_ended(uow)
    if deposit_id is None:
        return 0
    lot, _ = await lock_lot(uow, await deposit_queries.find_lot_id(uow, deposit_id))
    return await _settle(uow, lot, await deposit_queries.lock_deposit(uow, deposit_id))


def end_of(lot: Lot) -> EndKind:
    """How a lot has ended, as its deposits see it."""
    return EndKind(lot.outcome) if lot.outcome else EndKind.running


def is_winner(lot: Lot, deposit: Deposit) -> bool:
    """Whether a deposit is the one of the party whose bid won."""
    return lot.leader_id == deposit.party_id and lot.outcome in ("won", "failed")


async def _settle(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> int:
    """What the end of a lot means for one deposit; both are locked. 1 when it changed."""
    state, end = DepositState(deposit.state), end_of(lot)
    winner = is_winner(lot, deposit)
    if state is DepositState.required and end is not EndKind.running:
        await give_back(uow, SYSTEM, lot, deposit, _reason_of(end))
        return 1
    reason = deposit_rules.find_release(state, end, winner=winner)
    if reason is not None:
        await give_back(uow, SYSTEM, lot, deposit, reason)
        return 1
    if deposit_rules.is_applied(state, end, winner=winner):
        deposit.state = DepositState.applied_to_price.value
        await deposit_notices.tell_applied(uow, lot, deposit)
        await note_deposit(uow, SYSTEM, "auctions.deposit_applied", lot, deposit)
        return 1
    return 0


def _reason_of(end: EndKind) -> ReleaseReason:
    found = deposit_rules.find_release(DepositState.locked, end, winner=False)
    return found or ReleaseReason.not_winner


async def give_back(
    uow: UnitOfWork, actor: Actor, lot: Lot, deposit: Deposit, reason: ReleaseReason
) -> None:
    """Free a deposit and send its money home; what was never paid lapses. Lot and deposit are
    locked, and the state allows it."""
    now = await uow.stamp()
    if (
        deposit.state == DepositState.required.value
        and await payments.close_order(uow, order_id=deposit.order_id) is not OrderState.paid
    ):
        deposit.state, deposit.ended_at = DepositState.lapsed.value, now
        await note_deposit(uow, actor, "auctions.deposit_lapsed", lot, deposit)
        return
    await _free(uow, deposit)
    by_hand = reason is ReleaseReason.by_hand
    deposit.payout_id = await payments.order_payout(
        uow,
        order_id=deposit.order_id,
        amount_minor=deposit.amount_minor,
        reason=PayoutReason.manual if by_hand else PayoutReason.released,
        # why the hold: a refund that a second person refused is decided anew under another one
        key=f"deposit:{deposit.hold_id or deposit.id}",
        asked_by=actor if by_hand else None,
    )
    rules = (await deposit_queries.get_rules(uow, deposit.rules_version)).rules()
    deposit.released_from = deposit.state
    deposit.state, deposit.ended_at = DepositState.released.value, now
    deposit.frozen_from, deposit.release_reason = None, reason.value
    deposit.release_due_at = (lot.closed_at or now) + timedelta(hours=rules.release_within_h)
    await deposit_notices.tell_released(uow, lot, deposit)
    await note_deposit(uow, actor, "auctions.deposit_released", lot, deposit)


async def keep_after_refusal(uow: UnitOfWork, *, payout_id: UUID) -> None:
    """A second person refused the return by hand: the money is held again until people decide."""
    found = await deposit_queries.find_of_payout(uow, payout_id)
    if found is None:
        return
    lot, _ = await lock_lot(uow, found.lot_id)
    deposit = await deposit_queries.lock_deposit(uow, found.id)
    if deposit.state != DepositState.released.value or deposit.payout_id != payout_id:
        return
    await _hold(uow, deposit)
    deposit.state = DepositState.frozen.value
    deposit.frozen_from = deposit.released_from
    deposit.payout_id = deposit.ended_at = deposit.release_due_at = deposit.release_reason = None
    await note_deposit(uow, SYSTEM, "auctions.deposit_return_refused", lot, deposit)


async def _hold(uow: UnitOfWork, deposit: Deposit) -> None:
    """Reserve the money for the lot."""
    hold = await ledger.hold(
        uow,
        transfer_id=uuid5(deposit.hold_id or deposit.id, "hold"),
        debit_id=await payments.open_purse(uow, payments.ORDER, deposit.order_id),
        credit_id=await payments.open_purse(uow, LOT_PURSE, deposit.lot_id),
        amount=Money(deposit.amount_minor),
        reason="auctions.deposit_locked",
    )
    deposit.hold_id = hold.id


async def _free(uow: UnitOfWork, deposit: Deposit) -> None:
    """Undo the hold, where there is one."""
    if deposit.hold_id is not None:
        await ledger.void(
            uow,
            transfer_id=uuid5(deposit.hold_id, "void"),
            hold_id=deposit.hold_id,
            reason="auctions.deposit_released",
        )


async def note_deposit(
    uow: UnitOfWork, actor: Actor, action: str, lot: Lot, deposit: Deposit, **facts: Any
) -> None:
    """One audit line about a deposit; it names no bidder's code."""
    await audit.note(
        uow,
        actor=actor,
        action=action,
        subject_kind="deposit",
        subject_id=deposit.id,
        facts={
            "lot": lot.number,
            "state": deposit.state,
            "amount_minor": deposit.amount_minor,
            **facts,
        },
    )
