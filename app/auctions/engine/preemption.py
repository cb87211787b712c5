"""Pre-emption after the price is found (场外行权; P-沪优 5(一), C-交易B): the holders' turn, and
where the lot says so the highest bidder's turn to raise, until one of them stops.

Silence is a waiver (DOMAIN 2.6). Of several holders the senior comes first, of one rank the
earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.schedule import Close, Suspend, decide_end
from app.auctions.engine.steps import closed, resting, suspended_for
from app.auctions.engine.types import (
    Act,
    Advance,
    Book,
    Change,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Place,
    Preference,
    Reason,
    Step,
    Submission,
    Terms,
)

AFTERWARDS = frozenset({Preference.post, Preference.post_with_raise})


def holders_of(book: Book) -> list[Place]:
    """The admitted holders, the most senior first."""
    return sorted(
        (place for place in book.places if place.rank is not None),
        key=lambda place: (place.rank or 0, place.code),
    )


def settle_price(
    terms: Terms, head: Head, book: Book, at: datetime, moment: Moment, ending: Ending
) -> tuple[Head, list[Change]]:
    """A valid price was found at ``at``: the holders' turn where they have one, else it is won.

    Where they could take part while it was being bid, who has not taken the price let it go.
    """
    asked = terms.preference in AFTERWARDS and holders_of(book)
    if not asked or moment.exercise_ends_at is None:
        head, waivers = _waive_silent(head, book, at)
        after, end = closed(head, at, LotOutcome.won, ending)
        return after, [*waivers, end]
    after = replace(
        head,
        state=LotState.exercising,
        ending=ending,
        cycle_starts_at=at,
        cycle_ends_at=max(moment.exercise_ends_at, at + terms.window),
    )
    facts = {"price_minor": head.price_minor, "ends_at": after.cycle_ends_at.isoformat()}
    return after, [Change(Step.exercising, at, facts)]


def find_refusal(terms: Terms, head: Head, submission: Submission, now: datetime) -> Reason | None:
    """Why something sent in during the exercising is refused, or None."""
    act = submission.act
    if act not in (Act.exercise, Act.waive, Act.raise_):
        return Reason.exercising
    if now >= head.cycle_ends_at:
        return Reason.late
    if act is Act.raise_:
        return _find_raise_refusal(terms, head, submission)
    return _find_holder_refusal(head, submission)


def _find_holder_refusal(head: Head, submission: Submission) -> Reason | None:
    place = submission.place
    if place.rank is None:
        return Reason.not_a_holder
    if head.bidders_turn:
        return Reason.not_your_turn
    if place.code in head.exercised + head.waived:
        return Reason.already_answered
    return None


def _find_raise_refusal(terms: Terms, head: Head, submission: Submission) -> Reason | None:
    if not head.bidders_turn or submission.place.code != head.rival:
        return Reason.not_your_turn
    amount = submission.amount_minor or 0
    if amount < next_above(terms, head.price_minor):
        return Reason.not_above_price
    return None if is_on(terms, amount) else Reason.off_grid


def respond(terms: Terms, head: Head, submission: Submission, now: datetime) -> Head:
    """The head after a response that was not refused."""
    place = submission.place
    if submission.act is Act.waive:
        return replace(head, waived=(*head.waived, place.code))
    if submission.act is Act.raise_:
        return replace(
            head,
            price_minor=submission.amount_minor,
            leader=place.code,
            leader_rank=None,
            rival=None,
            bidders_turn=False,
            exercised=(),
            cycle_starts_at=now,
            cycle_ends_at=now + timedelta(seconds=terms.raise_s),
        )
    after = replace(head, exercised=(*head.exercised, place.code))
    senior = head.leader_rank is None or (place.rank or 0) < head.leader_rank
    if not senior:
        return after
    return replace(
        after,
        leader=place.code,
        leader_rank=place.rank,
        rival=head.leader if head.leader_rank is None else head.rival,
    )


def advance(terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
    """What the clock asks of a lot whose holders are asked."""
    waiting = [] if head.bidders_turn else _list_silent(head, holders_of(book))
    answered = not head.bidders_turn and not waiting
    if not answered:
        last = max(head.cycle_starts_at, head.cycle_ends_at - terms.window)
        verdict = decide_end(last, head.cycle_ends_at, moment)
        if isinstance(verdict, Suspend):
            after, change = suspended_for(head, head.state, verdict.gap, moment.now)
            return resting(after, None, change)
        if not isinstance(verdict, Close):
            return resting(head, verdict.until)
    at = moment.now if answered else head.cycle_ends_at
    return _end_turn(terms, head, book, at)


def _list_silent(head: Head, holders: Sequence[Place]) -> list[Place]:
    answered = (*head.exercised, *head.waived, head.leader)
    return [place for place in holders if place.code not in answered]


def _waive_silent(head: Head, book: Book, at: datetime) -> tuple[Head, list[Change]]:
    """Write down who of the holders kept silent: that is a waiver."""
    silent = _list_silent(head, holders_of(book))
    changes = [Change(Step.waived, at, {"code": one.code, "silent": True}) for one in silent]
    return replace(head, waived=(*head.waived, *(one.code for one in silent))), changes


def _end_turn(terms: Terms, head: Head, book: Book, at: datetime) -> Advance:
    head, changes = (head, []) if head.bidders_turn else _waive_silent(head, book, at)
    taken = head.leader_rank is not None
    if taken and terms.preference is Preference.post_with_raise and not head.bidders_turn:
        ends_at = at + timedelta(seconds=terms.raise_s)
        after = replace(head, bidders_turn=True, cycle_starts_at=at, cycle_ends_at=ends_at)
        turned = Change(Step.turned, at, {"to": head.rival, "ends_at": ends_at.isoformat()})
        return resting(after, ends_at, *changes, turned)
    ending = Ending.preempted if taken else (head.ending or Ending.highest_bid)
    after, end = closed(head, at, LotOutcome.won, ending)
    return resting(after, None, *changes, end)
