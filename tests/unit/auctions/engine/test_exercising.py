"""POST and POST_WITH_RAISE: the price is put to the holders when it has been found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auctions.engine.types import (
    Act,
    BidMode,
    Ending,
    LotOutcome,
    LotState,
    Moment,
    Place,
    Preference,
    Reason,
    Terms,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FIRST_END,
    JUNIOR,
    ONCE,
    OPENS,
    SECOND,
    SENIOR,
    START,
    STEP,
    A,
    B,
    Stage,
)

POST = replace(DYNAMIC, preference=Preference.post)
RAISING = replace(DYNAMIC, preference=Preference.post_with_raise, raise_s=600)
NEXT = START + STEP
DAY = timedelta(days=1)
RAISE = timedelta(seconds=600)


def put(terms: Terms = POST, *holders: Place) -> Stage:
    """A lot whose price A has found, and which stands with its holders."""
    stage = Stage(terms, [A, B, *(holders or (SENIOR, JUNIOR))])
    stage.bid(A, START)
    return stage.at(FIRST_END)


def test_the_price_is_put_to_the_holders_the_most_senior_first() -> None:
    stage = put(POST, JUNIOR, SENIOR)
    assert stage.state() is LotState.exercising
    assert stage.head.asked == (SENIOR.code, JUNIOR.code)
    assert stage.head.cycle_ends_at == FIRST_END + DAY
    assert stage.bid(B, NEXT).reason is Reason.exercising
    assert stage.mode.least(POST, stage.head, stage.now) is None


def test_without_holders_it_is_won_at_once() -> None:
    stage = Stage(POST, [A, B])
    stage.bid(A, START)
    assert stage.at(FIRST_END).result == (LotOutcome.won, Ending.highest_bid)


def test_a_moment_that_does_not_say_until_when_is_a_fault() -> None:
    stage = Stage(POST, [A, SENIOR])
    stage.bid(A, START)
    with pytest.raises(ValueError, match="needs an end"):
        stage.mode.advance(POST, stage.head, stage.book, Moment(FIRST_END, FIRST_END))


def test_the_turn_lasts_at_least_one_window() -> None:
    stage = Stage(POST, [A, SENIOR], exercise=timedelta())
    stage.bid(A, START)
    assert stage.at(FIRST_END).head.cycle_ends_at == FIRST_END + POST.window


def test_silence_is_a_waiver_and_the_highest_bidder_has_it() -> None:
    stage = put()
    stage.at(FIRST_END + DAY - A_MOMENT)
    assert stage.state() is LotState.exercising
    stage.at(FIRST_END + DAY)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)
    assert stage.lead == (A.code, START)
    assert stage.head.waived == (SENIOR.code, JUNIOR.code)
    assert stage.steps[-3:] == ["waived", "waived", "closed"]
    assert stage.head.closed_at == FIRST_END + DAY


def test_the_senior_has_it_whoever_was_first() -> None:
    stage = put()
    assert stage.send(JUNIOR, Act.exercise, START).accepted
    assert stage.lead == (JUNIOR.code, START)
    assert stage.send(SENIOR, Act.exercise, START).accepted
    assert stage.result == (LotOutcome.won, Ending.preempted)
    assert stage.lead == (SENIOR.code, START)
    assert stage.head.closed_at == stage.now  # the last answer ends the turn


def test_of_one_rank_the_earlier_has_it() -> None:
    peer = Place("C13", rank=1)
    stage = put(POST, SENIOR, peer)
    stage.send(peer, Act.exercise)
    stage.send(SENIOR, Act.exercise)
    assert stage.lead == (peer.code, START)
    assert stage.head.is_over


def test_a_declared_waiver_is_an_answer() -> None:
    stage = put()
    assert stage.send(SENIOR, Act.waive).accepted
    assert stage.send(SENIOR, Act.exercise).reason is Reason.already_answered
    assert not stage.head.is_over
    stage.send(JUNIOR, Act.waive)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)
    assert stage.lead == (A.code, START)


def test_an_answer_at_the_end_itself_is_late() -> None:
    stage = put()
    assert stage.send(SENIOR, Act.exercise, at=FIRST_END + DAY).reason is Reason.late
    assert stage.send(SENIOR, Act.exercise, at=FIRST_END + DAY - A_MOMENT).accepted


def test_only_holders_who_were_asked_can_answer() -> None:
    stage = put()
    assert stage.send(B, Act.exercise).reason is Reason.not_a_holder
    assert stage.send(B, Act.waive).reason is Reason.not_a_holder
    assert stage.send(A, Act.raise_, NEXT).reason is Reason.not_your_turn
    assert stage.send(SENIOR, Act.exercise, NEXT).reason is Reason.price_moved


def test_a_holder_who_bid_it_is_asked_nothing_and_only_seniors_come_before_him() -> None:
    stage = Stage(POST, [A, SENIOR, JUNIOR])
    stage.bid(JUNIOR, START)
    stage.at(FIRST_END)
    assert stage.head.asked == (SENIOR.code,)
    stage = Stage(POST, [A, SENIOR, JUNIOR])
    stage.bid(SENIOR, START)
    stage.at(FIRST_END)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)


def test_a_reserve_that_is_not_met_is_put_to_nobody() -> None:
    stage = Stage(POST, [A, SENIOR])
    stage.at(FIRST_END)
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)


# ---- the highest bidder may raise ---------------------------------------------------------------


def test_ping_pong_until_the_highest_bidder_stops() -> None:
    stage = put(RAISING, SENIOR)
    stage.send(SENIOR, Act.exercise, START)
    assert (stage.head.bidders_turn, stage.head.rival) == (True, A.code)
    assert stage.head.cycle_ends_at == stage.now + RAISE
    assert stage.mode.least(RAISING, stage.head, stage.now) == NEXT
    assert stage.send(A, Act.raise_, NEXT, at=stage.now + RAISE - A_MOMENT).accepted
    assert stage.lead == (A.code, NEXT)
    assert stage.head.rival is None
    assert stage.head.cycle_ends_at == stage.now + RAISE
    assert stage.send(SENIOR, Act.exercise, START).reason is Reason.price_moved
    assert stage.send(SENIOR, Act.exercise, NEXT).accepted
    stage.finish()
    assert stage.result == (LotOutcome.won, Ending.preempted)
    assert stage.lead == (SENIOR.code, NEXT)


def test_ping_pong_until_the_holder_stops() -> None:
    stage = put(RAISING, SENIOR)
    stage.send(SENIOR, Act.exercise)
    stage.send(A, Act.raise_, NEXT)
    stage.finish()
    assert stage.result == (LotOutcome.won, Ending.highest_bid)
    assert stage.lead == (A.code, NEXT)
    assert stage.head.waived == (SENIOR.code,)


def test_the_highest_bidder_can_let_it_go_before_his_time_is_over() -> None:
    stage = put(RAISING, SENIOR)
    stage.send(SENIOR, Act.exercise)
    assert stage.send(B, Act.waive).reason is Reason.not_your_turn
    assert stage.send(A, Act.waive).accepted
    assert stage.result == (LotOutcome.won, Ending.preempted)
    assert stage.head.waived == ()


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (START, Reason.not_above_price),
        (NEXT - 1, Reason.not_above_price),
        (NEXT + 1, Reason.off_grid),
        (NEXT, None),
        (NEXT + 9 * STEP, None),
    ],
)
def test_a_raise_stands_on_the_grid(amount: int, reason: Reason | None) -> None:
    stage = put(RAISING, SENIOR)
    stage.send(SENIOR, Act.exercise)
    assert stage.send(A, Act.raise_, amount).reason is reason


def test_only_the_highest_bidder_may_raise_and_only_in_his_turn() -> None:
    stage = put(RAISING, SENIOR, JUNIOR)
    stage.send(SENIOR, Act.exercise)
    assert stage.send(A, Act.raise_, NEXT).reason is Reason.not_your_turn
    stage.send(JUNIOR, Act.waive)
    assert stage.send(B, Act.raise_, NEXT).reason is Reason.not_your_turn
    assert stage.send(SENIOR, Act.exercise).reason is Reason.not_your_turn
    assert stage.send(A, Act.raise_, NEXT, at=stage.head.cycle_ends_at).reason is Reason.late


def test_a_waiver_holds_for_every_raise_after_it() -> None:
    stage = put(RAISING, SENIOR, JUNIOR)
    stage.send(JUNIOR, Act.exercise)
    stage.send(SENIOR, Act.waive)
    stage.send(A, Act.raise_, NEXT)
    assert stage.send(SENIOR, Act.exercise).reason is Reason.already_answered
    stage.send(JUNIOR, Act.exercise)
    assert stage.head.bidders_turn
    assert stage.lead == (JUNIOR.code, NEXT)


def test_no_holder_takes_it_so_nobody_has_to_raise() -> None:
    stage = put(RAISING, SENIOR)
    stage.send(SENIOR, Act.waive)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)


def test_a_silent_turn_of_a_gone_service_is_not_a_waiver() -> None:
    stage = put()
    stage.last_beat = FIRST_END + DAY - 60 * SECOND
    stage.at(FIRST_END + DAY)
    assert stage.state() is LotState.suspended
    assert stage.head.waived == ()
    stage.last_beat = None
    stage.go_on(FIRST_END + 2 * DAY)
    assert stage.state() is LotState.exercising
    assert stage.head.cycle_ends_at == FIRST_END + 2 * DAY + POST.window
    assert stage.send(SENIOR, Act.exercise).accepted


def test_what_a_long_gap_took_of_a_turn_is_given_back() -> None:
    stage = put()
    stage.last_beat = FIRST_END + DAY - 3600 * SECOND
    stage.at(FIRST_END + DAY + 600 * SECOND)
    stage.last_beat = None
    stage.go_on(FIRST_END + 2 * DAY)
    assert stage.head.cycle_ends_at == FIRST_END + 2 * DAY + 3600 * SECOND


def test_sealed_bids_are_put_to_the_holders_too() -> None:
    terms = replace(ONCE, preference=Preference.post)
    stage = Stage(terms, [A, B, SENIOR], now=OPENS).at(OPENS)
    stage.send(A, Act.seal, START)
    stage.send(B, Act.seal, START + 1)
    stage.finish()
    assert stage.terms.mode is BidMode.once
    assert stage.state() is LotState.exercising
    assert stage.lead == (B.code, START + 1)
    stage.send(SENIOR, Act.exercise, START + 1)
    assert stage.result == (LotOutcome.won, Ending.preempted)
    assert stage.lead == (SENIOR.code, START + 1)
