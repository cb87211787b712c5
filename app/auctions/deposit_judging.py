"""What people decide about a deposit: freeze it, forfeit it, convert it, give it back by hand.

Each verb states its grounds, is written down and told to the organisation; keeping a deposit takes
two people; a release that happens
at the same moment and a decision exclude each other under the lot's lock. Nobody decides on money
of his own house, or that could come to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from app.auctions import deposit_notices, deposit_queries, deposit_rules
from app.auctions.access import JUDGE_DEPOSIT
from app.auctions.apart import check_apart
from app.auctions.deposit_errors import ForfeitureDecided, ForfeitureWaits, SameJudge
from app.auctions.deposit_models import Deposit
from app.auctions.deposit_types import (
    DepositState,
    ForfeitReason,
    Portion,
    ReleaseReason,
    Use,
)
from app.auctions.deposits import LOT_PURSE, give_back, is_winner, note_deposit
from app.auctions.models import Lot
from app.auctions.queries import lock_lot
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import Faults
from app.core.money import Money
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.ledger import service as ledger
from app.payments import service as payments
from app.payments.types import PayoutReason

STATEMENT_MAX: Final = 500
COSTS_PURSE: Final = "costs"  # what the sale has cost, for the operator to account for


async def freeze_deposit(
    uow: UnitOfWork, *, actor: Actor, deposit_id: UUID, statement: str
) -> None:
    """Keep a deposit where it is while a dispute lasts: neither released nor forfeited by itself.

    Frozen already is done. Raises Unauthenticated, Forbidden, DepositMissing, Invalid,
    DepositStateForbids.
    """
    lot, deposit = await _lock(uow, actor, deposit_id)
    words = _check_statement(statement)
    if deposit.state == DepositState.frozen.value:
        return
    deposit_rules.check_state(DepositState(deposit.state), *deposit_rules.FREEZABLE)
    deposit.frozen_from, deposit.state = deposit.state, DepositState.frozen.value
    deposit.statement, deposit.decided_by = words, actor.person_id
    await deposit_notices.tell_frozen(uow, lot, deposit, lifted=False)
    await note_deposit(uow, actor, "auctions.freeze_deposit", lot, deposit)


async def lift_freeze(uow: UnitOfWork, *, actor: Actor, deposit_id: UUID, statement: str) -> None:
    """End the dispute: the deposit is what it was, and goes on from there.

    Raises Unauthenticated, Forbidden, DepositMissing, Invalid, DepositStateForbids,
    ForfeitureWaits.
    """
    lot, deposit = await _lock(uow, actor, deposit_id)
    words = _check_statement(statement)
    if deposit.asked is not None:
        raise ForfeitureWaits()
    deposit_rules.check_state(DepositState(deposit.state), DepositState.frozen)
    assert deposit.frozen_from is not None, "a frozen deposit was something before"
    deposit.state, deposit.frozen_from = deposit.frozen_from, None
    deposit.statement, deposit.decided_by = words, actor.person_id
    await deposit_notices.tell_frozen(uow, lot, deposit, lifted=True)
    await note_deposit(uow, actor, "auctions.lift_freeze", lot, deposit)


async def forfeit_deposit(
    uow: UnitOfWork,
    *,
    actor: Actor,
    deposit_id: UUID,
    reason: ForfeitReason,
    portions: Sequence[Portion],
    statement: str,
) -> None:
    """Propose to keep a deposit for a reason of the lot's rules, and say what it is used for.

    Own default (DOMAIN 2.7 asks for reasons and an order of use, not for a second person): nothing
    moves before another operator approves, as with a refund by hand. Until then the money is
    frozen, and the organisation knows what is held against it.

    Raises Unauthenticated, Forbidden, DepositMissing, Invalid, DepositStateForbids,
    ForfeitureWaits.
    """
    lot, deposit = await _lock(uow, actor, deposit_id)
    words = _check_statement(statement)
    if deposit.asked is not None:
        raise ForfeitureWaits()
    await _check(uow, lot, deposit, reason, portions)
    deposit.asked_at = await uow.stamp()
    deposit.asked_by = actor.person_id
    deposit.asked = {
        "from": deposit.state,
        "reason": reason.value,
        "portions": [[one.use.value, one.amount_minor] for one in portions],
        "statement": words,
    }
    if deposit.state != DepositState.frozen.value:
        deposit.frozen_from, deposit.state = deposit.state, DepositState.frozen.value
    await deposit_notices.tell_proposed(uow, lot, deposit, reason, words)
    await note_deposit(
        uow,
        actor,
        "auctions.propose_forfeiture",
        lot,
        deposit,
        reason=reason.value,
        portions=deposit.asked["portions"],
    )


async def refuse_forfeiture(
    uow: UnitOfWork, *, actor: Actor, deposit_id: UUID, statement: str
) -> None:
    """Say why a deposit is not kept: it is what it was before it was proposed, and goes on.

    Raises Unauthenticated, Forbidden, DepositMissing, Invalid, ForfeitureDecided, SameJudge.
    """
    lot, deposit, asked = await _lock_asked(uow, actor, deposit_id)
    words = _check_statement(statement)
    if asked["from"] != DepositState.frozen.value:
        deposit.state, deposit.frozen_from = asked["from"], None
    deposit.asked = deposit.asked_by = deposit.asked_at = None
    deposit.statement, deposit.decided_by = words, actor.person_id
    await deposit_notices.tell_spared(uow, lot, deposit)
    await note_deposit(uow, actor, "auctions.refuse_forfeiture", lot, deposit)


async def approve_forfeiture(uow: UnitOfWork, *, actor: Actor, deposit_id: UUID) -> None:
    """Keep a deposit as another operator has proposed it; the lot is looked at again.

    The seller's portions are paid to his verified account, the costs stay for the operator to
    account for, a rest goes home. Raises Unauthenticated, Forbidden, DepositMissing, Invalid,
    ForfeitureDecided, SameJudge.
    """
    lot, deposit, asked = await _lock_asked(uow, actor, deposit_id)
    reason = ForfeitReason(asked["reason"])
    portions = [Portion(Use(use), minor) for use, minor in asked["portions"]]
    await _check(uow, lot, deposit, reason, portions)
    now = await uow.stamp()
    assert deposit.hold_id is not None, "the money of such a deposit is held"
    await ledger.post(
        uow,
        transfer_id=uuid5(deposit.hold_id, "forfeit"),
        hold_id=deposit.hold_id,
        reason="auctions.deposit_forfeited",
    )
    for portion in portions:
        await _use(uow, lot, deposit, portion)
    deposit.state, deposit.ended_at = DepositState.forfeited.value, now
    deposit.frozen_from, deposit.forfeit_reason = None, reason.value
    deposit.portions, deposit.asked = asked["portions"], None
    deposit.statement, deposit.decided_by = asked["statement"], actor.person_id
    await deposit_notices.tell_forfeited(uow, lot, deposit)
    await note_deposit(
        uow,
        actor,
        "auctions.forfeit_deposit",
        lot,
        deposit,
        reason=reason.value,
        portions=deposit.portions,
    )


async def convert_deposit(
    uow: UnitOfWork, *, actor: Actor, deposit_id: UUID, statement: str
) -> None:
    """Let the winner's deposit stand for the performance of the contract (履约保证金), as agreed.

    Raises Unauthenticated, Forbidden, DepositMissing, Invalid, DepositStateForbids.
    """
    lot, deposit = await _lock(uow, actor, deposit_id)
    words = _check_statement(statement)
    deposit_rules.check_state(DepositState(deposit.state), DepositState.applied_to_price)
    deposit.state = DepositState.converted_to_performance.value
    deposit.statement, deposit.decided_by = words, actor.person_id
    await deposit_notices.tell_converted(uow, lot, deposit)
    await note_deposit(uow, actor, "auctions.convert_deposit", lot, deposit)


async def return_deposit(
    uow: UnitOfWork, *, actor: Actor, deposit_id: UUID, statement: str
) -> None:
    """Ask for the winner's deposit to go home by hand: a second operator decides (四眼).

    The money is free of the lot at once and held for the refund. Raises Unauthenticated,
    Forbidden, DepositMissing, Invalid, DepositStateForbids.
    """
    lot, deposit = await _lock(uow, actor, deposit_id)
    words = _check_statement(statement)
    deposit_rules.check_state(
        DepositState(deposit.state),
        DepositState.applied_to_price,
        DepositState.converted_to_performance,
    )
    deposit.statement, deposit.decided_by = words, actor.person_id
    await give_back(uow, actor, lot, deposit, ReleaseReason.by_hand)


async def _lock(uow: UnitOfWork, actor: Actor, deposit_id: UUID) -> tuple[Lot, Deposit]:
    """Raises what every verb here does first, DeciderBarred for who belongs to a side too."""
    require(actor, JUDGE_DEPOSIT)
    lot, _ = await lock_lot(uow, await deposit_queries.find_lot_id(uow, deposit_id))
    deposit = await deposit_queries.lock_deposit(uow, deposit_id)
    await check_apart(uow, actor, lot.seller_id, deposit.party_id)
    return lot, deposit


async def _lock_asked(
    uow: UnitOfWork, actor: Actor, deposit_id: UUID
) -> tuple[Lot, Deposit, dict[str, Any]]:
    """For the second person: the deposit and what was proposed about it."""
    lot, deposit = await _lock(uow, actor, deposit_id)
    if deposit.asked is None:
        raise ForfeitureDecided(state=deposit.state)
    if deposit.asked_by == actor.person_id:
        raise SameJudge()
    return lot, deposit, deposit.asked


async def _check(
    uow: UnitOfWork,
    lot: Lot,
    deposit: Deposit,
    reason: ForfeitReason,
    portions: Sequence[Portion],
) -> None:
    book = await deposit_queries.get_rules(uow, deposit.rules_version)
    deposit_rules.check_forfeit(
        book.rules(),
        DepositState(deposit.state),
        deposit.amount_minor,
        reason,
        portions,
        winner=is_winner(lot, deposit),
    )


async def _use(uow: UnitOfWork, lot: Lot, deposit: Deposit, portion: Portion) -> None:
    """Send one portion of a forfeited deposit where it is used."""
    purse_id = await payments.open_purse(uow, LOT_PURSE, lot.id)
    if portion.use is Use.costs:
        await ledger.transfer(
            uow,
            transfer_id=uuid5(deposit.id, "costs"),
            debit_id=purse_id,
            credit_id=await payments.open_purse(uow, COSTS_PURSE, lot.id),
            amount=Money(portion.amount_minor),
            reason="auctions.deposit_costs",
        )
        return
    to_seller = deposit_rules.goes_to_seller(portion.use)
    await payments.order_payout(
        uow,
        order_id=deposit.order_id,
        amount_minor=portion.amount_minor,
        reason=PayoutReason.forfeited if to_seller else PayoutReason.released,
        key=f"deposit:{deposit.id}:{portion.use.value}",
        payee_id=lot.seller_id if to_seller else None,
        purse_id=purse_id,
    )


def _check_statement(statement: str) -> str:
    faults = Faults()
    words = faults.limit("statement", clean_text(statement), STATEMENT_MAX)
    if not words:
        faults.add("statement", "请写明事实和依据")
    faults.check()
    return words
