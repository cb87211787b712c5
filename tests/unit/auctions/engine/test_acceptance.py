"""The checks a tester can run on bidding (DOMAIN 11), word for word."""

from dataclasses import replace
from datetime import timedelta

from app.auctions.engine.types import (
    Act,
    Ending,
    LotOutcome,
    LotState,
    Note,
    Origin,
    Preference,
    Reason,
    ReserveKind,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FREE_ENDS,
    SENIOR,
    START,
    YUAN,
    A,
    B,
    Stage,
)


def test_the_limited_window_is_reset_in_full_and_its_end_is_exclusive() -> None:
    stage = Stage(DYNAMIC).at(FREE_ENDS)
    assert stage.bid(A, START, at=FREE_ENDS + timedelta(seconds=299.9)).accepted
    end = FREE_ENDS + timedelta(seconds=599.9)
    assert stage.head.cycle_ends_at == end
    assert stage.bid(B, 105_000 * YUAN, at=end).reason is Reason.late
    assert stage.bid(B, 105_000 * YUAN, at=end - A_MOMENT).accepted


def test_of_two_equal_bids_one_is_accepted() -> None:
    stage = Stage(DYNAMIC)
    assert stage.bid(A, START).accepted
    assert stage.bid(B, START).reason is Reason.not_above_price


def test_the_grid() -> None:
    for yuan, reason in ((105_000, None), (115_000, None), (107_000, Reason.off_grid)):
        stage = Stage(DYNAMIC)
        stage.bid(A, START)
        assert stage.bid(B, yuan * YUAN).reason is reason


def test_a_holder_matches_is_outbid_and_keeps_silent() -> None:
    stage = Stage(replace(DYNAMIC, preference=Preference.match), [A, B, SENIOR]).at(FREE_ENDS)
    stage.bid(A, START)
    assert stage.send(SENIOR, Act.match).accepted
    assert (stage.head.leader, stage.head.price_minor) == (SENIOR.code, START)
    assert stage.bid(B, 105_000 * YUAN).accepted
    assert stage.head.leader == B.code
    stage.at(stage.head.cycle_ends_at)
    assert (stage.head.leader, stage.head.ending) == (B.code, Ending.highest_bid)
    assert stage.head.waived == (SENIOR.code,)
    assert stage.steps[-2:] == ["waived", "closed"]


def test_a_hidden_reserve_that_is_not_met() -> None:
    terms = replace(DYNAMIC, reserve_kind=ReserveKind.hidden)
    stage = Stage(terms, reserve_minor=1_000_000 * YUAN)
    assert stage.bid(A, 990_000 * YUAN).accepted
    stage.at(FREE_ENDS).at(stage.head.cycle_ends_at)
    assert stage.head.state is LotState.closed
    assert stage.head.outcome is LotOutcome.unsold
    assert stage.head.ending is Ending.below_reserve


def test_two_stored_maxima() -> None:
    stage = Stage(replace(DYNAMIC, proxies=True))
    stage.store(A, 200_000 * YUAN)
    assert (stage.head.leader, stage.head.price_minor) == (A.code, START)
    stage.store(B, 150_000 * YUAN)
    assert (stage.head.leader, stage.head.price_minor) == (A.code, 155_000 * YUAN)
    automatic = [(one.code, one.amount_minor, one.note) for one in stage.entries[-2:]]
    assert automatic == [(B.code, 150_000 * YUAN, Note.limit), (A.code, 155_000 * YUAN, None)]
    assert all(one.origin is Origin.proxy for one in stage.entries[-2:])
    stage.store(A, 250_000 * YUAN)
    assert (stage.head.leader, stage.head.price_minor) == (A.code, 155_000 * YUAN)
