"""DUTCH 降价: the price falls rung by rung until the first acceptance (C-tessel).

The ladder is approved beforehand: start, step, floor, time of a rung. Reserve and floor are one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.auctions.engine import parameters, staff
from app.auctions.engine.modes.buy_now import BuyNow
from app.auctions.engine.registered import enter_sale, next_turn
from app.auctions.engine.schedule import HELD, Close, Suspend, decide_end
from app.auctions.engine.steps import begin_before, closed, resting
from app.auctions.engine.types import (
    Advance,
    BidMode,
    Book,
    Change,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Moment,
    ReserveKind,
    Terms,
)
from app.core.errors import FieldError
from app.core.i18n import Message
from app.core.money import MAX_MINOR

MOST_RUNGS = 1000
_LAST = datetime.max.replace(tzinfo=UTC)


class Dutch(BuyNow):
    mode = BidMode.dutch
    # why: an acceptance ends the sale, and a ladder that fell while nobody could be served has to
    # be put back before anybody may take the lower price
    advance_first = True

    def check(self, terms: Terms) -> list[FieldError]:
        faults = [
            *parameters.check_price(terms),
            *parameters.check_no_limited(terms),
            *parameters.check_no_weights(terms),
            *parameters.check_first_come(terms),
            *check_ladder(terms),
        ]
        if terms.reserve_kind is not ReserveKind.none:
            faults.append(FieldError("reserve", "降价方式的最低价就是保留价，不另设保留价"))
        return faults

    def begin(self, terms: Terms) -> Head:
        return begin_before(terms, terms.free_starts_at, compute_ladder_end(terms))

    def asking(self, terms: Terms, head: Head, now: datetime) -> int:
        """The rung that stands at ``now``, in 分; before the opening the start."""
        return terms.start_minor - _rung_at(terms, head, now) * terms.tiers[0].step_minor

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        """A gap stops the ladder on the rung it began on, which is then shown again in full."""
        if head.state in HELD:
            return resting(head, None)
        head, changes = enter_sale(terms, head, book, moment.now)
        if head.is_over or head.state is not LotState.free:
            return resting(head, None if head.is_over else next_turn(terms, head), *changes)
        verdict = decide_end(head.cycle_starts_at, head.cycle_ends_at, moment)
        if isinstance(verdict, Suspend):
            stopped = _stand_on(terms, head, verdict.gap.started_at)
            after, change = staff.suspended_for(stopped, head.state, verdict.gap, moment.now)
            return resting(after, None, *changes, change)
        if not isinstance(verdict, Close):
            return resting(head, _next_fall(terms, head, moment.now), *changes)
        after, end = closed(head, verdict.at, LotOutcome.unsold, Ending.no_bid)
        return resting(after, None, *changes, end)

    def suspend(
        self, terms: Terms, head: Head, now: datetime, **facts: object
    ) -> tuple[Head, Change]:
        """The ladder stands on the rung it shows."""
        if self.phase(terms, head, now) is LotState.free:
            head = _stand_on(terms, head, now)
        return super().suspend(terms, head, now, **facts)

    def resume(self, terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
        """The rung that it stood on again in full, and all below it."""
        after, change = super().resume(terms, head, now)
        if after.state is not LotState.free:
            return after, change
        left = count_rungs(terms) - after.rung
        after = replace(after, cycle_starts_at=now, cycle_ends_at=now + left * terms.window)
        return after, staff.resumption(after, now)


def check_ladder(terms: Terms) -> list[FieldError]:
    """Whole rungs from the start down to a floor above nothing, and an end where they end."""
    if len(terms.tiers) != 1 or not 0 < terms.tiers[0].step_minor <= MAX_MINOR:
        return [FieldError("step", "降价幅度须大于零，且只有一档")]
    floor = terms.floor_minor
    if floor is None or not 0 < floor < terms.start_minor:
        return [FieldError("floor", "最低价须大于零且低于起始价")]
    if (terms.start_minor - floor) % terms.tiers[0].step_minor:
        return [FieldError("floor", "起始价与最低价之差须为降价幅度的整数倍")]
    if count_rungs(terms) > MOST_RUNGS:
        return [FieldError("step", Message("降价不得超过 %(most)s 档", most=MOST_RUNGS))]
    if terms.free_ends_at != compute_ladder_end(terms):
        sentence = "降价的结束时间须等于开始时间加上每一档停留的时间"
        return [FieldError("free_ends_at", sentence)]
    return []


def count_rungs(terms: Terms) -> int:
    """Prices on the ladder, the start and the floor included."""
    floor = terms.start_minor if terms.floor_minor is None else terms.floor_minor
    return (terms.start_minor - floor) // terms.tiers[0].step_minor + 1


def compute_ladder_end(terms: Terms) -> datetime:
    """When the last rung has been shown in full."""
    # why: terms are completed before they are checked, and a made-up ladder is longer than time
    rungs = min(max(count_rungs(terms), 1), MOST_RUNGS + 1)
    left = _LAST - terms.free_starts_at
    return _LAST if left < rungs * terms.window else terms.free_starts_at + rungs * terms.window


def _rung_at(terms: Terms, head: Head, now: datetime) -> int:
    passed = max(0, (now - head.cycle_starts_at) // terms.window)
    return min(head.rung + passed, count_rungs(terms) - 1)


def _next_fall(terms: Terms, head: Head, now: datetime) -> datetime:
    """When the next rung begins, or the last one ends."""
    passed = (now - head.cycle_starts_at) // terms.window + 1
    return min(head.cycle_starts_at + passed * terms.window, head.cycle_ends_at)


def _stand_on(terms: Terms, head: Head, at: datetime) -> Head:
    """The head of a ladder that stops on the rung it shows at an instant."""
    rung = _rung_at(terms, head, at)
    starts_at = head.cycle_starts_at + (rung - head.rung) * terms.window
    return replace(head, rung=rung, cycle_starts_at=starts_at)
