"""Sales without a limited period: registration, then one span in which they may be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine.schedule import HELD, before_opening, joins_from, opens_at
from app.auctions.engine.steps import closed
from app.auctions.engine.types import (
    Book,
    Change,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Reason,
    SingleBidder,
    Step,
    Terms,
)


def phase_of_sale(terms: Terms, head: Head, now: datetime) -> LotState:
    """A span that has run out stays ``free`` until it is closed or suspended."""
    if head.state in HELD:
        return head.state
    return before_opening(terms, head, now) or LotState.free


def find_shut_reason(terms: Terms, head: Head, now: datetime) -> Reason | None:
    """Why nothing may be submitted now, or None."""
    state = phase_of_sale(terms, head, now)
    if state is LotState.suspended:
        return Reason.suspended
    if state is LotState.closed:
        return Reason.closed
    if state is not LotState.free:
        return Reason.not_started
    return Reason.late if now >= head.cycle_ends_at else None


def find_empty_end(terms: Terms, book: Book) -> Ending | None:
    """Why a lot ends when registration is over, or None: too few were admitted (DOMAIN 3.1).

    Nobody at all ends an open bidding that is joined while it runs by its first cycle, which always
    runs (P-钦).
    """
    if not book.places:
        return Ending.no_bidder if terms.registration_ends_at is not None else None
    alone = len(book.places) == 1 and terms.single_bidder is SingleBidder.agreement
    return Ending.single_bidder if alone else None


def enter_sale(terms: Terms, head: Head, book: Book, now: datetime) -> tuple[Head, list[Change]]:
    """The steps up to the opening; where too few were admitted, the end."""
    changes = []
    state = phase_of_sale(terms, head, now)
    starts = joins_from(terms, head)
    if head.state is LotState.announced and state is not LotState.announced and starts is not None:
        changes.append(Change(Step.registering, starts))
    if state is LotState.free and head.state is not LotState.free:
        at = opens_at(terms, head)
        end = find_empty_end(terms, book) if terms.registration_ends_at is not None else None
        if end is not None:
            head, change = closed(head, at, LotOutcome.unsold, end)
            return head, [*changes, change]
        changes.append(Change(Step.opened, at))
    return replace(head, state=state), changes


def next_turn(terms: Terms, head: Head) -> datetime:
    """When a lot that has not opened moves on."""
    starts = joins_from(terms, head)
    if head.state is LotState.announced and starts is not None:
        return starts
    return opens_at(terms, head)
