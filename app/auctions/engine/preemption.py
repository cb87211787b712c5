"""Pre-emption after the price is found (场外行权; P-沪优 5(一), C-交易B): the holders' turn, and
where the lot says so the highest bidder's turn to raise, until one of them stops.

Silence is a waiver (DOMAIN 2.6). Of several holders the senior comes first, of one rank the
earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.auctions.engine.answering import answered, refused
from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.schedule import Close, Suspend, decide_end
from app.auctions.engine.staff import suspended_for
from app.auctions.engine.steps import closed, resting
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
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
ACTS = frozenset({Act.exercise, Act.waive, Act.raise_})


def settle_price(
    terms: Terms, head: Head, book: Book, at: datetime, moment: Moment, ending: Ending
) -> tuple[Head, list[Change]]:
    """A valid price was found at ``at``: the holders' turn where they have one, else it is won.

    Where they could take part while it was being bid, who has not taken the price let it go.
    Raises ValueError when holders have to be asked and ``moment`` does not say until when.
    """
    if terms.preference not in AFTERWARDS:
        head, waivers = waive_silent(head, list_passed_by(head, book), at)
        after, end = closed(head, at, LotOutcome.won, ending)
        return after, [*waivers, end]
    asked = _list_asked(head, book)
    if not asked:
        after, end = closed(head, at, LotOutcome.won, ending)
        return after, [end]
    if moment.exercise_ends_at is None:
        raise ValueError("the holders' turn needs an end")
    after = replace(
        head,
        state=LotState.exercising,
        ending=ending,
        asked=tuple(place.code for place in asked),
        cycle_starts_at=at,
        cycle_ends_at=max(moment.exercise_ends_at, at + terms.window),
    )
    facts = {
        "price_minor": head.price_minor,
        "leader": head.leader,
        "asked": list(after.asked),
        "ends_at": after.cycle_ends_at.isoformat(),
    }
    return after, [Change(Step.exercising, at, facts)]


def waive_silent(head: Head, silent: Iterable[str], at: datetime) -> tuple[Head, list[Change]]:
    """Write down who of the holders kept silent: that is a waiver."""
    codes = tuple(silent)
    changes = [Change(Step.waived, at, {"code": code, "silent": True}) for code in codes]
    return replace(head, waived=(*head.waived, *codes)), changes


def _list_holders(book: Book) -> list[tuple[int, Place]]:
    """The admitted holders with their ranks, the most senior first."""
    holders = [(place.rank, place) for place in book.places if place.rank is not None]
    return sorted(holders, key=lambda one: (one[0], one[1].code))


def _list_asked(head: Head, book: Book) -> list[Place]:
    """Whom the price is put to: where a holder bid it himself, those who are senior to him."""
    holders = _list_holders(book)
    own = next((rank for rank, place in holders if place.code == head.leader), None)
    return [
        place
        for rank, place in holders
        if place.code != head.leader and (own is None or rank < own)
    ]


def list_passed_by(head: Head, book: Book) -> list[str]:
    """Holders who could still have taken the price by right and have not said anything."""
    return [
        place.code
        for rank, place in _list_holders(book)
        if place.code not in (head.leader, *head.waived)
        and (head.leader_rank is None or rank < head.leader_rank)
    ]


# ---- answers ------------------------------------------------------------------------------------


def answer(terms: Terms, head: Head, submission: Submission, now: datetime) -> Answer:
    """Answer whatever is sent in while holders are asked; the last answer of a turn ends it."""
    reason = _find_refusal(terms, head, submission, now)
    if reason is not None:
        return refused(submission, head, head.state, reason)
    after, amount = _respond(terms, head, submission, now)
    then = None
    if submission.act is not Act.raise_ and (head.bidders_turn or not _list_silent(after)):
        then = _end_turn(terms, after, now)
    return answered(submission, after, amount=amount, then=then)


def _find_refusal(terms: Terms, head: Head, submission: Submission, now: datetime) -> Reason | None:
    act = submission.act
    if act not in ACTS:
        return Reason.exercising
    if now >= head.cycle_ends_at:
        return Reason.late
    if head.bidders_turn:
        return _find_rival_refusal(terms, head, submission)
    return Reason.not_your_turn if act is Act.raise_ else _find_holder_refusal(head, submission)


def _find_holder_refusal(head: Head, submission: Submission) -> Reason | None:
    place = submission.place
    if place.code not in head.asked:
        return Reason.not_a_holder if place.rank is None else Reason.not_senior
    if place.code in head.exercised + head.waived:
        return Reason.already_answered
    return find_moved(head, submission) if submission.act is Act.exercise else None


def _find_rival_refusal(terms: Terms, head: Head, submission: Submission) -> Reason | None:
    """The highest bidder raises on the grid, or lets it go."""
    if submission.place.code != head.rival or submission.act is Act.exercise:
        return Reason.not_your_turn
    if submission.act is Act.waive:
        return None
    amount = submission.amount_minor or 0
    if amount < next_above(terms, head.price_minor):
        return Reason.not_above_price
    return None if is_on(terms, amount) else Reason.off_grid


def find_moved(head: Head, submission: Submission) -> Reason | None:
    """Whether the price is another by now than the one that its taker saw."""
    seen = submission.amount_minor
    return Reason.price_moved if seen is not None and seen != head.price_minor else None


def _respond(
    terms: Terms, head: Head, submission: Submission, now: datetime
) -> tuple[Head, int | None]:
    """The head after a response that was not refused, and the amount it stands for."""
    place = submission.place
    if submission.act is Act.raise_:
        return _raise(terms, head, submission, now), submission.amount_minor
    if submission.act is Act.waive:
        if head.bidders_turn:
            return head, None
        return replace(head, waived=(*head.waived, place.code)), None
    after = replace(head, exercised=(*head.exercised, place.code))
    if head.leader_rank is None or (place.rank or 0) < head.leader_rank:
        rival = head.leader if head.leader_rank is None else head.rival
        after = replace(after, leader=place.code, leader_rank=place.rank, rival=rival)
    return after, head.price_minor


def _raise(terms: Terms, head: Head, submission: Submission, now: datetime) -> Head:
    """The highest bidder leads again, and who has not waived is asked anew."""
    return replace(
        head,
        price_minor=submission.amount_minor,
        leader=submission.place.code,
        leader_rank=None,
        rival=None,
        bidders_turn=False,
        exercised=(),
        cycle_starts_at=now,
        cycle_ends_at=now + timedelta(seconds=terms.raise_s),
    )


# ---- the clock ----------------------------------------------------------------------------------


def advance(terms: Terms, head: Head, moment: Moment) -> Advance:
    """What the clock asks of a lot whose holders are asked."""
    last = max(head.cycle_starts_at, head.cycle_ends_at - terms.window)
    verdict = decide_end(last, head.cycle_ends_at, moment)
    if isinstance(verdict, Suspend):
        after, change = suspended_for(head, head.state, verdict.gap, moment.now)
        return resting(after, None, change)
    if not isinstance(verdict, Close):
        return resting(head, verdict.until)
    after, changes = _end_turn(terms, head, verdict.at)
    return resting(after, None if after.is_over else after.cycle_ends_at, *changes)


def _list_silent(head: Head) -> Sequence[str]:
    return [code for code in head.asked if code not in head.exercised + head.waived]


def _end_turn(terms: Terms, head: Head, at: datetime) -> tuple[Head, list[Change]]:
    changes: list[Change] = []
    if not head.bidders_turn:
        head, changes = waive_silent(head, _list_silent(head), at)
    taken = head.leader_rank is not None
    if taken and terms.preference is Preference.post_with_raise and not head.bidders_turn:
        ends_at = at + timedelta(seconds=terms.raise_s)
        after = replace(head, bidders_turn=True, cycle_starts_at=at, cycle_ends_at=ends_at)
        turned = Change(Step.turned, at, {"to": head.rival, "ends_at": ends_at.isoformat()})
        return after, [*changes, turned]
    ending = Ending.preempted if taken else (head.ending or Ending.highest_bid)
    after, end = closed(head, at, LotOutcome.won, ending)
    return after, [*changes, end]
