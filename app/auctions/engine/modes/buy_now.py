"""BUY_NOW 一口价: a fixed price; the first valid acceptance has it (DOMAIN 1.7, 2.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine import parameters
from app.auctions.engine.answering import answered, refused
from app.auctions.engine.preemption import list_passed_by, waive_silent
from app.auctions.engine.registered import enter_sale, find_shut_reason, next_turn, phase_of_sale
from app.auctions.engine.schedule import HELD, Close, Suspend, decide_end
from app.auctions.engine.staff import suspended_for
from app.auctions.engine.standing import Standing
from app.auctions.engine.steps import begin_before, closed, resting
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
    Reason,
    ReserveKind,
    Submission,
    Terms,
)
from app.core.errors import FieldError


class BuyNow(Standing):
    mode = BidMode.buy_now

    def check(self, terms: Terms) -> list[FieldError]:
        faults = [
            *parameters.check_price(terms),
            *parameters.check_no_steps(terms),
            *parameters.check_no_limited(terms),
            *parameters.check_no_weights(terms),
            *parameters.check_no_ladder(terms),
            *parameters.check_first_come(terms),
        ]
        if terms.reserve_kind is not ReserveKind.none:
            faults.append(FieldError("reserve", "一口价没有保留价"))
        return faults

    def begin(self, terms: Terms) -> Head:
        return begin_before(terms, terms.free_ends_at - terms.window, terms.free_ends_at)

    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        return phase_of_sale(terms, head, now)

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        held = self.phase(terms, head, now) in HELD
        return None if held else self.asking(terms, head, now)

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        now, state = moment.now, self.phase(terms, head, moment.now)
        if submission.act is not Act.accept:
            return refused(submission, head, state, Reason.not_this_mode)
        shut = find_shut_reason(terms, head, now)
        if shut is not None:
            return refused(submission, head, state, shut)
        asking = self.asking(terms, head, now)
        if submission.amount_minor != asking:
            return refused(submission, head, state, Reason.price_moved)
        return take(head, book, submission, asking, now)

    def asking(self, terms: Terms, head: Head, now: datetime) -> int:
        """The price in 分 that an acceptance at ``now`` takes."""
        del head, now  # it is fixed
        return terms.start_minor

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        if head.state in HELD:
            return resting(head, None)
        head, changes = enter_sale(terms, head, book, moment.now)
        if head.is_over or head.state is not LotState.free:
            return resting(head, None if head.is_over else next_turn(terms, head), *changes)
        verdict = decide_end(head.cycle_starts_at, head.cycle_ends_at, moment)
        if isinstance(verdict, Suspend):
            after, change = suspended_for(head, head.state, verdict.gap, moment.now)
            return resting(after, None, *changes, change)
        if not isinstance(verdict, Close):
            return resting(head, verdict.until, *changes)
        after, end = closed(head, verdict.at, LotOutcome.unsold, Ending.no_bid)
        return resting(after, None, *changes, end)


def take(head: Head, book: Book, submission: Submission, price_minor: int, now: datetime) -> Answer:
    """The first acceptance ends the sale at once; holders who were slower let it go."""
    led = replace(head, price_minor=price_minor, leader=submission.place.code, state=LotState.free)
    waived, waivers = waive_silent(led, list_passed_by(led, book), now)
    after, end = closed(waived, now, LotOutcome.won, Ending.first_acceptance)
    return answered(submission, led, amount=price_minor, then=(after, [*waivers, end]))
