"""Free period, limited cycles, who may take part in them, and how an open bidding ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auctions.engine.answering import marked
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    BidMode,
    Ending,
    Extension,
    LotOutcome,
    LotState,
    Reason,
    ReserveKind,
    SingleBidder,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FIRST_END,
    FREE_ENDS,
    MULTI,
    OPENS,
    SECOND,
    START,
    STEP,
    WINDOW,
    A,
    B,
    C,
    Stage,
)

NEXT = START + STEP


# ---- phases -------------------------------------------------------------------------------------


def test_dynamic_goes_from_announced_to_free_to_limited() -> None:
    stage = Stage(DYNAMIC)
    assert stage.head.state is LotState.announced
    for now, state in (
        (OPENS - A_MOMENT, LotState.announced),
        (OPENS, LotState.free),
        (FREE_ENDS - A_MOMENT, LotState.free),
        (FREE_ENDS, LotState.limited),
        (FIRST_END + timedelta(days=9), LotState.limited),
    ):
        assert stage.mode.phase(DYNAMIC, stage.head, now) is state


def test_each_phase_is_a_step_at_its_scheduled_instant_however_late_it_is_noticed() -> None:
    terms = replace(MULTI, registration_starts_at=OPENS - 60 * SECOND, confirm_s=60)
    stage = Stage(terms)
    assert stage.head.state is LotState.announced
    stage.last_beat = FREE_ENDS  # nothing can be closed yet
    advance = stage.mode.advance(
        terms, stage.head, stage.book, stage.moment(FREE_ENDS + 61 * SECOND)
    )
    assert [(one.step.value, one.at) for one in advance.changes[:4]] == [
        ("registering", OPENS - 60 * SECOND),
        ("opened", OPENS),
        ("confirming", FREE_ENDS),
        ("limited", FREE_ENDS + 60 * SECOND),
    ]


def test_the_clock_says_when_to_look_again() -> None:
    terms = replace(MULTI, registration_starts_at=OPENS - 60 * SECOND, confirm_s=60)
    stage = Stage(terms)
    for now, due in (
        (OPENS - 90 * SECOND, OPENS - 60 * SECOND),
        (OPENS - 30 * SECOND, OPENS),
        (OPENS, FREE_ENDS),
        (FREE_ENDS, FREE_ENDS + 60 * SECOND),
        (FREE_ENDS + 60 * SECOND, FREE_ENDS + 60 * SECOND + WINDOW),
    ):
        stage.now = now
        assert stage.step().due_at == due


def test_before_the_opening_nothing_can_be_bid() -> None:
    stage = Stage(DYNAMIC)
    assert stage.bid(A, START, at=OPENS - A_MOMENT).reason is Reason.not_started
    assert stage.bid(A, START, at=OPENS).accepted


def test_a_refusal_leaves_the_head_as_it_was() -> None:
    stage = Stage(DYNAMIC)
    before = stage.head
    entry = stage.bid(A, START - 1)
    assert (entry.reason, entry.price_minor, entry.leader) == (Reason.below_start, None, None)
    assert stage.head == before


# ---- amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (START, None),
        (START - STEP, Reason.below_start),
        (START - 1, Reason.below_start),
        (START + 1, Reason.off_grid),
        (START + 7 * STEP, None),
        (0, Reason.below_start),
        (-START, Reason.below_start),
    ],
)
def test_the_first_bid(amount: int, reason: Reason | None) -> None:
    assert Stage(DYNAMIC).bid(A, amount).reason is reason


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (NEXT, None),
        (NEXT - 1, Reason.not_above_price),
        (NEXT + 1, Reason.off_grid),
        (START, Reason.not_above_price),
    ],
)
def test_the_next_bid(amount: int, reason: Reason | None) -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    assert stage.bid(B, amount).reason is reason


def test_who_leads_need_not_bid_again_unless_the_rules_let_him() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    assert stage.bid(A, NEXT).reason is Reason.already_leading
    stage = Stage(replace(DYNAMIC, leader_may_raise=True))
    stage.bid(A, START)
    assert stage.bid(A, NEXT).accepted
    assert stage.lead == (A.code, NEXT)


def test_what_belongs_to_another_mode_is_refused() -> None:
    stage = Stage(DYNAMIC)
    for act in (Act.seal, Act.accept, Act.exercise, Act.raise_, Act.confirm, Act.waive):
        assert stage.send(A, act, START).reason is Reason.not_this_mode
    assert stage.send(A, Act.match).reason is Reason.not_a_holder
    assert stage.store(A, START).reason is Reason.no_proxies


# ---- the limited period -------------------------------------------------------------------------


def test_the_clock_does_not_move_in_the_free_period() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START, at=FREE_ENDS - A_MOMENT)
    assert stage.head.cycle_ends_at == FIRST_END


def test_every_valid_bid_resets_the_cycle_in_full() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    now, price = FREE_ENDS, START
    for place in (A, B, A, B):
        now += 299 * SECOND
        assert stage.bid(place, price, at=now).accepted
        assert stage.head.cycle_ends_at == now + WINDOW
        price += STEP
    assert stage.bid(C, 1, at=now + SECOND).reason is Reason.not_above_price
    assert stage.head.cycle_ends_at == now + WINDOW


def test_the_first_cycle_runs_without_a_bid_in_the_free_period() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    assert stage.head.state is LotState.limited
    assert stage.bid(A, START, at=FIRST_END - A_MOMENT).accepted
    stage.finish()
    assert stage.result == (LotOutcome.won, Ending.highest_bid)


def test_no_bid_in_either_period_is_unsold() -> None:
    stage = Stage(DYNAMIC).at(FIRST_END)
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)
    assert stage.head.closed_at == FIRST_END


def test_it_closes_at_its_scheduled_instant_however_late_that_is_noticed() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    stage.at(FIRST_END + timedelta(days=3))
    assert stage.head.closed_at == FIRST_END
    assert stage.bid(B, NEXT).reason is Reason.closed


def test_a_late_bid_learns_that_it_is_late_before_it_is_closed() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    assert stage.bid(A, 1, at=FIRST_END).reason is Reason.late


@pytest.mark.parametrize(
    ("left", "added"), [(61, 0), (60, 0), (59.999999, 120), (0.000001, 120), (300, 0)]
)
def test_an_addition_comes_only_when_less_than_the_threshold_is_left(
    left: float, added: int
) -> None:
    terms = replace(DYNAMIC, extension=Extension(adds_s=120, threshold_s=60))
    stage = Stage(terms).at(FREE_ENDS)
    stage.bid(A, START, at=FIRST_END - timedelta(seconds=left))
    assert stage.head.cycle_ends_at == FIRST_END + added * SECOND


def test_a_cap_ends_the_limited_period_and_never_shortens_it() -> None:
    terms = replace(DYNAMIC, extension=Extension(cap_s=400))
    stage = Stage(terms).at(FREE_ENDS)
    cap = FREE_ENDS + 400 * SECOND
    stage.bid(A, START, at=FREE_ENDS + 50 * SECOND)
    assert stage.head.cycle_ends_at == FREE_ENDS + 350 * SECOND
    stage.bid(B, NEXT, at=FREE_ENDS + 200 * SECOND)
    assert stage.head.cycle_ends_at == cap
    stage.bid(A, NEXT + STEP, at=cap - A_MOMENT)
    assert stage.head.cycle_ends_at == cap
    assert stage.bid(B, NEXT + 2 * STEP, at=cap).reason is Reason.late


def test_a_cycle_that_runs_again_beyond_the_cap_is_not_shortened_by_a_bid() -> None:
    terms = replace(DYNAMIC, extension=Extension(cap_s=300))
    stage = Stage(terms).at(FREE_ENDS)
    stage.stop(FREE_ENDS + 200 * SECOND)
    stage.go_on(FREE_ENDS + 300 * SECOND)  # the cap is now at 400 s, the cycle ends at 600 s
    stage.bid(A, START, at=FREE_ENDS + 301 * SECOND)
    assert stage.head.cycle_ends_at == FREE_ENDS + 600 * SECOND


def test_a_cap_holds_for_additions_too() -> None:
    rule = Extension(adds_s=120, threshold_s=60, cap_s=330)
    stage = Stage(replace(DYNAMIC, extension=rule)).at(FREE_ENDS)
    stage.bid(A, START, at=FIRST_END - SECOND)
    assert stage.head.cycle_ends_at == FREE_ENDS + 330 * SECOND


# ---- who may take part in the limited period ----------------------------------------------------


def test_whoever_did_not_bid_in_the_free_period_stays_out_where_the_lot_says_so() -> None:
    stage = Stage(replace(DYNAMIC, must_bid_in_free=True))
    stage.bid(A, START)
    stage.bid(B, START)  # refused: it does not count
    stage.at(FREE_ENDS)
    assert stage.bid(B, NEXT).reason is Reason.not_in_free
    assert stage.bid(C, NEXT).reason is Reason.not_in_free
    stage = Stage(replace(DYNAMIC, must_bid_in_free=True))
    stage.bid(A, START)
    stage.bid(B, NEXT)
    stage.at(FREE_ENDS)
    assert stage.bid(A, NEXT + STEP).accepted


def test_taking_part_in_the_limited_period_can_need_a_confirmation() -> None:
    stage = Stage(replace(DYNAMIC, confirm_s=300))
    stage.bid(A, START)
    assert stage.send(B, Act.confirm).reason is Reason.not_started
    stage.at(FREE_ENDS)
    assert stage.head.state is LotState.confirming
    assert stage.bid(B, NEXT).reason is Reason.confirming
    assert stage.send(B, Act.confirm).accepted
    begins = FREE_ENDS + 300 * SECOND
    assert stage.send(C, Act.confirm, at=begins).reason is Reason.late
    stage.at(begins)
    assert stage.bid(C, NEXT).reason is Reason.not_confirmed
    assert stage.bid(B, NEXT, at=begins + WINDOW - A_MOMENT).accepted
    assert stage.head.cycle_ends_at == begins + 2 * WINDOW - A_MOMENT


def test_only_ones_own_accepted_entry_marks_a_place() -> None:
    stage = Stage(DYNAMIC)
    refusal = stage.bid(A, START - 1)
    accepted = stage.bid(A, START)
    assert marked(A, refusal) == A
    assert marked(B, accepted) == B
    assert marked(A, accepted) == replace(A, bid_in_free=True)


# ---- registration -------------------------------------------------------------------------------


def test_multi_registers_first() -> None:
    stage = Stage(MULTI)
    assert stage.head.state is LotState.registering
    assert stage.bid(A, START, at=OPENS - A_MOMENT).reason is Reason.not_started


@pytest.mark.parametrize("mode", [BidMode.multi, BidMode.auction, BidMode.once, BidMode.weighted])
def test_nobody_registered_ends_it_at_the_opening(mode: BidMode) -> None:
    stage = Stage(replace(MULTI, mode=mode), []).at(OPENS + SECOND)
    assert stage.result == (LotOutcome.unsold, Ending.no_bidder)
    assert stage.head.closed_at == OPENS


@pytest.mark.parametrize("mode", [BidMode.multi, BidMode.auction, BidMode.once, BidMode.weighted])
@pytest.mark.parametrize(
    ("rule", "ending"),
    [(SingleBidder.agreement, Ending.single_bidder), (SingleBidder.proceed, None)],
)
def test_one_registered_alone(mode: BidMode, rule: SingleBidder, ending: Ending | None) -> None:
    stage = Stage(replace(MULTI, mode=mode, single_bidder=rule), [A]).at(OPENS)
    assert stage.head.ending is ending
    two = Stage(replace(MULTI, mode=mode, single_bidder=rule), [A, B]).at(OPENS)
    assert two.head.state is LotState.free


def test_one_bidder_alone_wins_with_one_bid_at_the_start() -> None:
    stage = Stage(MULTI, [A]).at(OPENS)
    stage.bid(A, START)
    stage.at(FREE_ENDS).finish()
    assert stage.result == (LotOutcome.won, Ending.highest_bid)


def test_dynamic_counts_its_bidders_when_nobody_can_join_any_more() -> None:
    terms = replace(DYNAMIC, single_bidder=SingleBidder.agreement)
    alone = Stage(terms, [A]).at(OPENS)
    assert alone.head.state is LotState.free
    alone.bid(A, START)
    alone.at(FREE_ENDS)
    assert alone.result == (LotOutcome.unsold, Ending.single_bidder)
    assert Stage(terms, [A, B]).at(FREE_ENDS).head.state is LotState.limited
    assert Stage(terms, []).at(FREE_ENDS).head.state is LotState.limited
    later = replace(terms, join_until_end=True)
    assert Stage(later, [A]).at(FREE_ENDS).head.state is LotState.limited


# ---- the reserve --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "result"),
    [
        (START + STEP, (LotOutcome.unsold, Ending.below_reserve)),
        (START + 2 * STEP, (LotOutcome.won, Ending.highest_bid)),
        (START + 3 * STEP, (LotOutcome.won, Ending.highest_bid)),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_price_below_the_reserve_has_no_effect(
    hidden: bool, price: int, result: tuple[LotOutcome, Ending]
) -> None:
    reserve = START + 2 * STEP
    kind = ReserveKind.hidden if hidden else ReserveKind.open
    terms = replace(DYNAMIC, reserve_kind=kind, open_reserve_minor=None if hidden else reserve)
    stage = Stage(terms, reserve_minor=reserve if hidden else None)
    stage.bid(A, price)
    stage.at(FREE_ENDS).finish()
    assert stage.result == result
    assert "reserve" not in str(stage.record[-1]).replace("below_reserve", "")


def test_a_hidden_reserve_that_nobody_opened_stops_the_decision() -> None:
    stage = Stage(replace(DYNAMIC, reserve_kind=ReserveKind.hidden))
    stage.bid(A, START)
    with pytest.raises(ValueError, match="hidden reserve"):
        stage.at(FIRST_END)


# ---- what may be bid next -----------------------------------------------------------------------


def test_the_least_that_may_be_bid_next() -> None:
    stage = Stage(DYNAMIC)
    assert stage.mode.least(DYNAMIC, stage.head, OPENS) == START
    stage.bid(A, START)
    assert stage.mode.least(DYNAMIC, stage.head, OPENS) == NEXT
    stage.at(FIRST_END)
    assert stage.mode.least(DYNAMIC, stage.head, FIRST_END) is None


def test_every_mode_but_tender_has_a_machine() -> None:
    assert set(MODES) == set(BidMode) - {BidMode.tender}
