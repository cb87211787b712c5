"""ONCE and WEIGHTED: one sealed bid each, opened together; exact scores."""

from dataclasses import replace
from fractions import Fraction

import pytest

from app.auctions.engine.modes.weighted import compute_score
from app.auctions.engine.types import (
    Act,
    BidMode,
    Change,
    Criterion,
    Ending,
    LotOutcome,
    LotState,
    Place,
    Reason,
    ReserveKind,
    Terms,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    DYNAMIC,
    FREE_ENDS,
    ONCE,
    OPENS,
    START,
    WINDOW,
    A,
    B,
    C,
    Stage,
)

JOBS = Criterion("jobs", "新增就业", "人", 2_000, full_at=30)
MONTHS = Criterion("months", "投产时间", "月", 1_000, full_at=6, higher_is_better=False)
WEIGHTED = replace(ONCE, mode=BidMode.weighted, price_weight_bp=7_000, criteria=(JOBS, MONTHS))


def sealed(terms: Terms, *bids: tuple[Place, int], reserve: int | None = None) -> Stage:
    stage = Stage(terms, [place for place, _ in bids], reserve_minor=reserve).at(OPENS)
    for place, amount in bids:
        assert stage.send(place, Act.seal, amount).accepted
    return stage


def place(code: str, jobs: int, months: int) -> Place:
    return Place(code, values={"jobs": jobs, "months": months})


# ---- the window ---------------------------------------------------------------------------------


def test_the_window_is_open_from_its_start_to_before_its_end() -> None:
    stage = Stage(ONCE).at(OPENS - A_MOMENT)
    assert stage.send(A, Act.seal, START).reason is Reason.not_started
    stage.at(OPENS)
    assert stage.send(A, Act.seal, START).accepted
    assert stage.send(B, Act.seal, START, at=FREE_ENDS - A_MOMENT).accepted
    assert stage.send(C, Act.seal, START, at=FREE_ENDS).reason is Reason.late
    stage.at(FREE_ENDS)
    assert stage.send(C, Act.seal, START).reason is Reason.closed


def test_a_sealed_bid_moves_neither_price_nor_leader_nor_end_and_shows_no_amount() -> None:
    stage = Stage(ONCE).at(OPENS)
    before = stage.head
    entry = stage.send(A, Act.seal, START, at=FREE_ENDS - A_MOMENT)
    assert (entry.amount_minor, entry.price_minor, entry.leader) == (None, None, None)
    assert stage.head == before


def test_there_is_one_sealed_bid_each() -> None:
    stage = sealed(ONCE, (A, START))
    assert stage.send(A, Act.seal, 2 * START).reason is Reason.already_sealed
    assert stage.send(B, Act.seal, START).accepted


@pytest.mark.parametrize(("amount", "reason"), [(START, None), (START - 1, Reason.below_start)])
def test_a_sealed_bid_is_not_below_the_start_and_needs_no_grid(
    amount: int, reason: Reason | None
) -> None:
    stage = Stage(ONCE).at(OPENS)
    assert stage.send(A, Act.seal, amount).reason is reason
    assert stage.send(B, Act.seal, START + 1).accepted


def test_nothing_else_can_be_sent_in() -> None:
    stage = Stage(ONCE).at(OPENS)
    for act in (Act.bid, Act.match, Act.store, Act.accept, Act.confirm, Act.exercise, Act.waive):
        assert stage.send(A, act, START).reason is Reason.not_this_mode


# ---- the opening --------------------------------------------------------------------------------


def test_the_highest_wins_and_only_its_amount_becomes_known() -> None:
    stage = sealed(ONCE, (A, START), (B, 3 * START), (C, 2 * START)).at(FREE_ENDS)
    assert stage.result == (LotOutcome.won, Ending.highest_bid)
    assert stage.lead == (B.code, 3 * START)
    assert stage.steps[-2:] == ["unsealed", "closed"]
    changes = [one for one in stage.record if isinstance(one, Change)]
    assert changes[-2].facts == {"count": 3}
    assert str(2 * START) not in str(changes)


def test_of_equal_ones_the_earlier_wins() -> None:
    assert sealed(ONCE, (C, START), (A, START)).at(FREE_ENDS).lead == (C.code, START)


def test_no_sealed_bid_is_unsold() -> None:
    stage = Stage(ONCE).at(OPENS).at(FREE_ENDS)
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)


