"""MATCH: a holder takes the price that stands by bidding the same (L-网拍19, 21)."""

from dataclasses import replace
from typing import Final

from app.auctions.engine.types import (
    Act,
    Change,
    Ending,
    LotOutcome,
    Place,
    Preference,
    Reason,
    Step,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FIRST_END,
    FREE_ENDS,
    JUNIOR,
    SENIOR,
    START,
    STEP,
    WINDOW,
    A,
    B,
    Stage,
)

MATCH = replace(DYNAMIC, preference=Preference.match)
NEXT = START + STEP
PEER: Final = Place("C13", rank=1)
EVERYBODY = [A, B, SENIOR, JUNIOR, PEER]


def led() -> Stage:
    stage = Stage(MATCH, EVERYBODY).at(FREE_ENDS)
    stage.bid(A, START)
    return stage


def waived(stage: Stage) -> list[object]:
    changes = [one for one in stage.record if isinstance(one, Change)]
    return [one.facts["code"] for one in changes if one.step is Step.waived]


def test_a_match_takes_the_lead_at_the_same_price_and_resets_the_cycle() -> None:
    stage = led()
    entry = stage.send(SENIOR, Act.match, at=FIRST_END - A_MOMENT)
    assert (entry.accepted, entry.amount_minor) == (True, START)
    assert stage.lead == (SENIOR.code, START)
    assert stage.head.cycle_ends_at == FIRST_END - A_MOMENT + WINDOW
    stage.finish()
    assert stage.result == (LotOutcome.won, Ending.preempted)


def test_an_ordinary_bidder_retakes_with_one_step_and_is_matched_again() -> None:
    stage = led()
    stage.send(SENIOR, Act.match)
    assert stage.bid(B, START).reason is Reason.not_above_price
    assert stage.bid(B, NEXT).accepted
    assert stage.send(SENIOR, Act.match).accepted
    assert stage.lead == (SENIOR.code, NEXT)


def test_ranks() -> None:
    stage = led()
    assert stage.send(JUNIOR, Act.match).accepted
    assert stage.send(SENIOR, Act.match).accepted
    assert stage.send(JUNIOR, Act.match).reason is Reason.not_senior
    assert stage.send(PEER, Act.match).reason is Reason.not_senior  # of one rank the earlier
    assert stage.send(SENIOR, Act.match).reason is Reason.already_leading
    assert stage.lead == (SENIOR.code, START)


def test_a_bid_of_a_senior_holder_is_not_taken_by_a_junior_at_the_same_price() -> None:
    stage = led()
    stage.bid(SENIOR, NEXT)
    assert stage.send(JUNIOR, Act.match).reason is Reason.not_senior
    stage.bid(JUNIOR, NEXT + STEP)
    assert stage.send(SENIOR, Act.match).accepted


def test_only_a_holder_can_match_and_only_a_price_that_stands() -> None:
    stage = Stage(MATCH, EVERYBODY)
    assert stage.send(SENIOR, Act.match).reason is Reason.nothing_to_match
    stage.bid(A, START)
    assert stage.send(B, Act.match).reason is Reason.not_a_holder
    ordinary = Stage(DYNAMIC, EVERYBODY)
    ordinary.bid(A, START)
    assert ordinary.send(SENIOR, Act.match).reason is Reason.not_a_holder


def test_a_price_that_moved_since_it_was_seen_is_not_matched() -> None:
    stage = led()
    stage.bid(B, NEXT)
    assert stage.send(SENIOR, Act.match, START).reason is Reason.price_moved
    assert stage.send(SENIOR, Act.match, NEXT).accepted


def test_a_match_at_the_end_itself_is_late() -> None:
    stage = led()
    end = stage.head.cycle_ends_at
    assert stage.send(SENIOR, Act.match, at=end).reason is Reason.late
    assert stage.send(SENIOR, Act.match, at=end - A_MOMENT).accepted


def test_silence_is_a_waiver_of_everybody_who_could_still_have_matched() -> None:
    stage = led().finish()
    assert waived(stage) == [SENIOR.code, PEER.code, JUNIOR.code]
    stage = led()
    stage.send(JUNIOR, Act.match)
    assert waived(stage.finish()) == [SENIOR.code, PEER.code]
    stage = led()
    stage.send(SENIOR, Act.match)
    assert waived(stage.finish()) == []


def test_a_waiver_can_be_declared_and_then_one_bids_like_anybody() -> None:
    stage = led()
    assert stage.send(SENIOR, Act.waive).accepted
    assert stage.head.waived == (SENIOR.code,)
    assert stage.send(SENIOR, Act.match).reason is Reason.already_answered
    assert stage.send(SENIOR, Act.waive).reason is Reason.already_answered
    assert stage.send(A, Act.waive).reason is Reason.not_a_holder
    assert stage.bid(SENIOR, NEXT).accepted
    assert stage.send(JUNIOR, Act.match).accepted
    stage.finish()
    assert stage.lead == (JUNIOR.code, NEXT)
    assert waived(stage) == [PEER.code]


def test_nothing_is_waived_where_nothing_was_sold() -> None:
    stage = Stage(MATCH, EVERYBODY).at(FIRST_END)
    assert waived(stage) == []
    assert stage.head.waived == ()


def test_holders_of_an_ordinary_lot_who_did_not_win_let_it_go() -> None:
    stage = Stage(DYNAMIC, EVERYBODY)
    stage.bid(SENIOR, START)
    stage.at(FREE_ENDS).finish()
    assert stage.result == (LotOutcome.won, Ending.highest_bid)
    assert waived(stage) == [PEER.code, JUNIOR.code]
