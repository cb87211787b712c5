"""Entries, made alike by every mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.auctions.engine.proxies import AutoBid
from app.auctions.engine.types import (
    Act,
    Answer,
    Change,
    Entry,
    Head,
    LotState,
    Origin,
    Place,
    Reason,
    Submission,
)


def entry_of(
    submission: Submission,
    head: Head,
    state: LotState,
    *,
    amount_minor: int | None,
    reason: Reason | None = None,
) -> Entry:
    """The submitter's own entry; ``head`` is the one after it."""
    return Entry(
        act=submission.act,
        origin=Origin.manual,
        code=submission.place.code,
        amount_minor=amount_minor,
        reason=reason,
        note=None,
        state=state,
        price_minor=head.price_minor,
        leader=head.leader,
        ends_at=head.cycle_ends_at,
    )


def refused(submission: Submission, head: Head, state: LotState, reason: Reason) -> Answer:
    """A refusal: a row, and nothing else. Of what is sealed no entry holds the amount."""
    sealed = submission.act in (Act.store, Act.seal)
    amount = None if sealed else submission.amount_minor
    return Answer((entry_of(submission, head, state, amount_minor=amount, reason=reason),), head)


def answered(
    submission: Submission,
    head: Head,
    *,
    amount: int | None,
    then: tuple[Head, Sequence[Change]] | None = None,
) -> Answer:
    """An acceptance after which the lot stands at ``head``; ``then``: the steps that it brought."""
    own = entry_of(submission, head, head.state, amount_minor=amount)
    after, changes = then or (head, ())
    return Answer((own,), after, tuple(changes))


def automatic(head: Head, bid: AutoBid) -> Entry:
    """A bid that the market made for a stored maximum; ``head`` is the one after it."""
    return Entry(
        act=Act.bid,
        origin=Origin.proxy,
        code=bid.code,
        amount_minor=bid.amount_minor,
        reason=None,
        note=bid.note,
        state=head.state,
        price_minor=head.price_minor,
        leader=head.leader,
        ends_at=head.cycle_ends_at,
    )


def marked(place: Place, entry: Entry) -> Place:
    """The place after its own entry: who bid in the free period, who confirmed."""
    if not entry.accepted or entry.code != place.code:
        return place
    if entry.act is Act.confirm:
        return replace(place, confirmed=True)
    takes_part = entry.act in (Act.bid, Act.match, Act.store) and entry.state is LotState.free
    return replace(place, bid_in_free=True) if takes_part else place
