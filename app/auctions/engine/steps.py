"""How heads move by the clock and by bids: opening, extending, closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.auctions.engine.schedule import limited_starts_at
from app.auctions.engine.types import (
    Advance,
    Book,
    Change,
    Ending,
    Head,
    LotOutcome,
    LotState,
    ReserveKind,
    Step,
    Terms,
)


def begin_before(terms: Terms, cycle_starts_at: datetime, cycle_ends_at: datetime) -> Head:
    """The head of a lot just published, with its first cycle to come."""
    waiting = terms.registration_ends_at is not None and terms.registration_starts_at is None
    state = LotState.registering if waiting else LotState.announced
    return Head(state, cycle_starts_at, cycle_ends_at)


def extended(terms: Terms, head: Head, now: datetime) -> Head:
    """The limited cycle after a valid bid (DOMAIN 2.5): reset in full, or added to; never capped
    below what stood before."""
    rule = terms.extension
    starts_at, ends_at = now, now + terms.window
    if rule.adds_s is not None:
        late = head.cycle_ends_at - now < timedelta(seconds=rule.threshold_s)
        adds = timedelta(seconds=rule.adds_s if late else 0)
        starts_at, ends_at = head.cycle_starts_at, head.cycle_ends_at + adds
    if rule.cap_s is not None:
        cap = (head.limited_starts_at or limited_starts_at(terms, head)) + timedelta(
            seconds=rule.cap_s
        )
        ends_at = max(head.cycle_ends_at, min(ends_at, cap))
    return replace(head, cycle_starts_at=starts_at, cycle_ends_at=ends_at)


def closed(head: Head, at: datetime, outcome: LotOutcome, ending: Ending) -> tuple[Head, Change]:
    """The end of a lot; an unsold one keeps price and leader, which nobody is told as a result."""
    after = replace(
        head,
        state=LotState.closed,
        outcome=outcome,
        ending=ending,
        closed_at=at,
        bidders_turn=False,
    )
    facts: dict[str, object] = {"outcome": outcome.value, "ending": ending.value}
    if outcome is LotOutcome.won:
        facts |= {"price_minor": head.price_minor, "leader": head.leader}
    return after, Change(Step.closed, at, facts)


def reserve_of(terms: Terms, book: Book) -> int | None:
    """The reserve in 分, open or hidden. Raises ValueError for a hidden one that was not opened."""
    if terms.reserve_kind is ReserveKind.hidden:
        if book.reserve_minor is None:
            raise ValueError("this decision needs the hidden reserve")
        return book.reserve_minor
    return terms.open_reserve_minor


def reserve_met(terms: Terms, book: Book, price_minor: int) -> bool:
    """Whether a price has effect: a top bid below the reserve has none (L-拍卖50)."""
    reserve = reserve_of(terms, book)
    return reserve is None or price_minor >= reserve


def resting(head: Head, due_at: datetime | None, *changes: Change) -> Advance:
    """Nothing more to do by this instant."""
    return Advance(head, tuple(changes), due_at)
