"""SELECTs and locks of a lot's life around the bidding: drafts, announcements, calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import JSONB

from app.auctions.models import (
    Bid,
    Lot,
    LotAnnouncement,
    LotBidder,
    LotDraft,
    LotEvent,
    LotSuspension,
)
from app.auctions.types import LotOutcome
from app.core.tx import UnitOfWork

__all__ = ["JSONB", "and_", "func", "text", "union_all"]


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


async def count_bidders(uow: UnitOfWork, lot_id: UUID) -> int:
    query = select(func.count()).where(LotBidder.lot_id == lot_id)
    return (await uow.session.scalar(query)) or 0
