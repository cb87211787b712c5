"""Entries, made alike by every mode."""

from __future__ import annotations

from app.auctions.engine.proxies import AutoBid
from app.auctions.engine.types import (
    Act,
    Answer,
    Change,
    Entry,
    Head,
    LotState,
    Origin,
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
    """A refusal: a row, and nothing else."""
    amount = submission.amount_minor
    return Answer((entry_of(submission, head, state, amount_minor=amount, reason=reason),), head)


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


def answered(submission: Submission, head: Head, *changes: Change, amount: int | None) -> Answer:
    """An acceptance that moves the head and calls for nothing further."""
    return Answer(
        (entry_of(submission, head, head.state, amount_minor=amount),), head, tuple(changes)
    )