@pytest.mark.parametrize("kind", [ReserveKind.hidden, ReserveKind.open])
@pytest.mark.parametrize(
    ("best", "result"),
    [
        (2 * START - 1, (LotOutcome.unsold, Ending.below_reserve)),
        (2 * START, (LotOutcome.won, Ending.highest_bid)),
    ],
)
def test_below_the_reserve_nothing_becomes_known(
    kind: ReserveKind, best: int, result: tuple[LotOutcome, Ending]
) -> None:
    hidden = kind is ReserveKind.hidden
    terms = replace(ONCE, reserve_kind=kind, open_reserve_minor=None if hidden else 2 * START)
    stage = sealed(terms, (A, best), reserve=2 * START if hidden else None).at(FREE_ENDS)
    assert stage.result == result
    assert (stage.head.price_minor is None) == (result[0] is LotOutcome.unsold)


def test_nothing_is_opened_before_the_end_was_served() -> None:
    stage = sealed(ONCE, (A, START))
    stage.last_beat = FREE_ENDS - A_MOMENT
    stage.at(FREE_ENDS + A_MOMENT)
    assert stage.state() is LotState.free
    assert "unsealed" not in stage.steps


def test_the_last_window_runs_again_in_full_after_an_outage() -> None:
    stage = sealed(ONCE, (A, START))
    stage.stop(FREE_ENDS - WINDOW / 2)
    assert stage.send(B, Act.seal, START).reason is Reason.suspended
    back = FREE_ENDS + WINDOW
    stage.go_on(back)
    assert stage.head.cycle_ends_at == back + WINDOW
    assert stage.send(B, Act.seal, 2 * START, at=back + WINDOW - A_MOMENT).accepted
    assert stage.finish().lead == (B.code, 2 * START)


# ---- weights ------------------------------------------------------------------------------------


def test_a_score_is_an_exact_fraction() -> None:
    score = compute_score(WEIGHTED, 200, {"jobs": 10, "months": 9}, 300)
    assert score == Fraction(14_000, 3) + Fraction(2_000, 3) + Fraction(2_000, 3)
    assert compute_score(WEIGHTED, 300, {"jobs": 30, "months": 6}, 300) == 10_000


@pytest.mark.parametrize(
    ("jobs", "months", "points"),
    [
        (0, 12, Fraction(500)),
        (30, 6, Fraction(3_000)),
        (31, 5, Fraction(3_000)),
        (-1, 0, Fraction(1_000)),
        (29, 7, Fraction(2_000 * 29, 30) + Fraction(6_000, 7)),
    ],
)
def test_each_criterion_earns_between_nothing_and_its_weight(
    jobs: int, months: int, points: Fraction
) -> None:
    score = compute_score(WEIGHTED, 1, {"jobs": jobs, "months": months}, 1)
    assert score == 7_000 + points


def test_what_was_not_stated_earns_nothing_where_less_is_better_too() -> None:
    assert compute_score(WEIGHTED, 1, {}, 1) == 7_000


def test_the_best_score_wins_also_below_the_highest_price() -> None:
    good, dear = place("C01", 30, 6), place("C02", 0, 60)
    stage = sealed(WEIGHTED, (good, 2 * START), (dear, 2 * START + START // 2)).at(FREE_ENDS)
    assert stage.result == (LotOutcome.won, Ending.best_score)
    assert stage.lead == ("C01", 2 * START)


def test_the_scale_is_the_best_price_that_meets_the_reserve() -> None:
    terms = replace(WEIGHTED, reserve_kind=ReserveKind.hidden)
    good, dear = place("C01", 30, 6), place("C02", 0, 60)
    stage = sealed(terms, (good, START), (dear, 2 * START), reserve=START + 1).at(FREE_ENDS)
    assert stage.lead == ("C02", 2 * START)


def test_of_equal_scores_the_higher_price_wins_then_the_earlier() -> None:
    # 7 000 × 27/28 + 250 = 7 000: what one month less earns makes up for the lower price
    terms = replace(WEIGHTED, criteria=(Criterion("jobs", "新增就业", "人", 3_000, full_at=12),))
    low, high = Place("C01", values={"jobs": 1}), Place("C02", values={"jobs": 0})
    amounts = 27 * START, 28 * START
    scores = [
        compute_score(terms, amount, one.values, amounts[1])
        for one, amount in zip((low, high), amounts, strict=True)
    ]
    assert scores == [7_000, 7_000]
    assert sealed(terms, (low, amounts[0]), (high, amounts[1])).at(FREE_ENDS).lead[0] == "C02"
    same = Place("C03", values={"jobs": 0})
    assert sealed(terms, (same, START), (high, START)).at(FREE_ENDS).lead[0] == "C03"


def test_modes_with_an_open_price_do_not_seal() -> None:
    assert Stage(DYNAMIC).send(A, Act.seal, START).reason is Reason.not_this_mode
