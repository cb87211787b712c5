"""Sales without a limited period: registration, then one span in which they may be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine.ascending import find_empty_end
from app.auctions.engine.schedule import HELD, before_opening, opens_at
from app.auctions.engine.steps import closed
from app.auctions.engine.types import (
    Book,
    Change,
    Head,
    LotOutcome,
    LotState,
    Reason,
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


def enter_sale(terms: Terms, head: Head, book: Book, now: datetime) -> tuple[Head, list[Change]]:
    """The steps up to the opening; where too few were admitted, the end."""
    changes = []
    state = phase_of_sale(terms, head, now)
    starts = terms.registration_starts_at
    if head.state is LotState.announced and state is not LotState.announced and starts is not None:
        changes.append(Change(Step.registering, starts + head.shift))
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
    starts = terms.registration_starts_at
    if head.state is LotState.announced and starts is not None:
        return starts + head.shift
    return opens_at(terms, head)
