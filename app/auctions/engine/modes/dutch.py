"""DUTCH 降价: the price falls rung by rung until the first acceptance (C-tessel).

The ladder is approved beforehand: start, step, floor, time of a rung. Reserve and floor are one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine import parameters
from app.auctions.engine.answering import refused
from app.auctions.engine.modes.buy_now import BuyNow, take
from app.auctions.engine.registered import enter_sale, find_shut_reason, next_turn
from app.auctions.engine.schedule import HELD, Close, Suspend, decide_end
from app.auctions.engine.steps import begin_before, closed, resting, suspended_for
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
    BidMode,
    Book,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Preference,
    Reason,
    ReserveKind,
    Submission,
    Terms,
)
from app.core.errors import FieldError
from app.core.money import MAX_MINOR

MOST_RUNGS = 1000


class Dutch(BuyNow):
    mode = BidMode.dutch

    def check(self, terms: Terms) -> list[FieldError]:
        faults = [
            *parameters.check_price(terms),
            *parameters.check_no_limited(terms),
            *parameters.check_no_weights(terms),
            *check_ladder(terms),
        ]
        if terms.reserve_kind is not ReserveKind.none:
            faults.append(FieldError("reserve", "降价方式的最低价就是保留价，不另设保留价"))
        if terms.preference is not Preference.ordinary:
            sentence = "降价由最先应价者取得，优先购买权人须以普通竞买人身份参与"
            faults.append(FieldError("preference", sentence))
        return faults

    def begin(self, terms: Terms) -> Head:
        starts_at = terms.free_starts_at
        return begin_before(terms, starts_at, starts_at + count_rungs(terms) * terms.window)

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        if self.phase(terms, head, now) in HELD:
            return None
        return compute_asking(terms, head, now)

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        del book  # nothing is secret about a price that everybody sees
        now, state = moment.now, self.phase(terms, head, moment.now)
        if submission.act is not Act.accept:
            return refused(submission, head, state, Reason.not_this_mode)
        shut = find_shut_reason(terms, head, now)
        if shut is not None:
            return refused(submission, head, state, shut)
        asking = compute_asking(terms, head, now)
        if submission.amount_minor != asking:
            return refused(submission, head, state, Reason.price_moved)
        return take(head, submission, asking, now)

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        """A gap stops the ladder on the rung it began on, which is then shown again in full."""
        if head.state in HELD:
            return resting(head, None)
        head, changes = enter_sale(terms, head, book, moment.now)
        if head.is_over or head.state is not LotState.free:
            return resting(head, None if head.is_over else next_turn(terms, head), *changes)
        verdict = decide_end(head.cycle_starts_at, head.cycle_ends_at, moment)
        if isinstance(verdict, Suspend):
            stopped = stand_on(terms, head, max(verdict.gap.started_at, head.cycle_starts_at))
            after, change = suspended_for(stopped, head.state, verdict.gap, moment.now)
            return resting(after, None, *changes, change)
        if not isinstance(verdict, Close):
            return resting(head, verdict.until, *changes)
        after, end = closed(head, verdict.at, LotOutcome.unsold, Ending.no_bid)
        return resting(after, None, *changes, end)


def check_ladder(terms: Terms) -> list[FieldError]:
    """Whole rungs from the start down to a floor above nothing."""
    if len(terms.tiers) != 1 or not 0 < terms.tiers[0].step_minor <= MAX_MINOR:
        return [FieldError("step", "降价幅度须大于零，且只有一档")]
    floor = terms.floor_minor
    if floor is None or not 0 < floor < terms.start_minor:
        return [FieldError("floor", "最低价须大于零且低于起始价")]
    if (terms.start_minor - floor) % terms.tiers[0].step_minor:
        return [FieldError("floor", "起始价与最低价之差须为降价幅度的整数倍")]
    if count_rungs(terms) > MOST_RUNGS:
        return [FieldError("step", "降价不得超过一千次")]
    return []


def count_rungs(terms: Terms) -> int:
    """Prices on the ladder, the start and the floor included."""
    assert terms.floor_minor is not None
    return (terms.start_minor - terms.floor_minor) // terms.tiers[0].step_minor + 1


def rung_at(terms: Terms, head: Head, now: datetime) -> int:
    passed = max(0, (now - head.cycle_starts_at) // terms.window)
    return min(head.rung + passed, count_rungs(terms) - 1)


def compute_asking(terms: Terms, head: Head, now: datetime) -> int:
    """The price, in 分, that stands at ``now``; before the opening the start."""
    return terms.start_minor - rung_at(terms, head, now) * terms.tiers[0].step_minor


def stand_on(terms: Terms, head: Head, at: datetime) -> Head:
    """The head of a ladder that stops on the rung it shows at an instant."""
    rung = rung_at(terms, head, at)
    starts_at = head.cycle_starts_at + (rung - head.rung) * terms.window
    return replace(head, rung=rung, cycle_starts_at=starts_at)
