"""What may be read of a lot's life: its steps, announcements, the calendar, what an actor may do.

Nothing here tells who stands behind a code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.auctions import life_queries as queries
from app.auctions.access import AMEND_LOT, JUDGE_LOT, LIST_STANDING, STEER_LOT
from app.auctions.engine.amending import BEFORE_OPENING
from app.auctions.life_types import (
    BY_SELLER,
    AnnouncementKind,
    AnnouncementView,
    CalendarEntry,
    LotStep,
    StandingLot,
    SuspendReason,
)
from app.auctions.models import Bid, Lot, LotAnnouncement, LotEvent
from app.auctions.types import (
    Act,
    BidMode,
    BidOutcome,
    LotOutcome,
    LotState,
    LotView,
    Note,
    Origin,
    PublicBid,
    PublicStep,
    Step,
)
from app.core import access
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork

MOST_STEPS: Final = 2_000
MOST_ANNOUNCEMENTS: Final = 200
MOST_SPAN: Final = timedelta(days=400)
_SECRET: Final = frozenset({Act.store, Act.seal})


async def list_public_steps(uow: UnitOfWork, *, lot_id: UUID) -> list[PublicStep]:
    """Every step of the clock and the staff, in order, at most 2000."""
    return [_step(row) for row in await queries.list_steps(uow, lot_id, MOST_STEPS)]


async def list_events(
    uow: UnitOfWork, *, lot_id: UUID, after: int = 0, limit: int = 200
) -> list[PublicBid | PublicStep]:
    """Everything that was numbered after ``after``, in order: bids, refused ones too, automatic
    bids, steps of clock and staff. Two index scans, whatever the lot."""
    bids = await queries.list_entries(uow, lot_id, after, limit)
    steps = await queries.list_steps_after(uow, lot_id, after, limit)
    made: list[PublicBid | PublicStep] = [_entry(row) for row in bids]
    made += [_step(row) for row in steps]
    return sorted(made, key=lambda one: one.seq)[:limit]


def _step(row: LotEvent) -> PublicStep:
    return PublicStep(seq=row.seq, step=Step(row.step), at=row.at, facts=row.facts)


def _entry(row: Bid) -> PublicBid:
    """Of a refused or a sealed answer neither code nor amount."""
    accepted = row.outcome == BidOutcome.accepted
    act = Act(row.act)
    shown = accepted and act not in _SECRET
    return PublicBid(
        seq=row.seq,
        accepted=accepted,
        at=row.decided_at,
        code=row.code if shown else "",
        amount_minor=row.amount_minor if shown else None,
        price_minor=row.price_after_minor,
        leader_code=row.leader_code_after,
        closes_at=row.cycle_ends_after,
        act=act,
        origin=Origin(row.origin),
        note=Note(row.note) if row.note else None,
        commitment=row.commitment,
    )


async def list_announcements(uow: UnitOfWork, *, lot_id: UUID) -> list[AnnouncementView]:
    """What was announced of a lot, newest first, at most 200."""
    rows = await queries.list_announcements(uow, lot_id, MOST_ANNOUNCEMENTS)
    return [_announcement(row) for row in rows]


def _announcement(row: LotAnnouncement) -> AnnouncementView:
    return AnnouncementView(
        kind=AnnouncementKind(row.kind), statement=row.statement, facts=row.facts, at=row.at
    )


async def list_calendar(
    uow: UnitOfWork,
    *,
    from_: datetime,
    until: datetime,
    mode: BidMode | None = None,
    limit: int = 500,
) -> list[CalendarEntry]:
    """Lots that open in a span of at most 400 days, by their opening. Raises Invalid."""
    if not timedelta() < until - from_ <= MOST_SPAN:
        raise Invalid([FieldError("until", "日历的时间范围最长 400 天")])
    rows = await queries.list_calendar(uow, from_=from_, until=until, mode=mode, limit=limit)
    return [_entry_of(lot) for lot in rows]


def _entry_of(lot: Lot) -> CalendarEntry:
    """A lot that is over ends when it ended; before, at its scheduled end."""
    shifted = lot.shift
    return CalendarEntry(
        number=lot.number,
        title=lot.title,
        mode=lot.mode,
        state=LotState(lot.state),
        outcome=lot.lot_outcome,
        registration_ends_at=(
            lot.registration_ends_at + shifted if lot.registration_ends_at else None
        ),
        starts_at=lot.free_starts_at + shifted,
        ends_at=lot.closed_at or max(lot.free_ends_at + shifted, lot.cycle_ends_at),
        start_minor=lot.start_minor,
        version=lot.version,
        changed_at=lot.decided_at or lot.announced_at,
    )


async def list_standing(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = 20
) -> Page[StandingLot]:
    """Lots that are not over, newest first, for who watches over them. Raises Forbidden."""
    access.require(actor, LIST_STANDING)
    rows = await queries.list_standing(uow, after=decode_id(after), limit=limit + 1)
    shown = rows[:limit]
    made = [
        StandingLot(
            number=lot.number,
            title=lot.title,
            mode=lot.bid_mode,
            state=LotState(lot.state),
            free_starts_at=lot.free_starts_at,
            free_ends_at=lot.free_ends_at,
            cycle_ends_at=lot.cycle_ends_at,
            price_minor=lot.price_minor,
            seq=lot.seq,
            suspended_at=stopped.suspended_at if stopped else None,
            reason=SuspendReason(stopped.reason) if stopped else None,
            resume_by=stopped.resume_by if stopped else None,
        )
        for lot, stopped in shown
    ]
    return Page(made, encode_cursor(shown[-1][0].id) if len(rows) > limit else None)


def find_steps(
    actor: Actor, lot: LotView, *, suspended_for: str | None = None
) -> frozenset[LotStep]:
    """What this actor may do to the lot now, for pages; the verbs decide again.

    ``suspended_for``: the reason of the suspension that stands. Whether a bid stands is told by
    what everybody sees: sealed bids are not counted here, the verb counts them.
    """
    judge = access.may(actor, JUDGE_LOT)
    sells = access.may(actor, AMEND_LOT, owner=lot.seller_id)
    own = access.may(actor, STEER_LOT, owner=lot.seller_id) and not judge
    untouched = own and lot.price_minor is None
    early = lot.state in _BEFORE_LIMITED
    stopped = lot.state is LotState.suspended
    by_staff = stopped and suspended_for not in (None, SuspendReason.service_outage)
    by_seller = stopped and suspended_for in BY_SELLER
    unsold = lot.outcome in queries.NOT_SOLD
    conditions = {
        LotStep.amend: sells and early,
        LotStep.suspend: not stopped and (judge or (untouched and early)),
        LotStep.end_cause: judge and by_staff,
        LotStep.resume: (judge and by_staff) or (own and by_seller),
        LotStep.terminate: judge or untouched,
        LotStep.fail: judge and lot.outcome is LotOutcome.won,
        LotStep.annul: judge and lot.outcome in (LotOutcome.won, LotOutcome.unsold),
        LotStep.end_negotiation: sells and lot.negotiation_ends_at is not None,
        LotStep.relist: sells and unsold and lot.negotiation_ends_at is None,
    }
    afterwards = {LotStep.fail, LotStep.annul, LotStep.end_negotiation, LotStep.relist}
    return frozenset(
        step for step, holds in conditions.items() if holds and (step in afterwards) == lot.is_over
    )


_BEFORE_LIMITED: Final = BEFORE_OPENING | {LotState.free}
