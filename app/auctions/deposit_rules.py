"""What becomes of a deposit (DOMAIN 2.7). Pure: no database, no clock, no framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.auctions.deposit_errors import DepositStateForbids
from app.auctions.deposit_types import (
    DepositRules,
    DepositState,
    EndKind,
    ForfeitReason,
    Portion,
    ReleaseReason,
    Use,
)
from app.core.errors import Faults

# Where the money stands under a hold of the ledger.
HELD: Final = frozenset(
    {
        DepositState.locked,
        DepositState.applied_to_price,
        DepositState.converted_to_performance,
        DepositState.frozen,
    }
)
OVER: Final = frozenset({DepositState.released, DepositState.forfeited, DepositState.lapsed})
FREEZABLE: Final = HELD - {DepositState.frozen}
# Grounds that only the winner can give: the others are every bidder's.
_WINNERS: Final = frozenset(
    {ForfeitReason.refuses_to_sign, ForfeitReason.refuses_to_pay, ForfeitReason.other_terms}
)
_LOSERS: Final = {
    EndKind.won: ReleaseReason.not_winner,
    EndKind.failed: ReleaseReason.not_winner,
    EndKind.unsold: ReleaseReason.unsold,
    EndKind.terminated: ReleaseReason.terminated,
    EndKind.annulled: ReleaseReason.annulled,
}


def find_release(state: DepositState, end: EndKind, *, winner: bool) -> ReleaseReason | None:
    """Why a deposit goes home by itself now, or None.

    The winner's stays while his sale stands, and when he defaults until people decide; an
    annulled or terminated lot gives everybody's back. A frozen one waits for the dispute.
    """
    if state in (DepositState.locked, DepositState.paid):
        kept = winner and end in (EndKind.won, EndKind.failed)
        return None if kept else _LOSERS.get(end)
    if state is DepositState.applied_to_price and end in (EndKind.terminated, EndKind.annulled):
        return _LOSERS[end]
    return None


def is_applied(state: DepositState, end: EndKind, *, winner: bool) -> bool:
    """Whether a deposit turns into a part of the price now (L-网拍23)."""
    return state is DepositState.locked and winner and end in (EndKind.won, EndKind.failed)


def check_state(state: DepositState, *allowed: DepositState) -> None:
    """Raises DepositStateForbids."""
    if state not in allowed:
        raise DepositStateForbids(state=state.value)


def check_forfeit(
    rules: DepositRules,
    state: DepositState,
    amount_minor: int,
    reason: ForfeitReason,
    portions: Sequence[Portion],
    *,
    winner: bool,
) -> None:
    """Whether a deposit may be kept for this reason and used so.

    The uses stand in their order, none twice, and add up to the deposit exactly. Raises
    DepositStateForbids, Invalid.
    """
    check_state(state, DepositState.locked, DepositState.applied_to_price, DepositState.frozen)
    faults = Faults()
    if reason not in rules.grounds:
        faults.add("reason", "该标的适用的规则没有列明这一理由")
    if reason in _WINNERS and not winner:
        faults.add("reason", "该理由只适用于受让方")
    order = [rules.uses.index(one.use) for one in portions if one.use in rules.uses]
    if len(order) != len(portions) or order != sorted(set(order)):
        faults.add("portions", "用途须按规定的先后顺序填写，每项一次")
    if any(one.amount_minor <= 0 for one in portions):
        faults.add("portions", "每项金额须大于零")
    elif sum(one.amount_minor for one in portions) != amount_minor:
        faults.add("portions", "各项用途合计须等于保证金金额")
    faults.check()


def goes_to_seller(use: Use) -> bool:
    """Whether a portion is paid out to the seller."""
    return use in (Use.shortfall, Use.seller)
