"""Where a lot stands by the clock: its phases up to the limited period, and its service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auctions.engine.types import BidMode, Gap, Head, LotState, Moment, Terms

# These do not follow from the clock: an event made them and an event ends them.
HELD = frozenset({LotState.suspended, LotState.closed, LotState.exercising})
# In these a bid may be accepted.
OPEN = frozenset({LotState.free, LotState.limited})


def opens_at(terms: Terms, head: Head) -> datetime:
    """When the first bid may come."""
    return terms.free_starts_at + head.shift


def free_ends_at(terms: Terms, head: Head) -> datetime:
    return terms.free_ends_at + head.shift


def limited_starts_at(terms: Terms, head: Head) -> datetime:
    """The end of the free period, and of the time to confirm where there is one (P-汕 23)."""
    return free_ends_at(terms, head) + timedelta(seconds=terms.confirm_s)


def joins_from(terms: Terms, head: Head) -> datetime | None:
    """When registration opens; None: with the announcement."""
    starts = terms.registration_starts_at
    return None if starts is None else starts + head.shift


def joins_until(terms: Terms, head: Head) -> datetime:
    """The exclusive end of registration, suspensions included.

    Of DYNAMIC the end of the free period (P-动 4), of a fixed or falling price that of the sale,
    and under the first rulebooks that of the last cycle.
    """
    if terms.registration_ends_at is not None:
        return terms.registration_ends_at + head.shift
    if terms.join_until_end or terms.mode in (BidMode.buy_now, BidMode.dutch):
        return head.cycle_ends_at
    return free_ends_at(terms, head)


def before_opening(terms: Terms, head: Head, now: datetime) -> LotState | None:
    """Announced or registering; None once the lot has opened."""
    if now >= opens_at(terms, head):
        return None
    if terms.registration_ends_at is None:
        return LotState.announced
    starts = joins_from(terms, head)
    waiting = starts is not None and now < starts
    return LotState.announced if waiting else LotState.registering


def overlaps(gap: Gap, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a gap touches the half-open span; one that only meets its edge does not."""
    return gap.started_at < ends_at and (gap.ended_at is None or gap.ended_at > starts_at)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: look again, at the latest at ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """The span ended at the scheduled instant, whenever that was noticed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Suspend:
    """The span overlapped a gap longer than the rules tolerate."""

    gap: Gap


def decide_end(starts_at: datetime, ends_at: datetime, moment: Moment) -> Close | Suspend | Wait:
    """What the clock asks of a span in which bids must be servable.

    Suspend: it overlapped a gap in service longer than the tolerance (a recorded outage, or the
    silence since the last beat, as far as either has come). Close: it has run out and a beat at or
    after its end proves that bids could be served up to it. Wait: neither yet.
    """
    if (gap := find_gap(starts_at, ends_at, moment.outages, moment.tolerance)) is not None:
        return Suspend(gap)
    last_beat = moment.last_beat
    if last_beat is None:  # the market has never been served: there was no service to lose
        return Wait(ends_at)
    silent = moment.now - last_beat > moment.tolerance
    if silent and overlaps(Gap(last_beat, moment.now), starts_at, ends_at):
        return Suspend(Gap(last_beat, None))
    if moment.now >= ends_at and last_beat >= ends_at:
        return Close(ends_at)
    return Wait(ends_at)


def find_gap(
    starts_at: datetime, ends_at: datetime, outages: Sequence[Gap], tolerance: timedelta
) -> Gap | None:
    """The first ended outage longer than the tolerance that touches the span."""
    long_ago = [
        gap
        for gap in outages
        if gap.ended_at is not None
        and gap.ended_at - gap.started_at > tolerance
        and overlaps(gap, starts_at, ends_at)
    ]
    return min(long_ago, key=lambda gap: gap.started_at, default=None)


def find_outage(last_beat: datetime, now: datetime, threshold: timedelta) -> Gap | None:
    """The gap that ends with this beat, or None when the beats are close enough together."""
    return Gap(last_beat, now) if now - last_beat > threshold else None
