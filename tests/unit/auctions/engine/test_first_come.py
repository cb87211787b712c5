"""BUY_NOW and DUTCH: the first acceptance has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auctions.engine.checking import completed
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    BidMode,
    Ending,
    Gap,
    LotOutcome,
    LotState,
    Reason,
    Tier,
)
from tests.unit.auctions.engine.stage import (
    A_MOMENT,
    BUY_NOW,
    DYNAMIC,
    FREE_ENDS,
    OPENS,
    SECOND,
    SENIOR,
    START,
    STEP,
    WINDOW,
    A,
    B,
    Stage,
)

# 100 000, 95 000, … 80 000: five rungs of 60 s
DUTCH = completed(
    replace(
        DYNAMIC,
        mode=BidMode.dutch,
        tiers=(Tier(START, STEP),),
        floor_minor=START - 4 * STEP,
        window_s=60,
    )
)
RUNG = timedelta(seconds=60)
LADDER_END = OPENS + 5 * RUNG


def rung(number: int) -> int:
    return START - number * STEP


# ---- a fixed price ------------------------------------------------------------------------------


def test_the_first_acceptance_ends_the_sale_at_once() -> None:
    stage = Stage(BUY_NOW).at(OPENS)
    entry = stage.send(A, Act.accept, START, at=OPENS + SECOND)
    assert (entry.accepted, entry.state, entry.amount_minor) == (True, LotState.free, START)
    assert stage.result == (LotOutcome.won, Ending.first_acceptance)
    assert stage.lead == (A.code, START)
    assert stage.head.closed_at == OPENS + SECOND
    assert stage.send(B, Act.accept, START).reason is Reason.closed


@pytest.mark.parametrize("amount", [START - 1, START + 1, None, 0])
def test_another_price_than_the_one_that_stands_is_not_accepted(amount: int | None) -> None:
    stage = Stage(BUY_NOW).at(OPENS)
    assert stage.send(A, Act.accept, amount).reason is Reason.price_moved


def test_before_and_after_the_sale_nothing_is_accepted() -> None:
    stage = Stage(BUY_NOW)
    assert stage.send(A, Act.accept, START, at=OPENS - A_MOMENT).reason is Reason.not_started
    assert stage.send(A, Act.accept, START, at=FREE_ENDS).reason is Reason.late
    stage.at(FREE_ENDS)
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)


def test_nothing_but_an_acceptance_can_be_sent_in() -> None:
    for terms in (BUY_NOW, DUTCH):
        stage = Stage(terms).at(OPENS)
        for act in (Act.bid, Act.seal, Act.match, Act.store, Act.confirm, Act.waive):
            assert stage.send(A, act, START).reason is Reason.not_this_mode


def test_what_is_asked() -> None:
    stage = Stage(BUY_NOW).at(OPENS)
    assert stage.mode.least(BUY_NOW, stage.head, OPENS) == START
    stage.send(A, Act.accept, START)
    assert stage.mode.least(BUY_NOW, stage.head, OPENS) is None


def test_nobody_registered_yet_does_not_end_a_sale_that_can_be_joined() -> None:
    assert Stage(BUY_NOW, []).at(OPENS).head.state is LotState.free
    assert Stage(DUTCH, []).at(OPENS).head.state is LotState.free
    closed = Stage(replace(BUY_NOW, registration_ends_at=OPENS), []).at(OPENS)
    assert closed.result == (LotOutcome.unsold, Ending.no_bidder)


def test_a_holder_who_was_slower_let_it_go() -> None:
    stage = Stage(BUY_NOW, [A, SENIOR]).at(OPENS)
    stage.send(A, Act.accept, START)
    assert stage.steps[-2:] == ["waived", "closed"]
    assert stage.head.waived == (SENIOR.code,)


def test_an_outage_of_the_last_window_gives_it_again_and_an_earlier_one_nothing() -> None:
    stage = Stage(BUY_NOW).at(OPENS)
    stage.outages = (Gap(OPENS + SECOND, OPENS + 60 * SECOND),)
    assert stage.at(OPENS + 61 * SECOND).head.state is LotState.free
    stage.outages = (Gap(FREE_ENDS - 30 * SECOND, FREE_ENDS - 20 * SECOND),)
    stage.at(FREE_ENDS)
    assert stage.state() is LotState.suspended
    stage.go_on(FREE_ENDS + 60 * SECOND)
    assert stage.head.cycle_ends_at == FREE_ENDS + 60 * SECOND + WINDOW


# ---- the ladder ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "number"),
    [
        (OPENS, 0),
        (OPENS + RUNG - A_MOMENT, 0),
        (OPENS + RUNG, 1),
        (OPENS + 4 * RUNG, 4),
        (LADDER_END - A_MOMENT, 4),
    ],
)
def test_the_rung_that_stands(now: timedelta, number: int) -> None:
    stage = Stage(DUTCH).at(OPENS)
    assert stage.mode.least(DUTCH, stage.head, now) == rung(number)  # type: ignore[arg-type]
    assert stage.send(A, Act.accept, rung(number) + STEP, at=now).reason is Reason.price_moved  # type: ignore[arg-type]
    assert stage.send(A, Act.accept, rung(number)).accepted
    assert stage.lead == (A.code, rung(number))
    assert stage.result == (LotOutcome.won, Ending.first_acceptance)


def test_a_ladder_to_the_end_is_unsold() -> None:
    stage = Stage(DUTCH).at(OPENS)
    assert stage.mode.least(DUTCH, stage.head, LADDER_END + RUNG) == rung(4)
    assert stage.send(A, Act.accept, rung(4), at=LADDER_END).reason is Reason.late
    stage.at(LADDER_END)
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)
    assert stage.head.closed_at == LADDER_END


def test_the_clock_looks_at_every_rung() -> None:
    stage = Stage(DUTCH)
    assert stage.step().due_at == OPENS + RUNG
    for now, due in (
        (OPENS + SECOND, OPENS + RUNG),
        (OPENS + RUNG, OPENS + 2 * RUNG),
        (LADDER_END - A_MOMENT, LADDER_END),
    ):
        stage.now = now
        assert stage.step().due_at == due
    assert MODES[BidMode.dutch].advance_first
    assert not MODES[BidMode.dynamic].advance_first


def test_staff_stop_the_ladder_on_its_rung_and_it_goes_on_from_there() -> None:
    stage = Stage(DUTCH).at(OPENS)
    stage.stop(OPENS + 2 * RUNG + 10 * SECOND)
    assert stage.head.rung == 2
    back = OPENS + timedelta(hours=3)
    assert stage.send(A, Act.accept, rung(2), at=back - SECOND).reason is Reason.suspended
    stage.go_on(back)
    for number in (2, 3, 4):
        now = back + (number - 2) * RUNG
        assert stage.mode.least(DUTCH, stage.head, now) == rung(number)
    assert stage.head.cycle_ends_at == back + 3 * RUNG
    assert stage.send(A, Act.accept, rung(2), at=back + RUNG - A_MOMENT).accepted


def test_a_gap_puts_the_ladder_back_on_the_rung_it_began_on() -> None:
    stage = Stage(DUTCH).at(OPENS)
    stage.outages = (Gap(OPENS + RUNG + SECOND, OPENS + 3 * RUNG),)
    stage.at(OPENS + 3 * RUNG + SECOND)
    assert stage.state() is LotState.suspended
    assert stage.head.rung == 1
    back = OPENS + 10 * RUNG
    stage.go_on(back)
    assert stage.mode.least(DUTCH, stage.head, back) == rung(1)
    assert stage.head.cycle_ends_at == back + 4 * RUNG
    assert stage.at(back + RUNG).state() is LotState.free  # the old gap is over


def test_a_gap_from_before_the_opening_shows_the_whole_ladder() -> None:
    stage = Stage(DUTCH)
    stage.outages = (Gap(OPENS - RUNG, OPENS + 2 * RUNG),)
    stage.at(OPENS + 2 * RUNG)
    stage.go_on(OPENS + 9 * RUNG)
    assert stage.mode.least(DUTCH, stage.head, OPENS + 9 * RUNG) == rung(0)
    assert stage.head.cycle_ends_at == OPENS + 14 * RUNG


def test_a_ladder_stopped_before_it_opens_is_put_off() -> None:
    stage = Stage(DUTCH)
    stage.stop(OPENS - 60 * SECOND)
    stage.go_on(OPENS + 60 * SECOND)
    assert stage.state() is LotState.announced
    stage.at(OPENS + 120 * SECOND)
    assert stage.state() is LotState.free
    assert stage.mode.least(DUTCH, stage.head, OPENS + 120 * SECOND) == rung(0)
    assert stage.head.cycle_ends_at == OPENS + 120 * SECOND + 5 * RUNG


def test_a_ladder_can_be_stopped_twice() -> None:
    stage = Stage(DUTCH).at(OPENS)
    stage.stop(OPENS + RUNG)
    stage.go_on(OPENS + 10 * RUNG)
    stage.stop(OPENS + 12 * RUNG)
    assert stage.head.rung == 3
    stage.go_on(OPENS + 20 * RUNG)
    assert stage.head.cycle_ends_at == OPENS + 22 * RUNG
    stage.finish()
    assert stage.result == (LotOutcome.unsold, Ending.no_bid)
