"""BUY_NOW 一口价: a fixed price; the first valid acceptance has it (DOMAIN 1.7, 2.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine import parameters
from app.auctions.engine.answering import answered, refused
from app.auctions.engine.registered import enter_sale, find_shut_reason, next_turn, phase_of_sale
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


class BuyNow:
    mode = BidMode.buy_now

    def check(self, terms: Terms) -> list[FieldError]:
        faults = [
            *parameters.check_price(terms),
            *parameters.check_no_steps(terms),
            *parameters.check_no_limited(terms),
            *parameters.check_no_weights(terms),
            *parameters.check_no_ladder(terms),
        ]
        if terms.reserve_kind is not ReserveKind.none:
            faults.append(FieldError("reserve", "一口价没有保留价"))
        if terms.preference is not Preference.ordinary:
            sentence = "一口价由最先应价者取得，优先购买权人须以普通竞买人身份参与"
            faults.append(FieldError("preference", sentence))
        return faults

    def begin(self, terms: Terms) -> Head:
        return begin_before(terms, terms.free_ends_at - terms.window, terms.free_ends_at)

    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        return phase_of_sale(terms, head, now)

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        return terms.start_minor if self.phase(terms, head, now) not in HELD else None

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        del book  # nothing is secret about a price that everybody sees
        now, state = moment.now, self.phase(terms, head, moment.now)
        reason = Reason.not_this_mode
        if submission.act is Act.accept:
            shut = find_shut_reason(terms, head, now)
            moved = submission.amount_minor != terms.start_minor
            found = shut or (Reason.price_moved if moved else None)
            if found is None:
                return take(head, submission, terms.start_minor, now)
            reason = found
        return refused(submission, head, state, reason)

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


def take(head: Head, submission: Submission, price_minor: int, now: datetime) -> Answer:
    """The first acceptance ends the sale at once."""
    led = replace(head, price_minor=price_minor, leader=submission.place.code, state=LotState.free)
    after, end = closed(led, now, LotOutcome.won, Ending.first_acceptance)
    return answered(submission, after, end, amount=price_minor)
