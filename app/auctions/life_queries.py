"""SELECTs and locks of a lot's life around the bidding: drafts, announcements, calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnClause, and_, literal_column, select, text

from app.auctions.models import (
    Bid,
    Lot,
    LotAnnouncement,
    LotDraft,
    LotEvent,
    LotSuspension,
)
from app.auctions.types import BidMode, LotOutcome
from app.core.tx import UnitOfWork

_MARKET_NOW: ColumnClause[datetime] = literal_column("market_now()")
# A lot that ended so may be put up again.
NOT_SOLD: Final = (
    LotOutcome.unsold,
    LotOutcome.failed,
    LotOutcome.terminated,
    LotOutcome.annulled,
)


# ---- drafts -----------------------------------------------------------------------------------


async def find_drafted(uow: UnitOfWork, seller_id: UUID, key: str) -> LotDraft | None:
    """The draft that this key already made."""
    query = select(LotDraft).where(LotDraft.seller_id == seller_id, LotDraft.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def find_draft(uow: UnitOfWork, draft_id: UUID, *, lock: bool = False) -> LotDraft | None:
    """A draft, for changing it or for reading."""
    query = (
        select(LotDraft).where(LotDraft.id == draft_id).execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update()
    return (await uow.session.scalars(query)).one_or_none()


async def list_drafts(
    uow: UnitOfWork, seller_id: UUID, *, after: UUID | None, limit: int
) -> list[LotDraft]:
    """Newest first."""
    query = (
        select(LotDraft)
        .where(LotDraft.seller_id == seller_id)
        .order_by(LotDraft.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(LotDraft.id < after)
    return list((await uow.session.scalars(query)).all())


async def list_lot_numbers(
    uow: UnitOfWork, lot_ids: Sequence[UUID | None]
) -> dict[UUID | None, str]:
    """Case numbers of lots."""
    wanted = {one for one in lot_ids if one is not None}
    if not wanted:
        return {}
    query = select(Lot.id, Lot.number).where(Lot.id.in_(wanted))
    return {row.id: row.number for row in (await uow.session.execute(query)).all()}


# ---- one lot ----------------------------------------------------------------------------------


async def find_announcement(uow: UnitOfWork, lot_id: UUID, key: str) -> LotAnnouncement | None:
    """The announcement that this key already made."""
    query = select(LotAnnouncement).where(
        LotAnnouncement.lot_id == lot_id, LotAnnouncement.key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_announcements(uow: UnitOfWork, lot_id: UUID, limit: int) -> list[LotAnnouncement]:
    """Newest first."""
    query = (
        select(LotAnnouncement)
        .where(LotAnnouncement.lot_id == lot_id)
        .order_by(LotAnnouncement.at.desc(), LotAnnouncement.id.desc())
        .limit(limit)
    )
    return list((await uow.session.scalars(query)).all())


async def find_suspension(uow: UnitOfWork, lot_id: UUID) -> LotSuspension | None:
    """The one that stands."""
    query = (
        select(LotSuspension)
        .where(LotSuspension.lot_id == lot_id, LotSuspension.resumed_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def has_defaulted(uow: UnitOfWork, achievement_id: UUID, party_id: UUID) -> bool:
    """Whether a party won a lot of this achievement and defaulted (L-网拍24)."""
    query = (
        select(Lot.id)
        .where(
            Lot.achievement_id == achievement_id,
            Lot.outcome == LotOutcome.failed.value,
            Lot.leader_id == party_id,
        )
        .limit(1)
    )
    return (await uow.session.scalar(query)) is not None


async def has_valid_bid(uow: UnitOfWork, lot_id: UUID) -> bool:
    """Whether anybody's submission stands: a price, a sealed bid, a stored maximum."""
    query = select(Bid.seq).where(Bid.lot_id == lot_id, text("bid.outcome = 'accepted'")).limit(1)
    return (await uow.session.scalar(query)) is not None


async def find_earlier_lot(
    uow: UnitOfWork, seller_id: UUID, *, offer_id: UUID, lot_id: UUID | None = None
) -> Lot | None:
    """The last lot of this seller that ended without a sale: the one named, or the offer's own."""
    query = select(Lot).where(
        Lot.seller_id == seller_id,
        Lot.outcome.in_([one.value for one in NOT_SOLD]),
        Lot.id == lot_id if lot_id is not None else Lot.offer_id == offer_id,
    )
    query = query.order_by(Lot.id.desc()).limit(1)
    return (await uow.session.scalars(query)).one_or_none()


async def lock_negotiated(uow: UnitOfWork, limit: int) -> list[Lot]:
    """Lots whose negotiation window has run out; one that is locked is skipped."""
    query = (
        select(Lot)
        .where(text("negotiation_ends_at IS NOT NULL"), Lot.negotiation_ends_at <= _MARKET_NOW)
        .order_by(Lot.negotiation_ends_at, Lot.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list((await uow.session.scalars(query)).all())


# ---- what the public reads --------------------------------------------------------------------


async def list_steps(uow: UnitOfWork, lot_id: UUID, limit: int) -> list[LotEvent]:
    """Steps of the clock and the staff, in order."""
    query = select(LotEvent).where(LotEvent.lot_id == lot_id).order_by(LotEvent.seq).limit(limit)
    return list((await uow.session.scalars(query)).all())


async def list_entries(uow: UnitOfWork, lot_id: UUID, after: int, limit: int) -> list[Bid]:
    """Numbered answers after a number, refused ones too, in order."""
    query = select(Bid).where(Bid.lot_id == lot_id, Bid.seq > after).order_by(Bid.seq).limit(limit)
    return list((await uow.session.scalars(query)).all())


async def list_steps_after(uow: UnitOfWork, lot_id: UUID, after: int, limit: int) -> list[LotEvent]:
    query = (
        select(LotEvent)
        .where(LotEvent.lot_id == lot_id, LotEvent.seq > after)
        .order_by(LotEvent.seq)
        .limit(limit)
    )
    return list((await uow.session.scalars(query)).all())


async def list_calendar(
    uow: UnitOfWork, *, from_: datetime, until: datetime, mode: BidMode | None, limit: int
) -> list[Lot]:
    """Lots that open in a span, by their opening."""
    query = (
        select(Lot)
        .where(Lot.free_starts_at >= from_, Lot.free_starts_at < until)
        .order_by(Lot.free_starts_at, Lot.id)
        .limit(limit)
    )
    if mode is not None:
        query = query.where(Lot.mode == mode.value)
    return list((await uow.session.scalars(query)).all())


async def list_standing(
    uow: UnitOfWork, *, after: UUID | None, limit: int
) -> list[tuple[Lot, LotSuspension | None]]:
    """Lots that are not over, newest first, with the suspension that stands."""
    query = (
        select(Lot, LotSuspension)
        .outerjoin(
            LotSuspension,
            and_(LotSuspension.lot_id == Lot.id, LotSuspension.resumed_at.is_(None)),
        )
        .where(text("lot.due_at IS NOT NULL"))
        .order_by(Lot.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(Lot.id < after)
    return [(row[0], row[1]) for row in (await uow.session.execute(query)).all()]
