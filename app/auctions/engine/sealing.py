"""Sealed bids: one submission each in a window, opened together at its end (DOMAIN 2.4).

The last ``window_s`` of the window is its cycle: an outage that touches it suspends the lot, and it
runs again in full.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from app.auctions.engine import parameters, preemption
from app.auctions.engine.answering import answered, refused
from app.auctions.engine.registered import enter_sale, find_shut_reason, next_turn, phase_of_sale
from app.auctions.engine.schedule import HELD, Close, Suspend, decide_end
from app.auctions.engine.staff import suspended_for
from app.auctions.engine.standing import Standing
from app.auctions.engine.steps import begin_before, closed, reserve_met, resting
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
    BidMode,
    Book,
    Change,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Reason,
    Sealed,
    Step,
    Submission,
    Terms,
)
from app.core.errors import FieldError


class SealedBidding(Standing):
    """What ONCE and WEIGHTED have in common; they differ in which bid is the best."""

    mode: ClassVar[BidMode]
    ending: ClassVar[Ending]

    def check(self, terms: Terms) -> list[FieldError]:
        return [
            *parameters.check_registration(terms),
            *parameters.check_price(terms),
            *parameters.check_no_steps(terms),
            *parameters.check_reserve(terms),
            *parameters.check_no_limited(terms),
            *parameters.check_preference(terms, matching=False),
            *parameters.check_no_ladder(terms),
        ]

    @abstractmethod
    def pick(self, terms: Terms, book: Book, bids: Sequence[Sealed]) -> Sealed:
        """The best of bids that are all at or above the reserve; there is at least one."""

    def begin(self, terms: Terms) -> Head:
        return begin_before(terms, terms.free_ends_at - terms.window, terms.free_ends_at)

    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        return phase_of_sale(terms, head, now)

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        return terms.start_minor if self.phase(terms, head, now) not in HELD else None

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        """``book.sealed`` holds the submitter's own earlier bid, if there is one."""
        now, state = moment.now, self.phase(terms, head, moment.now)
        if state is LotState.exercising:
            return preemption.answer(terms, head, submission, now)
        reason = self._find_refusal(terms, head, book, submission, now)
        if reason is not None:
            return refused(submission, head, state, reason)
        return answered(submission, replace(head, state=state), amount=None)

    def _find_refusal(
        self, terms: Terms, head: Head, book: Book, submission: Submission, now: datetime
    ) -> Reason | None:
        if submission.act is not Act.seal:
            return Reason.not_this_mode
        shut = find_shut_reason(terms, head, now)
        if shut is not None:
            return shut
        if any(one.code == submission.place.code for one in book.sealed):
            return Reason.already_sealed
        below = (submission.amount_minor or 0) < terms.start_minor
        return Reason.below_start if below else None

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        if head.state is LotState.exercising:
            return preemption.advance(terms, head, moment)
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
        after, ended = self._open(terms, head, book, verdict.at, moment)
        due_at = None if after.is_over else after.cycle_ends_at
        return resting(after, due_at, *changes, *ended)

    def _open(
        self, terms: Terms, head: Head, book: Book, at: datetime, moment: Moment
    ) -> tuple[Head, list[Change]]:
        """Open the bids: only the winning amount becomes a price, and only if it has effect."""
        opened = Change(Step.unsealed, at, {"count": len(book.sealed)})
        if not book.sealed:
            after, end = closed(head, at, LotOutcome.unsold, Ending.no_bid)
            return after, [opened, end]
        valid = [one for one in book.sealed if reserve_met(terms, book, one.amount_minor)]
        if not valid:
            after, end = closed(head, at, LotOutcome.unsold, Ending.below_reserve)
            return after, [opened, end]
        best = self.pick(terms, book, valid)
        led = replace(head, price_minor=best.amount_minor, leader=best.code)
        after, ended = preemption.settle_price(terms, led, book, at, moment, self.ending)
        return after, [opened, *ended]
