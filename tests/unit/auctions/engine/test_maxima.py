"""Stored maxima (DOMAIN 2.10): the least that is needed, the reserve, ties, what may be stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auctions.engine.proxies import settle
from app.auctions.engine.types import (
    Act,
    Entry,
    Note,
    Origin,
    Preference,
    Reason,
    ReserveKind,
    Submission,
    Terms,
    Tier,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FIRST_END,
    FREE_ENDS,
    SECOND,
    SENIOR,
    START,
    STEP,
    WINDOW,
    A,
    B,
    C,
    Stage,
)

PROXIES = replace(DYNAMIC, proxies=True)
MATCHING = replace(PROXIES, preference=Preference.match)
NEXT = START + STEP
RESERVED = replace(PROXIES, reserve_kind=ReserveKind.hidden)
RESERVE = START + 10 * STEP


def at(steps: int) -> int:
    return START + steps * STEP


def automatic(stage: Stage, since: int = 0) -> list[tuple[str, int | None, Note | None]]:
    bids = [one for one in stage.record[since:] if isinstance(one, Entry)]
    return [(one.code, one.amount_minor, one.note) for one in bids if one.origin is Origin.proxy]


def again(stage: Stage) -> object:
    """What stored maxima would bid once more: nothing, at the fixed point."""
    return settle(
        stage.terms,
        price_minor=stage.head.price_minor,
        leader=stage.head.leader,
        proxies=stage.book.proxies,
        reserve_minor=stage.reserve_minor,
    )


# ---- the least that is needed -------------------------------------------------------------------


def test_the_first_maximum_bids_the_start() -> None:
    stage = Stage(PROXIES)
    own = stage.store(A, at(20))
    assert (own.amount_minor, own.price_minor, own.leader) == (None, None, None)
    assert automatic(stage) == [(A.code, START, None)]
    assert stage.lead == (A.code, START)


def test_a_bid_below_the_maximum_is_answered_with_the_least_lawful_amount() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    assert stage.bid(B, at(7)).accepted
    assert automatic(stage, 2) == [(A.code, at(8), None)]
    assert again(stage) == []


def test_a_bid_above_the_maximum_leads_and_nothing_answers() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.bid(B, at(21))
    assert automatic(stage, 2) == []
    assert stage.lead == (B.code, at(21))


def test_a_bid_of_just_the_maximum_loses_to_what_was_stored_before() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    assert stage.bid(B, at(20)).accepted
    assert automatic(stage, 2) == [(A.code, at(20), Note.tie)]
    assert stage.lead == (A.code, at(20))
    assert again(stage) == []


def test_of_equal_maxima_the_one_stored_before_has_the_price() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.store(B, at(20))
    assert automatic(stage, 2) == [(B.code, at(20), Note.limit), (A.code, at(20), Note.tie)]
    assert stage.lead == (A.code, at(20))


def test_a_greater_maximum_takes_the_lead_with_one_step() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.store(B, at(30))
    assert automatic(stage, 2) == [(A.code, at(20), Note.limit), (B.code, at(21), None)]


def test_one_step_above_is_the_whole_maximum_and_no_more() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.store(B, at(21))
    assert automatic(stage, 2) == [(A.code, at(20), Note.limit), (B.code, at(21), None)]


def test_a_maximum_outbids_a_leader_who_stored_none() -> None:
    stage = Stage(PROXIES)
    stage.bid(A, at(4))
    stage.store(B, at(20))
    assert automatic(stage) == [(B.code, at(5), None)]


def test_the_step_is_that_of_the_tier() -> None:
    terms = replace(PROXIES, start_minor=100, tiers=(Tier(100, 10), Tier(200, 50)))
    stage = Stage(terms)
    stage.store(A, 500)
    stage.bid(B, 190)
    assert stage.lead == (A.code, 200)
    stage.bid(B, 250)
    assert stage.lead == (A.code, 300)


def test_at_most_two_automatic_bids_an_event_however_many_maxima_there_are() -> None:
    stage = Stage(PROXIES)
    for place, steps in ((A, 5), (B, 10), (C, 15)):
        since = len(stage.record)
        stage.store(place, at(steps))
        assert len(automatic(stage, since)) <= 2
        assert again(stage) == []
    assert stage.lead == (C.code, at(11))


# ---- who leads ----------------------------------------------------------------------------------


def test_the_leader_who_raises_his_maximum_does_not_raise_the_price() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.bid(B, at(3))
    for steps in (30, 25, 4):
        assert stage.store(A, at(steps)).accepted
        assert stage.lead == (A.code, at(4))
    assert stage.store(A, at(3)).reason is Reason.below_price
    assert stage.store(A, at(5) + 1).reason is Reason.off_grid


def test_a_maximum_lowered_to_the_price_is_spent() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.store(A, at(0))
    stage.bid(B, at(1))
    assert stage.lead == (B.code, at(1))


def test_a_maximum_can_be_taken_away_and_what_was_bid_stands() -> None:
    stage = Stage(PROXIES)
    assert stage.store(A, None).reason is Reason.nothing_stored
    stage.store(A, at(20))
    assert stage.store(A, None).accepted
    assert stage.lead == (A.code, START)
    stage.bid(B, at(1))
    assert stage.lead == (B.code, at(1))


def test_taking_it_away_does_not_give_the_price_to_an_equal_spent_maximum() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.store(B, at(20))
    assert stage.store(A, None).accepted
    assert stage.lead == (A.code, at(20))
    stage.store(A, at(20))
    assert stage.lead == (A.code, at(20))


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (START - STEP, Reason.below_start),
        (START + 1, Reason.off_grid),
        (START, None),
        (0, Reason.below_start),
    ],
)
def test_a_first_maximum_stands_on_the_grid(amount: int, reason: Reason | None) -> None:
    assert Stage(PROXIES).store(A, amount).reason is reason


def test_somebody_elses_maximum_is_above_the_price() -> None:
    stage = Stage(PROXIES)
    stage.bid(A, at(4))
    assert stage.store(B, at(4)).reason is Reason.not_above_price
    assert stage.store(B, at(5)).accepted


def test_the_leader_may_bid_by_hand_only_where_the_rules_let_him() -> None:
    stage = Stage(replace(PROXIES, leader_may_raise=True))
    stage.store(A, at(20))
    assert stage.bid(A, at(9)).accepted
    assert stage.lead == (A.code, at(9))
    assert again(stage) == []


# ---- the clock ----------------------------------------------------------------------------------


def test_an_automatic_answer_in_the_limited_period_resets_the_cycle_once() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.at(FREE_ENDS)
    stage.bid(B, at(3), at=FIRST_END - A_MOMENT)
    ends = {one.ends_at for one in stage.entries[-2:]}
    assert ends == {FIRST_END - A_MOMENT + WINDOW}
    stage.store(C, at(30), at=FIRST_END)
    assert stage.head.cycle_ends_at == FIRST_END + WINDOW


def test_a_maximum_that_calls_for_no_bid_leaves_the_clock_alone() -> None:
    stage = Stage(PROXIES)
    stage.store(A, at(20))
    stage.at(FREE_ENDS)
    assert stage.store(A, at(30), at=FREE_ENDS + SECOND).accepted
    assert stage.head.cycle_ends_at == FIRST_END


def test_a_maximum_in_the_free_period_is_taking_part() -> None:
    stage = Stage(replace(PROXIES, must_bid_in_free=True))
    stage.store(A, START)
    stage.bid(B, at(1))
    stage.at(FREE_ENDS)
    assert stage.store(C, at(9)).reason is Reason.not_in_free
    assert stage.bid(A, at(2)).accepted


def test_a_maximum_at_the_end_itself_is_late() -> None:
    stage = Stage(PROXIES).at(FREE_ENDS)
    assert stage.store(A, START, at=FIRST_END).reason is Reason.late
    assert stage.store(A, START, at=FIRST_END - timedelta(microseconds=1)).accepted


# ---- the reserve --------------------------------------------------------------------------------


def reserved(terms: Terms = RESERVED) -> Stage:
    return Stage(terms, reserve_minor=RESERVE)


def test_a_maximum_at_or_above_the_reserve_bids_the_reserve() -> None:
    for steps in (10, 30):
        stage = reserved()
        stage.store(A, at(steps))
        assert automatic(stage) == [(A.code, RESERVE, Note.reserve)]


def test_a_maximum_below_the_reserve_is_bid_in_full() -> None:
    stage = reserved()
    stage.store(A, at(9))
    assert automatic(stage) == [(A.code, at(9), Note.limit)]


def test_an_open_reserve_is_jumped_to_as_well() -> None:
    terms = replace(PROXIES, reserve_kind=ReserveKind.open, open_reserve_minor=RESERVE)
    stage = Stage(terms)
    stage.store(A, at(30))
    assert stage.lead == (A.code, RESERVE)


def test_a_maximum_that_is_the_least_lawful_answer_is_no_limit() -> None:
    stage = reserved()
    stage.bid(A, at(4))
    stage.store(B, at(5))
    assert automatic(stage) == [(B.code, at(5), None)]


def test_above_the_reserve_it_is_forgotten() -> None:
    stage = reserved()
    stage.store(A, at(30))
    stage.store(B, at(20))
    assert automatic(stage, 2) == [(B.code, at(20), Note.limit), (A.code, at(21), None)]


def test_below_the_reserve_both_maxima_are_spent_in_order() -> None:
    stage = reserved()
    stage.store(A, at(5))
    stage.store(B, at(8))
    assert automatic(stage, 2) == [(B.code, at(8), Note.limit)]
    stage.store(C, at(30))
    assert stage.lead == (C.code, RESERVE)
    assert again(stage) == []


def test_the_leader_below_the_reserve_lifts_his_own_price_to_it_and_no_further() -> None:
    stage = reserved()
    stage.bid(A, at(2))
    stage.store(A, at(6))
    assert stage.lead == (A.code, at(6))
    stage.store(A, at(30))
    assert stage.lead == (A.code, RESERVE)
    stage.store(A, at(40))
    assert stage.lead == (A.code, RESERVE)


def test_a_bid_by_hand_of_just_the_maximum_below_the_reserve() -> None:
    stage = reserved()
    stage.store(A, at(5))
    stage.bid(B, at(6))
    stage.store(A, at(7))
    assert stage.lead == (A.code, at(7))


# ---- holders ------------------------------------------------------------------------------------


def test_a_match_is_answered_with_one_step_and_not_at_the_same_price() -> None:
    stage = Stage(MATCHING, [A, B, SENIOR])
    stage.store(A, at(20))
    assert stage.send(SENIOR, Act.match).accepted
    assert stage.lead == (A.code, at(1))
    stage.bid(B, at(20))
    assert stage.lead == (A.code, at(20))
    stage.send(SENIOR, Act.match)
    assert stage.lead == (SENIOR.code, at(20))
    assert again(stage) == []


def test_an_automatic_bid_of_a_holder_stands_against_a_junior() -> None:
    stage = Stage(MATCHING, [A, B, SENIOR])
    stage.store(SENIOR, at(20))
    stage.bid(A, at(3))
    assert stage.lead == (SENIOR.code, at(4))
    assert stage.head.leader_rank == SENIOR.rank


# ---- the book -----------------------------------------------------------------------------------


def test_only_the_leaders_and_the_submitters_maximum_matter() -> None:
    stage = Stage(PROXIES)
    for place, steps in ((A, 5), (B, 10), (C, 15)):
        stage.store(place, at(steps))
    bid, moment = Submission(Act.bid, A, at(13)), stage.moment(stage.now)
    whole = stage.mode.answer(PROXIES, stage.head, stage.book, bid, moment)
    known = (stage.proxies[A.code], stage.proxies[C.code])
    few = replace(stage.book, proxies=known)
    assert stage.mode.answer(PROXIES, stage.head, few, bid, moment) == whole
    assert len(whole.entries) == 2
