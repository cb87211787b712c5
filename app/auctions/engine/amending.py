"""What a change announcement (变更公告) does to a lot that has been published.

Before the opening prices and times may change; once bids may come in, an end may only be put off
(P-120 19: what was announced is announced anew, by the same ways; ADR 0018).
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from app.auctions.engine.codec import to_json
from app.auctions.engine.mode import Mode
from app.auctions.engine.types import Change, Head, LotState, Step, Terms

BEFORE_OPENING = frozenset({LotState.announced, LotState.registering})
# What the market, the seller and the bidders rely on from the first announcement.
PINNED = frozenset(
    {"mode", "preference", "reserve_kind", "proxies", "price_weight_bp", "criteria", "floor_minor"}
)


def list_changed(before: Terms, after: Terms) -> frozenset[str]:
    """Names of the terms that differ."""
    names = (one.name for one in fields(Terms))
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))


def amended(
    mode: Mode, before: Terms, after: Terms, head: Head, now: datetime, **facts: object
) -> tuple[Head, Change]:
    """The head under the new terms. Raises ValueError where the lot does not allow this change."""
    changed = list_changed(before, after)
    state = mode.phase(before, head, now)
    if changed & PINNED:
        raise ValueError("what was announced for good cannot be amended")
    if state not in BEFORE_OPENING:
        longer = after.free_ends_at > before.free_ends_at
        if state is not LotState.free or changed - {"free_ends_at"} or (changed and not longer):
            raise ValueError("once bids may come in, an end can only be put off")
        if now >= head.cycle_ends_at:
            raise ValueError("the span is over")
    fresh = mode.begin(after)
    moved = replace(
        head,
        cycle_starts_at=fresh.cycle_starts_at + head.shift,
        cycle_ends_at=fresh.cycle_ends_at + head.shift,
    )
    said = {"before": to_json(before), "after": to_json(after), **facts}
    return moved, Change(Step.amended, now, said)
