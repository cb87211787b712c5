"""What becomes of a deposit: each state, each end of a lot, each ground and use at its edges."""

from __future__ import annotations

import itertools

import pytest

from app.auctions import deposit_rules
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
from app.core.errors import Invalid

RULES = DepositRules(
    "t",
    24,
    {one: "source" for one in ForfeitReason if one is not ForfeitReason.withdrew},
    (Use.costs, Use.shortfall, Use.seller, Use.returned),
)
LOCKED, APPLIED = DepositState.locked, DepositState.applied_to_price
ENDS = [one for one in EndKind if one is not EndKind.running]


def release(state: DepositState, end: EndKind, *, winner: bool) -> ReleaseReason | None:
    return deposit_rules.find_release(state, end, winner=winner)


def test_while_the_lot_runs_nothing_moves() -> None:
    for state, winner in itertools.product(DepositState, (True, False)):
        assert release(state, EndKind.running, winner=winner) is None
        assert not deposit_rules.is_applied(state, EndKind.running, winner=winner)


def test_a_loser_gets_his_back_however_the_lot_ends() -> None:
    assert {end: release(LOCKED, end, winner=False) for end in ENDS} == {
        EndKind.won: ReleaseReason.not_winner,
        EndKind.failed: ReleaseReason.not_winner,
        EndKind.unsold: ReleaseReason.unsold,
        EndKind.terminated: ReleaseReason.terminated,
        EndKind.annulled: ReleaseReason.annulled,
    }


def test_the_winners_counts_toward_the_price_and_stays_when_he_defaults() -> None:
    for end in (EndKind.won, EndKind.failed):
        assert release(LOCKED, end, winner=True) is None
        assert deposit_rules.is_applied(LOCKED, end, winner=True)
        assert not deposit_rules.is_applied(LOCKED, end, winner=False)
    assert release(APPLIED, EndKind.won, winner=True) is None
    assert release(APPLIED, EndKind.failed, winner=True) is None, "people decide"


def test_an_undone_sale_gives_the_winners_back_too() -> None:
    assert release(APPLIED, EndKind.annulled, winner=True) is ReleaseReason.annulled
    assert release(APPLIED, EndKind.terminated, winner=True) is ReleaseReason.terminated


def test_a_frozen_or_finished_deposit_is_never_released_by_itself() -> None:
    still = (DepositState.frozen, DepositState.converted_to_performance, *deposit_rules.OVER)
    for state, end, winner in itertools.product(still, ENDS, (True, False)):
        assert release(state, end, winner=winner) is None
        assert not deposit_rules.is_applied(state, end, winner=winner)


def forfeit(
    *portions: tuple[Use, int],
    state: DepositState = APPLIED,
    reason: ForfeitReason = ForfeitReason.refuses_to_pay,
    winner: bool = True,
) -> None:
    parts = [Portion(use, amount) for use, amount in portions]
    deposit_rules.check_forfeit(RULES, state, 100, reason, parts, winner=winner)


def test_uses_stand_in_their_order_and_add_up() -> None:
    forfeit((Use.seller, 100))
    forfeit((Use.costs, 1), (Use.shortfall, 50), (Use.seller, 48), (Use.returned, 1))
    forfeit((Use.costs, 40), (Use.returned, 60), state=DepositState.frozen)
    for wrong in (
        [(Use.seller, 99)],
        [(Use.seller, 101)],
        [],
        [(Use.seller, 60), (Use.costs, 40)],
        [(Use.costs, 50), (Use.costs, 50)],
        [(Use.costs, 0), (Use.seller, 100)],
        [(Use.costs, -1), (Use.seller, 101)],
    ):
        with pytest.raises(Invalid):
            forfeit(*wrong)


def test_only_listed_grounds_and_those_of_the_winner_only_against_him() -> None:
    with pytest.raises(Invalid):
        forfeit((Use.seller, 100), reason=ForfeitReason.withdrew)
    for reason in (
        ForfeitReason.refuses_to_pay,
        ForfeitReason.refuses_to_sign,
        ForfeitReason.other_terms,
    ):
        with pytest.raises(Invalid):
            forfeit((Use.seller, 100), reason=reason, winner=False)
    forfeit((Use.seller, 100), reason=ForfeitReason.collusion, winner=False, state=LOCKED)


@pytest.mark.parametrize(
    "state",
    [
        DepositState.required,
        DepositState.paid,
        DepositState.released,
        DepositState.forfeited,
        DepositState.lapsed,
    ],
)
def test_what_is_not_held_cannot_be_forfeited(state: DepositState) -> None:
    with pytest.raises(DepositStateForbids):
        forfeit((Use.seller, 100), state=state)
