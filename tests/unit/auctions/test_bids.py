"""Each rule of bidding at its edges (DOMAIN 2.3, 2.5 and the checks of section 11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.auctions.rules import compute_phase, decide_bid, is_late, next_amount
from app.auctions.types import (
    BidFacts,
    BidOutcome,
    BidReason,
    LotFacts,
    LotState,
    sentence_of,
)
from app.core.ids import new_id

OPENS = datetime(2026, 5, 1, 9, tzinfo=UTC)
FREE_ENDS = OPENS + timedelta(hours=1)
WINDOW = timedelta(seconds=300)
MOMENT = timedelta(microseconds=1)
WANG, LI = new_id(), new_id()

LOT = LotFacts(
    state=LotState.announced,
    start_minor=100_000_00,
    step_minor=5_000_00,
    free_starts_at=OPENS,
    free_ends_at=FREE_ENDS,
    window=WINDOW,
    cycle_starts_at=FREE_ENDS,
    cycle_ends_at=FREE_ENDS + WINDOW,
)
LED = replace(LOT, price_minor=100_000_00, leader_id=LI, leader_code="C41")


def bid(yuan: int, *, fen: int = 0, bidder: UUID = WANG) -> BidFacts:
    return BidFacts(bidder, "C07", yuan * 100 + fen)


@pytest.mark.parametrize(
    ("case", "now", "phase"),
    [
        ("before the opening", OPENS - MOMENT, LotState.announced),
        ("at the opening", OPENS, LotState.free),
        ("last instant of the free period", FREE_ENDS - MOMENT, LotState.free),
        ("at the end of the free period", FREE_ENDS, LotState.limited),
        ("after the cycle, not yet closed", FREE_ENDS + WINDOW, LotState.limited),
    ],
)
@pytest.mark.parametrize("stored", [LotState.announced, LotState.free, LotState.limited])
def test_the_phase_follows_from_the_facts_not_from_what_a_sweep_wrote(
    case: str, now: datetime, phase: LotState, stored: LotState
) -> None:
    assert compute_phase(replace(LOT, state=stored), now) is phase


@pytest.mark.parametrize("state", [LotState.closed, LotState.suspended])
def test_closed_and_suspended_are_left_by_a_verb_only(state: LotState) -> None:
    assert compute_phase(replace(LOT, state=state), FREE_ENDS) is state


@pytest.mark.parametrize(
    ("case", "lot", "offered", "now", "reason"),
    [
        ("first bid at the start price", LOT, bid(100_000), OPENS, None),
        ("one 分 below the start price", LOT, bid(99_999, fen=99), OPENS, "below_start"),
        ("first bid on the grid", LOT, bid(115_000), OPENS, None),
        ("first bid off the grid", LOT, bid(100_001), OPENS, "off_grid"),
        ("before the opening", LOT, bid(100_000), OPENS - MOMENT, "not_started"),
        ("one step up", LED, bid(105_000), OPENS, None),
        ("three steps up", LED, bid(115_000), OPENS, None),
        ("between two steps", LED, bid(107_000), OPENS, "off_grid"),
        ("less than a step", LED, bid(104_999, fen=99), OPENS, "not_above_price"),
        ("the same amount", LED, bid(100_000), OPENS, "not_above_price"),
        ("below the price", LED, bid(95_000), OPENS, "not_above_price"),
        ("the leader himself", LED, bid(105_000, bidder=LI), OPENS, "already_leading"),
        ("last instant", LED, bid(105_000), FREE_ENDS + WINDOW - MOMENT, None),
        ("at the end itself", LED, bid(105_000), FREE_ENDS + WINDOW, "late"),
        ("late and too low", LED, bid(1), FREE_ENDS + WINDOW, "late"),
        (
            "suspended",
            replace(LED, state=LotState.suspended),
            bid(105_000),
            FREE_ENDS,
            "suspended",
        ),
        ("closed", replace(LED, state=LotState.closed), bid(105_000), FREE_ENDS, "closed"),
    ],
)
def test_a_bid_is_answered(
    case: str, lot: LotFacts, offered: BidFacts, now: datetime, reason: str | None
) -> None:
    decision = decide_bid(lot, offered, now)
    assert decision.reason == reason
    assert decision.outcome is (BidOutcome.refused if reason else BidOutcome.accepted)
    if reason:  # and then nothing changed
        assert (decision.price_minor, decision.leader_id, decision.leader_code) == (
            lot.price_minor,
            lot.leader_id,
            lot.leader_code,
        )
        assert decision.cycle_starts_at == lot.cycle_starts_at
        assert decision.cycle_ends_at == lot.cycle_ends_at


def test_rules_may_let_the_leader_raise_his_own_bid() -> None:
    lot = replace(LED, leader_may_raise=True)
    assert decide_bid(lot, bid(105_000, bidder=LI), OPENS).reason is None


def test_a_free_bid_leaves_the_clock_alone() -> None:
    decision = decide_bid(LOT, bid(100_000), FREE_ENDS - MOMENT)
    assert decision.state is LotState.free
    assert decision.cycle_ends_at == LOT.cycle_ends_at


def test_a_bid_after_the_free_period_is_limited_before_any_sweep_has_noticed() -> None:
    stale = replace(LED, state=LotState.free)
    decision = decide_bid(stale, bid(105_000), FREE_ENDS)
    assert decision.state is LotState.limited
    assert decision.cycle_ends_at == FREE_ENDS + WINDOW


def test_a_bid_at_299_9_seconds_extends_to_599_9_and_one_at_the_end_is_late() -> None:
    at = FREE_ENDS + timedelta(seconds=299.9)
    decision = decide_bid(LED, bid(105_000), at)
    assert decision.cycle_ends_at == FREE_ENDS + timedelta(seconds=599.9)
    after = replace(
        LED,
        state=decision.state,
        price_minor=decision.price_minor,
        leader_id=decision.leader_id,
        leader_code=decision.leader_code,
        cycle_starts_at=decision.cycle_starts_at,
        cycle_ends_at=decision.cycle_ends_at,
    )
    assert decide_bid(after, bid(110_000, bidder=LI), at + WINDOW).reason is BidReason.late
    assert decide_bid(after, bid(110_000, bidder=LI), at + WINDOW - MOMENT).reason is None
    assert is_late(after, at + WINDOW)


def test_of_two_equal_bids_the_second_is_too_low() -> None:
    first = decide_bid(LED, bid(105_000), OPENS)
    after = replace(LED, price_minor=first.price_minor, leader_id=WANG, leader_code="C07")
    second = decide_bid(after, bid(105_000, bidder=LI), OPENS)
    assert second.reason is BidReason.not_above_price


def test_the_least_next_amount() -> None:
    assert next_amount(LOT) == 100_000_00
    assert next_amount(LED) == 105_000_00


def test_every_reason_has_its_sentence() -> None:
    assert all(sentence_of(reason) for reason in BidReason)
