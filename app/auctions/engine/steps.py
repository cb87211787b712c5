"""How heads move: opening, extending, closing, and what staff may do to any lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.auctions.engine.schedule import limited_starts_at
from app.auctions.engine.types import (
    Advance,
    Book,
    Change,
    Ending,
    Gap,
    Head,
    LotOutcome,
    LotState,
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
    facts = {"outcome": outcome.value, "ending": ending.value}
    if outcome is LotOutcome.won:
        facts |= {"price_minor": head.price_minor, "leader": head.leader}  # type: ignore[dict-item]
    return after, Change(Step.closed, at, facts)


def suspended(head: Head, state: LotState, now: datetime, **facts: object) -> tuple[Head, Change]:
    """Stop a lot that stands in ``state`` by the clock (中止)."""
    after = replace(head, state=LotState.suspended, suspended_from=state, suspended_at=now)
    return after, Change(Step.suspended, now, facts)


def suspended_for(head: Head, state: LotState, gap: Gap, now: datetime) -> tuple[Head, Change]:
    """Stop a lot whose span overlapped a gap in service."""
    ended = gap.ended_at.isoformat() if gap.ended_at else None
    return suspended(
        head,
        state,
        now,
        reason="service_outage",
        gap_started_at=gap.started_at.isoformat(),
        gap_ended_at=ended,
    )


def resumed(terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
    """Go on (恢复). A running cycle starts again in full (DOMAIN 2.11), a longer turn keeps what
    was left of it; what had not begun is put off by as long as the suspension lasted."""
    assert head.suspended_from is not None
    assert head.suspended_at is not None
    away = now - head.suspended_at
    after = replace(head, state=head.suspended_from, suspended_from=None, suspended_at=None)
    if head.suspended_at < head.cycle_starts_at:
        after = replace(
            after,
            shift=head.shift + away,
            cycle_starts_at=head.cycle_starts_at + away,
            cycle_ends_at=head.cycle_ends_at + away,
        )
    else:
        span = head.cycle_ends_at - head.cycle_starts_at
        left = head.cycle_ends_at - head.suspended_at
        after = replace(
            after,
            cycle_starts_at=now,
            cycle_ends_at=now + max(left, min(span, terms.window)),
        )
    return after, Change(Step.resumed, now, {"cycle_ends_at": after.cycle_ends_at.isoformat()})


def terminated(head: Head, now: datetime) -> tuple[Head, Change]:
    """End a lot before its end (终止); whoever led has not won."""
    after = replace(
        head, state=LotState.closed, outcome=LotOutcome.terminated, ending=None, closed_at=now
    )
    return after, Change(Step.terminated, now)


def failed(head: Head, now: datetime) -> tuple[Head, Change]:
    """The winner of a closed lot defaulted (未能成交)."""
    return replace(head, outcome=LotOutcome.failed), Change(Step.failed, now)


def annulled(head: Head, now: datetime) -> tuple[Head, Change]:
    """The result of a closed lot was voided (撤销; L-网拍31)."""
    return replace(head, outcome=LotOutcome.annulled), Change(Step.annulled, now)


def reserve_met(terms: Terms, book: Book, price_minor: int | None) -> bool:
    """Whether a price has effect: a top bid below the reserve has none (L-拍卖50)."""
    reserve = book.reserve_minor if book.reserve_minor is not None else terms.open_reserve_minor
    return price_minor is not None and (reserve is None or price_minor >= reserve)


def resting(head: Head, due_at: datetime | None, *changes: Change) -> Advance:
    """Nothing more to do by this instant."""
    return Advance(head, tuple(changes), due_at)
