"""Open bidding upwards: free period, limited cycles, stored maxima, holders who match.

Semantics: DOMAIN 2.3, 2.5, 2.6, 2.10. The modes that share it differ in how one gets in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.auctions.engine import parameters, preemption
from app.auctions.engine.answering import answered, automatic, entry_of, refused
from app.auctions.engine.grid import next_above
from app.auctions.engine.lawful import find_refusal
from app.auctions.engine.proxies import settle
from app.auctions.engine.registered import find_empty_end
from app.auctions.engine.schedule import (
    HELD,
    Close,
    Suspend,
    before_opening,
    decide_end,
    free_ends_at,
    joins_from,
    limited_starts_at,
    opens_at,
)
from app.auctions.engine.staff import suspended_for
from app.auctions.engine.standing import Standing
from app.auctions.engine.steps import (
    begin_before,
    closed,
    extended,
    reserve_met,
    reserve_of,
    resting,
)
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
    Book,
    Change,
    Ending,
    Entry,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Preference,
    Proxy,
    Step,
    Submission,
    Terms,
)
from app.core.errors import FieldError

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
# A maximum that is just being stored is younger than every number given before.
_NEWEST = 2**62


class Ascending(Standing):
    """What DYNAMIC, MULTI and AUCTION have in common."""

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
            return preemption.answer(terms, head, submission, now)
        reason = find_refusal(terms, head, state, book, submission, now)
        if reason is not None:
            return refused(submission, head, state, reason)
        head = replace(head, state=state)
        if submission.act is Act.confirm:
            return answered(submission, head, amount=None)
        if submission.act is Act.waive:
            waived = (*head.waived, submission.place.code)
            return answered(submission, replace(head, waived=waived), amount=None)
        if submission.act is Act.store:
            return _store(terms, head, book, submission, now)
        return _take_lead(terms, head, book, submission, now)

    # ---- the clock ----------------------------------------------------------------------------

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        if head.state is LotState.exercising:
            return preemption.advance(terms, head, moment)
        if head.state in HELD:
            return resting(head, None)
        changes: list[Change] = []
        state = self.phase(terms, head, moment.now)
        for passed in _IN_ORDER[_IN_ORDER.index(head.state) + 1 : _IN_ORDER.index(state) + 1]:
            step = _enter(terms, head, book, passed)
            if step is None:
                continue
            head, change = step
            changes.append(change)
            if head.is_over:
                return resting(head, None, *changes)
        if state is LotState.limited:
            return _end_cycle(terms, head, book, moment, changes)
        return resting(head, _next_turn(terms, head), *changes)


def _take_lead(
    terms: Terms, head: Head, book: Book, submission: Submission, now: datetime
) -> Answer:
    """A bid or a match that was not refused, and what stored maxima answer to it."""
    matched, place = submission.act is Act.match, submission.place
    amount = head.price_minor if matched else submission.amount_minor
    after = replace(
        head,
        price_minor=amount,
        leader=place.code,
        leader_rank=by_right(terms, head, place.code, place.rank),
    )
    if head.state is LotState.limited:
        after = extended(terms, after, now)
    own = entry_of(submission, after, after.state, amount_minor=amount)
    after, automatics = _settle(terms, after, book, book.proxies, by_hand=not matched)
    return Answer((own, *automatics), after)


def _store(terms: Terms, head: Head, book: Book, submission: Submission, now: datetime) -> Answer:
    """A stored maximum: no price of its own, but what follows from it moves the clock once."""
    own, place = entry_of(submission, head, head.state, amount_minor=None), submission.place
    proxies = [proxy for proxy in book.proxies if proxy.code != place.code]
    if submission.amount_minor is not None:
        proxies.append(Proxy(place.code, submission.amount_minor, _NEWEST, place.rank))
    after, automatics = _settle(terms, head, book, proxies)
    if automatics and head.state is LotState.limited:
        after = extended(terms, after, now)
        automatics = [replace(one, ends_at=after.cycle_ends_at) for one in automatics]
    return Answer((own, *automatics), after)


def by_right(terms: Terms, head: Head, code: str, rank: int | None) -> int | None:
    """The rank under which a holder leads where prices are matched: of equal prices the senior's
    stands (L-网拍21), whether it was bid or matched. Who has waived bids like anybody."""
    matching = terms.preference is Preference.match and code not in head.waived
    return rank if matching else None


def _settle(
    terms: Terms, head: Head, book: Book, proxies: Sequence[Proxy], *, by_hand: bool = False
) -> tuple[Head, list[Entry]]:
    """Let stored maxima answer, to the fixed point."""
    if not terms.proxies:
        return head, []
    bids = settle(
        terms,
        price_minor=head.price_minor,
        leader=head.leader,
        proxies=proxies,
        reserve_minor=reserve_of(terms, book),
        by_hand=by_hand,
    )
    entries = []
    for bid in bids:
        head = replace(
            head,
            price_minor=bid.amount_minor,
            leader=bid.code,
            leader_rank=by_right(terms, head, bid.code, bid.rank),
        )
        entries.append(automatic(head, bid))
    return head, entries


def _enter(terms: Terms, head: Head, book: Book, state: LotState) -> tuple[Head, Change] | None:
    """Pass into a phase at its scheduled instant; None for one that this lot does not have."""
    at = _starts(terms, head, state)
    if at is None:
        return None
    if state is _after_registration(terms):
        end = find_empty_end(terms, book)
        if end is not None:
            return closed(head, at, LotOutcome.unsold, end)
    after = replace(head, state=state)
    if state is LotState.limited:
        after = replace(after, limited_starts_at=at)
    return after, Change(_STEP_TO[state], at)


def _after_registration(terms: Terms) -> LotState | None:
    """The first phase in which nobody can join any more, None where one can to the end."""
    if terms.join_until_end:
        return None
    if terms.registration_ends_at is not None:
        return LotState.free
    return LotState.confirming if terms.confirm_s else LotState.limited


def _starts(terms: Terms, head: Head, state: LotState) -> datetime | None:
    if state is LotState.registering:
        return joins_from(terms, head)
    if state is LotState.free:
        return opens_at(terms, head)
    if state is LotState.confirming:
        return free_ends_at(terms, head) if terms.confirm_s else None
    return limited_starts_at(terms, head)


def _next_turn(terms: Terms, head: Head) -> datetime:
    later = _IN_ORDER[_IN_ORDER.index(head.state) + 1 :]
    return next(at for state in later if (at := _starts(terms, head, state)) is not None)


def _end_cycle(
    terms: Terms, head: Head, book: Book, moment: Moment, changes: Sequence[Change]
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
