"""Gaps in service, suspension, going on, and the ends that staff put to a lot."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.auctions.engine import staff
from app.auctions.engine.schedule import (
    Close,
    Suspend,
    Wait,
    decide_end,
    find_outage,
    joins_from,
    joins_until,
    overlaps,
)
from app.auctions.engine.types import (
    Act,
    Ending,
    Extension,
    Gap,
    LotOutcome,
    LotState,
    Moment,
    Reason,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    BUY_NOW,
    DYNAMIC,
    FIRST_END,
    FREE_ENDS,
    MULTI,
    ONCE,
    OPENS,
    SECOND,
    START,
    STEP,
    WINDOW,
    A,
    B,
    Stage,
)

BEGINS, ENDS = FREE_ENDS, FIRST_END
CLOSE, WAIT = Close(ENDS), Wait(ENDS)


def moment(now: datetime, beat: datetime | None, *outages: Gap) -> Moment:
    return Moment(now, beat, outages)


# ---- what the clock asks of a span --------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "at", "verdict"),
    [
        ("running", moment(BEGINS + 2 * SECOND, BEGINS + SECOND), WAIT),
        ("over, a beat at the end itself", moment(ENDS + SECOND, ENDS), CLOSE),
        ("over, the last beat before the end", moment(ENDS + SECOND, ENDS - A_MOMENT), WAIT),
        ("noticed long after", moment(ENDS + 3600 * SECOND, ENDS + 3599 * SECOND), CLOSE),
        ("never served", moment(ENDS + 3600 * SECOND, None), WAIT),
        ("silence of just the tolerance", moment(ENDS + 4 * SECOND, ENDS - SECOND), WAIT),
        (
            "silence longer than that",
            moment(ENDS + 4 * SECOND + A_MOMENT, ENDS - SECOND),
            Suspend(Gap(ENDS - SECOND, None)),
        ),
        (
            "silence in the middle",
            moment(BEGINS + 7 * SECOND, BEGINS + SECOND),
            Suspend(Gap(BEGINS + SECOND, None)),
        ),
        (
            "silence from before the span into it",
            moment(BEGINS + 5 * SECOND, BEGINS - SECOND),
            Suspend(Gap(BEGINS - SECOND, None)),
        ),
        ("silence that has not reached it", moment(BEGINS, BEGINS - 60 * SECOND), WAIT),
        (
            "an outage of just the tolerance",
            moment(ENDS, ENDS, Gap(BEGINS, BEGINS + 5 * SECOND)),
            CLOSE,
        ),
        (
            "an outage longer than that",
            moment(ENDS, ENDS, Gap(BEGINS, BEGINS + 5 * SECOND + A_MOMENT)),
            Suspend(Gap(BEGINS, BEGINS + 5 * SECOND + A_MOMENT)),
        ),
        (
            "an outage that ends where the span begins",
            moment(ENDS, ENDS, Gap(BEGINS - 60 * SECOND, BEGINS)),
            CLOSE,
        ),
        (
            "an outage that begins where the span ends",
            moment(ENDS + 9 * SECOND, ENDS + 9 * SECOND, Gap(ENDS, ENDS + 9 * SECOND)),
            CLOSE,
        ),
        (
            "the first of two",
            moment(
                ENDS,
                ENDS,
                Gap(BEGINS + 50 * SECOND, BEGINS + 60 * SECOND),
                Gap(BEGINS + SECOND, BEGINS + 9 * SECOND),
            ),
            Suspend(Gap(BEGINS + SECOND, BEGINS + 9 * SECOND)),
        ),
    ],
)
def test_what_the_clock_asks(case: str, at: Moment, verdict: object) -> None:
    assert decide_end(BEGINS, ENDS, at) == verdict, case


def test_a_gap_that_only_meets_an_edge_does_not_overlap() -> None:
    assert not overlaps(Gap(BEGINS - SECOND, BEGINS), BEGINS, ENDS)
    assert not overlaps(Gap(ENDS, None), BEGINS, ENDS)
    assert overlaps(Gap(ENDS - A_MOMENT, None), BEGINS, ENDS)


def test_beats_close_together_have_no_gap_between_them() -> None:
    assert find_outage(BEGINS, BEGINS + 2 * SECOND, 2 * SECOND) is None
    late = BEGINS + 2 * SECOND + A_MOMENT
    assert find_outage(BEGINS, late, 2 * SECOND) == Gap(BEGINS, late)


# ---- gaps in a cycle ----------------------------------------------------------------------------


def test_a_gap_in_the_cycle_suspends_it_and_it_runs_again_in_full() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    stage.at(FREE_ENDS)
    stage.outages = (Gap(FREE_ENDS + SECOND, FREE_ENDS + 60 * SECOND),)
    stage.at(FIRST_END)
    assert stage.state() is LotState.suspended
    assert stage.record[-1].facts["reason"] == "service_outage"  # type: ignore[union-attr]
    assert stage.bid(B, START + STEP).reason is Reason.suspended
    assert stage.at(FIRST_END + WINDOW).state() is LotState.suspended
    back = FIRST_END + timedelta(days=1)
    stage.go_on(back)
    assert (stage.head.cycle_starts_at, stage.head.cycle_ends_at) == (back, back + WINDOW)
    stage.finish()
    assert stage.lead == (A.code, START)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)


def test_a_bid_after_the_gap_begins_a_cycle_that_it_did_not_touch() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    stage.outages = (Gap(FREE_ENDS + SECOND, FREE_ENDS + 60 * SECOND),)
    stage.bid(A, START, at=FREE_ENDS + 61 * SECOND)
    assert stage.finish().result == (LotOutcome.won, Ending.highest_bid)


def test_a_gap_in_the_free_period_suspends_nothing() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    stage.outages = (Gap(OPENS, FREE_ENDS),)
    assert stage.at(FIRST_END).result == (LotOutcome.won, Ending.highest_bid)


def test_silence_days_before_the_last_window_of_a_long_sale_suspends_nothing() -> None:
    for terms in (ONCE, BUY_NOW):
        stage = Stage(replace(terms, free_ends_at=OPENS + timedelta(days=5))).at(OPENS)
        stage.last_beat = OPENS + 60 * SECOND
        assert stage.at(OPENS + 120 * SECOND).state() is LotState.free


def test_what_a_long_gap_took_of_a_long_turn_is_given_back() -> None:
    rule = Extension(adds_s=60, threshold_s=60)
    stage = Stage(
        replace(DYNAMIC, extension=rule, window_s=3600, free_ends_at=OPENS + 4 * WINDOW * 3)
    )
    limited = stage.terms.free_ends_at
    stage.bid(A, START)
    stage.at(limited)
    for minute in range(5):  # the additions make this limited period longer than one window
        end = stage.head.cycle_ends_at
        stage.bid((B, A)[minute % 2], START + (minute + 1) * STEP, at=end - SECOND)
    end = stage.head.cycle_ends_at
    stage.last_beat = end - 4 * SECOND
    stage.at(end + 600 * SECOND)
    stage.last_beat = None
    back = end + 900 * SECOND
    stage.go_on(back)
    assert stage.head.cycle_ends_at == back + timedelta(seconds=3600)


# ---- staff --------------------------------------------------------------------------------------


def test_a_stop_in_the_free_period_puts_everything_off_by_as_long_as_it_lasted() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    stage.stop(FREE_ENDS - 600 * SECOND)
    assert stage.bid(B, START + STEP, at=FREE_ENDS).reason is Reason.suspended
    stage.go_on(FREE_ENDS + 3000 * SECOND)
    assert stage.head.shift == 3600 * SECOND
    assert stage.state() is LotState.free
    assert stage.bid(B, START + STEP, at=FREE_ENDS + 3600 * SECOND - A_MOMENT).accepted
    assert stage.at(FREE_ENDS + 3600 * SECOND).state() is LotState.limited
    assert stage.head.cycle_ends_at == FIRST_END + 3600 * SECOND


def test_a_stop_in_the_limited_period_starts_the_cycle_again_in_full() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    stage.bid(A, START, at=FREE_ENDS + 10 * SECOND)
    stage.stop(FREE_ENDS + 20 * SECOND)
    stage.go_on(FREE_ENDS + 9000 * SECOND)
    assert stage.head.shift == timedelta()
    assert stage.head.cycle_ends_at == FREE_ENDS + 9000 * SECOND + WINDOW
    assert stage.state() is LotState.limited


def test_a_cap_does_not_run_while_a_lot_is_stopped() -> None:
    stage = Stage(replace(DYNAMIC, extension=Extension(cap_s=600))).at(FREE_ENDS)
    stage.stop(FREE_ENDS + 60 * SECOND)
    back = FREE_ENDS + 3660 * SECOND
    stage.go_on(back)
    stage.bid(A, START, at=back + 290 * SECOND)
    assert stage.head.cycle_ends_at == FREE_ENDS + 4200 * SECOND


def test_registration_is_put_off_too() -> None:
    terms = replace(MULTI, registration_starts_at=OPENS - 600 * SECOND)
    stage = Stage(terms)
    stage.stop(OPENS - 300 * SECOND)
    stage.go_on(OPENS)
    assert joins_from(terms, stage.head) == OPENS - 300 * SECOND
    assert joins_until(terms, stage.head) == OPENS + 300 * SECOND
    assert stage.at(OPENS + 299 * SECOND).state() is LotState.registering
    assert stage.at(OPENS + 300 * SECOND).state() is LotState.free


def test_until_when_one_may_join() -> None:
    for terms, until in ((DYNAMIC, FREE_ENDS), (MULTI, OPENS), (BUY_NOW, FREE_ENDS)):
        head = Stage(terms).head
        assert joins_until(terms, head) == until
        assert joins_from(terms, head) is None
    stage = Stage(replace(DYNAMIC, join_until_end=True), [A, B]).at(FREE_ENDS)
    stage.bid(A, START, at=FREE_ENDS + SECOND)
    assert joins_until(stage.terms, stage.head) == FREE_ENDS + SECOND + WINDOW


def test_a_stop_while_confirming_keeps_the_time_that_was_left() -> None:
    stage = Stage(replace(DYNAMIC, confirm_s=300))
    stage.stop(FREE_ENDS + 100 * SECOND)
    stage.go_on(FREE_ENDS + 1000 * SECOND)
    assert stage.state() is LotState.confirming
    assert stage.send(A, Act.confirm, at=FREE_ENDS + 1200 * SECOND - A_MOMENT).accepted
    assert stage.at(FREE_ENDS + 1200 * SECOND).state() is LotState.limited


def test_the_state_that_is_left_is_the_one_by_the_clock() -> None:
    stage = Stage(DYNAMIC)
    head, change = stage.mode.suspend(DYNAMIC, stage.head, OPENS, statement="为什么")
    assert head.suspended_from is LotState.free
    assert change.facts == {"statement": "为什么"}


def test_what_cannot_be_done_is_a_fault() -> None:
    stage = Stage(DYNAMIC)
    with pytest.raises(ValueError, match="only a suspended"):
        stage.mode.resume(DYNAMIC, stage.head, OPENS)
    stage.stop(OPENS)
    with pytest.raises(ValueError, match="cannot be suspended"):
        stage.mode.suspend(DYNAMIC, stage.head, OPENS)
    for end in (staff.failed, staff.annulled):
        with pytest.raises(ValueError, match="only a lot"):
            end(stage.head, OPENS)
    ended, _ = staff.terminated(stage.head, OPENS)
    with pytest.raises(ValueError, match="cannot be terminated"):
        staff.terminated(ended, OPENS)
    with pytest.raises(ValueError, match="cannot be suspended"):
        stage.mode.suspend(DYNAMIC, ended, OPENS)


def test_a_terminated_lot_was_won_by_nobody() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    stage.stop(OPENS + SECOND)
    head, change = staff.terminated(stage.head, OPENS + 2 * SECOND, reason="为什么")
    assert (head.outcome, head.ending) == (LotOutcome.terminated, None)
    assert (head.closed_at, head.suspended_from) == (OPENS + 2 * SECOND, None)
    assert change.facts == {"reason": "为什么"}


def test_what_was_won_can_fail_and_can_be_annulled() -> None:
    stage = Stage(DYNAMIC)
    stage.bid(A, START)
    won = stage.at(FIRST_END).head
    failed, _ = staff.failed(won, FIRST_END)
    annulled, _ = staff.annulled(won, FIRST_END)
    assert (failed.outcome, annulled.outcome) == (LotOutcome.failed, LotOutcome.annulled)
    assert (failed.closed_at, failed.ending) == (FIRST_END, Ending.highest_bid)
    with pytest.raises(ValueError, match="has a result"):
        staff.annulled(failed, FIRST_END)
    unsold, _ = staff.annulled(Stage(DYNAMIC).at(FIRST_END).head, FIRST_END)
    assert unsold.outcome is LotOutcome.annulled
