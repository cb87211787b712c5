"""What staff may do to any lot, and the clock where service failed: stop it, go on, end it.

Who may, and what must be stated, is decided where the room is entered; here is only what becomes of
the head. Each raises ValueError where the lot does not stand so that it could be done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.auctions.engine.types import (
    Change,
    Gap,
    Head,
    Look,
    LotOutcome,
    LotState,
    Step,
    Terms,
)

_VOIDABLE = frozenset({LotOutcome.won, LotOutcome.unsold})


def suspended(head: Head, state: LotState, now: datetime, **facts: object) -> tuple[Head, Change]:
    """Stop a lot (中止) that stands in ``state`` by the clock."""
    if state in (LotState.suspended, LotState.closed):
        raise ValueError(f"a lot that is {state} cannot be suspended")
    after = replace(head, state=LotState.suspended, suspended_from=state, suspended_at=now)
    return after, Change(Step.suspended, now, facts)


def suspended_for(head: Head, state: LotState, gap: Gap, now: datetime) -> tuple[Head, Change]:
    """Stop a lot whose span overlapped a gap in service. What the gap took of it is given back."""
    lost = now - max(gap.started_at, head.cycle_starts_at)
    ended = gap.ended_at.isoformat() if gap.ended_at else None
    return suspended(
        replace(head, cycle_ends_at=head.cycle_ends_at + lost),
        state,
        now,
        reason="service_outage",
        gap_started_at=gap.started_at.isoformat(),
        gap_ended_at=ended,
    )


def resumed(terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
    """Go on (恢复). A running cycle starts again in full (DOMAIN 2.11), a longer turn keeps what
    was left of it; what had not begun is put off by as long as the suspension lasted."""
    since, state = _suspension_of(head)
    away = now - since
    after = replace(head, state=state, suspended_from=None, suspended_at=None)
    if head.limited_starts_at is not None:  # a cap counts the time in which one could bid
        after = replace(after, limited_starts_at=head.limited_starts_at + away)
    if since < head.cycle_starts_at:
        after = replace(
            after,
            shift=head.shift + away,
            cycle_starts_at=head.cycle_starts_at + away,
            cycle_ends_at=head.cycle_ends_at + away,
        )
    else:
        span = head.cycle_ends_at - head.cycle_starts_at
        left = head.cycle_ends_at - since
        ends_at = now + max(left, min(span, terms.window))
        after = replace(after, cycle_starts_at=now, cycle_ends_at=ends_at)
    return after, resumption(after, now)


def resumption(head: Head, now: datetime) -> Change:
    """The step of going on; ``head`` is the one after it."""
    facts = {"state": head.state.value, "cycle_ends_at": head.cycle_ends_at.isoformat()}
    return Change(Step.resumed, now, facts)


def _suspension_of(head: Head) -> tuple[datetime, LotState]:
    if head.suspended_at is None or head.suspended_from is None:
        raise ValueError("only a suspended lot can be resumed")
    return head.suspended_at, head.suspended_from


def terminated(head: Head, now: datetime, **facts: object) -> tuple[Head, Change]:
    """End a lot before its end (终止); whoever led has not won."""
    if head.is_over:
        raise ValueError("a lot that is over cannot be terminated")
    after = replace(
        head,
        state=LotState.closed,
        outcome=LotOutcome.terminated,
        ending=None,
        closed_at=now,
        bidders_turn=False,
        suspended_from=None,
        suspended_at=None,
    )
    return after, Change(Step.terminated, now, facts)


def failed(head: Head, now: datetime, **facts: object) -> tuple[Head, Change]:
    """The winner of a closed lot defaulted (未能成交)."""
    if head.outcome is not LotOutcome.won:
        raise ValueError("only a lot that was won can fail")
    return replace(head, outcome=LotOutcome.failed), Change(Step.failed, now, facts)


def annulled(head: Head, now: datetime, **facts: object) -> tuple[Head, Change]:
    """The result of a closed lot was voided (撤销; L-网拍31), of a sale or of a failure to sell."""
    if head.outcome not in _VOIDABLE:
        raise ValueError("only a lot that has a result can be annulled")
    return replace(head, outcome=LotOutcome.annulled), Change(Step.annulled, now, facts)


def looked(
    head: Head, now: datetime, *, stage: Look, reason: str, **facts: object
) -> tuple[Head, Change]:
    """Somebody looks behind the codes of a lot that is not over: nothing moves, and it is on record
    among the bids that it may have been about."""
    if head.is_over:
        raise ValueError("who stands behind the codes of a lot that is over is no secret of it")
    return head, Change(Step.looked, now, {"stage": Look(stage).value, "reason": reason, **facts})
