"""Open bidding upwards: free period, limited cycles, stored maxima, holders who match.

Semantics: DOMAIN 2.3, 2.5, 2.6, 2.10. The modes that share it differ in how one gets in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from app.auctions.engine import parameters, preemption
from app.auctions.engine.answering import answered, automatic, entry_of, refused
from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.proxies import settle
from app.auctions.engine.schedule import (
    HELD,
    OPEN,
    Close,
    Suspend,
    before_opening,
    decide_end,
    free_ends_at,
    limited_starts_at,
    opens_at,
)
from app.auctions.engine.steps import (
    begin_before,
    closed,
    extended,
    reserve_met,
    resting,
    suspended_for,
)
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
    BidMode,
    Book,
    Change,
    Ending,
    Entry,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Place,
    Preference,
    Proxy,
    Reason,
    SingleBidder,
    Step,
    Submission,
    Terms,
)
from app.core.errors import FieldError

_SHUT = {
    LotState.draft: Reason.not_started,
    LotState.announced: Reason.not_started,
    LotState.registering: Reason.not_started,
    LotState.confirming: Reason.confirming,
    LotState.suspended: Reason.suspended,
    LotState.closed: Reason.closed,
}
_STEP_TO = {
    LotState.registering: Step.registering,
    LotState.free: Step.opened,
    LotState.confirming: Step.confirming,
    LotState.limited: Step.limited,
}
_IN_ORDER = (
    LotState.announced,
    LotState.registering,
    LotState.free,
    LotState.confirming,
    LotState.limited,
)


class Ascending:
    """What DYNAMIC, MULTI and AUCTION have in common."""

    mode: ClassVar[BidMode]

    def check(self, terms: Terms) -> list[FieldError]:
        """Contradictions of an open bidding."""
        return [
            *parameters.check_grid(terms),
            *parameters.check_reserve(terms),
            *parameters.check_limited(terms),
            *parameters.check_preference(terms, matching=True),
            *parameters.check_no_weights(terms),
            *parameters.check_no_ladder(terms),
        ]

    def begin(self, terms: Terms) -> Head:
        starts_at = terms.free_ends_at + timedelta(seconds=terms.confirm_s)
        return begin_before(terms, starts_at, starts_at + terms.window)

    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        """A limited cycle that has run out stays ``limited`` until it is closed or suspended."""
        if head.state in HELD:
            return head.state
        if (waiting := before_opening(terms, head, now)) is not None:
            return waiting
        if now < free_ends_at(terms, head):
            return LotState.free
        return LotState.confirming if now < limited_starts_at(terms, head) else LotState.limited

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        state = self.phase(terms, head, now)
        if state is LotState.exercising and not head.bidders_turn:
            return None
        return None if state is LotState.closed else next_above(terms, head.price_minor)

    # ---- submissions --------------------------------------------------------------------------

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        now = moment.now
        state = self.phase(terms, head, now)
        if state is LotState.exercising:
            return self._exercise(terms, head, submission, now)
        reason = self._find_refusal(terms, head, book, submission, now)
        if reason is not None:
            return refused(submission, head, state, reason)
        head = replace(head, state=state)
        if submission.act is Act.confirm:
            return answered(submission, head, amount=None)
        if submission.act is Act.store:
            return self._store(terms, head, book, submission, now)
        return self._take_lead(terms, head, book, submission, now)

    def _exercise(self, terms: Terms, head: Head, submission: Submission, now: datetime) -> Answer:
        reason = preemption.find_refusal(terms, head, submission, now)
        if reason is not None:
            return refused(submission, head, head.state, reason)
        after = preemption.respond(terms, head, submission, now)
        return answered(submission, after, amount=submission.amount_minor)

    def _find_refusal(
        self, terms: Terms, head: Head, book: Book, submission: Submission, now: datetime
    ) -> Reason | None:
        """Time comes before right, right before amount: a late bid learns that it is late."""
        state, act = self.phase(terms, head, now), submission.act
        if act is Act.confirm:
            return _find_confirm_refusal(terms, state)
        if act not in _FIND_REFUSAL:
            return Reason.not_this_mode
        reason = _SHUT.get(state)
        if state is LotState.limited:
            reason = _find_limited_refusal(terms, head, submission.place, now)
        return reason or _FIND_REFUSAL[act](terms, head, book, submission)

    def _take_lead(
        self, terms: Terms, head: Head, book: Book, submission: Submission, now: datetime
    ) -> Answer:
        """A bid or a match that was not refused, and what stored maxima answer to it."""
        matched = submission.act is Act.match
        amount = head.price_minor if matched else submission.amount_minor
        after = replace(
            head,
            price_minor=amount,
            leader=submission.place.code,
            leader_rank=submission.place.rank if matched else None,
        )
        if head.state is LotState.limited:
            after = extended(terms, after, now)
        own = entry_of(submission, after, after.state, amount_minor=amount)
        after, automatics = _settle(terms, after, book, book.proxies, matched=matched)
        return Answer((own, *automatics), after)

    def _store(
        self, terms: Terms, head: Head, book: Book, submission: Submission, now: datetime
    ) -> Answer:
        """A stored maximum: no price of its own, but what follows from it moves the clock once."""
        own = entry_of(submission, head, head.state, amount_minor=None)
        others = [proxy for proxy in book.proxies if proxy.code != submission.place.code]
        if submission.amount_minor is not None:
            others.append(Proxy(submission.place.code, submission.amount_minor, _NEWEST))
        after, automatics = _settle(terms, head, book, others)
        if automatics and head.state is LotState.limited:
            after = extended(terms, after, now)
            automatics = [replace(one, ends_at=after.cycle_ends_at) for one in automatics]
        return Answer((own, *automatics), after)

    # ---- the clock ----------------------------------------------------------------------------

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        if head.state is LotState.exercising:
            return preemption.advance(terms, head, book, moment)
        if head.state in HELD:
            return resting(head, None)
        changes: list[Change] = []
        state = self.phase(terms, head, moment.now)
        for passed in _IN_ORDER[_IN_ORDER.index(head.state) + 1 : _IN_ORDER.index(state) + 1]:
            step = self._enter(terms, head, book, passed)
            if step is None:
                continue
            head, change = step
            changes.append(change)
            if head.is_over:
                return resting(head, None, *changes)
        if state is LotState.limited:
            return self._end_cycle(terms, head, book, moment, changes)
        return resting(head, self._next_turn(terms, head), *changes)

    def _enter(
        self, terms: Terms, head: Head, book: Book, state: LotState
    ) -> tuple[Head, Change] | None:
        """Pass into a phase at its scheduled instant; None for one that this lot does not have."""
        at = self._starts(terms, head, state)
        if at is None:
            return None
        if state is LotState.free and terms.registration_ends_at is not None:
            end = find_empty_end(terms, book)
            if end is not None:
                return closed(head, at, LotOutcome.unsold, end)
        after = replace(head, state=state)
        if state is LotState.limited:
            after = replace(after, limited_starts_at=at)
        return after, Change(_STEP_TO[state], at)

    @staticmethod
    def _starts(terms: Terms, head: Head, state: LotState) -> datetime | None:
        if state is LotState.registering:
            starts = terms.registration_starts_at
            return None if starts is None else starts + head.shift
        if state is LotState.free:
            return opens_at(terms, head)
        if state is LotState.confirming:
            return free_ends_at(terms, head) if terms.confirm_s else None
        return limited_starts_at(terms, head)

    def _next_turn(self, terms: Terms, head: Head) -> datetime:
        later = _IN_ORDER[_IN_ORDER.index(head.state) + 1 :]
        return next(at for state in later if (at := self._starts(terms, head, state)) is not None)

    def _end_cycle(
        self, terms: Terms, head: Head, book: Book, moment: Moment, changes: list[Change]
    ) -> Advance:
        verdict = decide_end(head.cycle_starts_at, head.cycle_ends_at, moment)
        if isinstance(verdict, Suspend):
            after, change = suspended_for(head, head.state, verdict.gap, moment.now)
            return resting(after, None, *changes, change)
        if not isinstance(verdict, Close):
            return resting(head, verdict.until, *changes)
        if head.price_minor is None:
            after, change = closed(head, verdict.at, LotOutcome.unsold, Ending.no_bid)
            return resting(after, None, *changes, change)
        if not reserve_met(terms, book, head.price_minor):
            after, change = closed(head, verdict.at, LotOutcome.unsold, Ending.below_reserve)
            return resting(after, None, *changes, change)
        ending = Ending.highest_bid if head.leader_rank is None else Ending.preempted
        after, ended = preemption.settle_price(terms, head, book, verdict.at, moment, ending)
        due_at = None if after.is_over else after.cycle_ends_at
        return resting(after, due_at, *changes, *ended)


# A maximum that is just being stored is younger than every number given before.
_NEWEST = 2**62


def _settle(
    terms: Terms,
    head: Head,
    book: Book,
    proxies: list[Proxy] | tuple[Proxy, ...],
    *,
    matched: bool = False,
) -> tuple[Head, list[Entry]]:
    """Let stored maxima answer, to the fixed point."""
    if not terms.proxies:
        return head, []
    bids = settle(
        terms,
        price_minor=head.price_minor,
        leader=head.leader,
        led_since=_NEWEST - 1,
        proxies=proxies,
        reserve_minor=book.reserve_minor,
        matched=matched,
    )
    entries = []
    for bid in bids:
        head = replace(head, price_minor=bid.amount_minor, leader=bid.code, leader_rank=None)
        entries.append(automatic(head, bid))
    return head, entries


def find_amount_refusal(terms: Terms, head: Head, amount_minor: int) -> Reason | None:
    """Why an amount does not stand on the grid above the price, or None (P-惠)."""
    if amount_minor < next_above(terms, head.price_minor):
        return Reason.below_start if head.price_minor is None else Reason.not_above_price
    return None if is_on(terms, amount_minor) else Reason.off_grid


def find_empty_end(terms: Terms, book: Book) -> Ending | None:
    """Why a lot ends when registration is over, or None: too few were admitted (DOMAIN 3.1)."""
    if not book.places:
        return Ending.no_bidder
    alone = len(book.places) == 1 and terms.single_bidder is SingleBidder.agreement
    return Ending.single_bidder if alone else None


def _find_confirm_refusal(terms: Terms, state: LotState) -> Reason | None:
    if not terms.confirm_s:
        return Reason.not_this_mode
    if state is LotState.confirming:
        return None
    return Reason.late if state is LotState.limited else _SHUT.get(state, Reason.not_started)


def _find_limited_refusal(terms: Terms, head: Head, place: Place, now: datetime) -> Reason | None:
    if now >= head.cycle_ends_at:
        return Reason.late
    if terms.must_bid_in_free and not place.bid_in_free:
        return Reason.not_in_free
    return Reason.not_confirmed if terms.confirm_s and not place.confirmed else None


def _find_bid_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    del book
    if head.leader == submission.place.code and not terms.leader_may_raise:
        return Reason.already_leading
    return find_amount_refusal(terms, head, submission.amount_minor or 0)


def _find_match_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    """A holder may take the price from an ordinary bidder and from a junior holder (L-网拍21)."""
    del book
    place = submission.place
    if place.rank is None or terms.preference is not Preference.match:
        return Reason.not_a_holder
    if head.price_minor is None:
        return Reason.nothing_to_match
    if head.leader == place.code:
        return Reason.already_leading
    if head.leader_rank is not None and head.leader_rank <= place.rank:
        return Reason.not_senior
    return None


def _find_store_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    """A maximum stands on the grid; the leader's is not below the price, another's is above it."""
    if not terms.proxies:
        return Reason.no_proxies
    amount, code = submission.amount_minor, submission.place.code
    if amount is None:
        stored = any(proxy.code == code for proxy in book.proxies)
        return None if stored else Reason.nothing_stored
    if head.leader == code:
        if amount < (head.price_minor or 0):
            return Reason.below_price
        return None if is_on(terms, amount) else Reason.off_grid
    return find_amount_refusal(terms, head, amount)


_FIND_REFUSAL: Final[Mapping[Act, Callable[[Terms, Head, Book, Submission], Reason | None]]] = {
    Act.bid: _find_bid_refusal,
    Act.match: _find_match_refusal,
    Act.store: _find_store_refusal,
}

__all__ = ["OPEN", "Ascending", "find_amount_refusal", "find_empty_end"]
