"""What the notices about lots need to know; nothing here locks a lot or a bid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.auctions.admission_models import LotApplication
from app.auctions.errors import LotMissing
from app.auctions.models import Bid, Lot, LotBidder, LotSuspension, OutbidTold
from app.auctions.types import LotState
from app.core.tx import UnitOfWork


async def get_lot(uow: UnitOfWork, lot_id: UUID) -> Lot:
    """A lot as it is now. Raises LotMissing."""
    found = await uow.session.get(Lot, lot_id, populate_existing=True)
    if found is None:
        raise LotMissing()
    return found


async def list_bidder_ids(uow: UnitOfWork, lot_id: UUID) -> Sequence[UUID]:
    """The organisations that take part."""
    query = (
        select(LotBidder.bidder_id).where(LotBidder.lot_id == lot_id).order_by(LotBidder.bidder_id)
    )
    return (await uow.session.scalars(query)).all()


async def list_involved_ids(uow: UnitOfWork, lot_id: UUID) -> Sequence[UUID]:
    """Whoever takes part or has applied and is not refused, each once."""
    joined = select(LotBidder.bidder_id).where(LotBidder.lot_id == lot_id)
    waiting = select(LotApplication.party_id).where(
        LotApplication.lot_id == lot_id, LotApplication.state.in_(["submitted", "accepted"])
    )
    both = joined.union(waiting).subquery()
    return (await uow.session.scalars(select(both.c.bidder_id).order_by(both.c.bidder_id))).all()


async def find_suspension_reason(uow: UnitOfWork, lot_id: UUID, at: datetime) -> str | None:
    """Why a lot was suspended at an instant."""
    query = select(LotSuspension.reason).where(
        LotSuspension.lot_id == lot_id, LotSuspension.suspended_at == at
    )
    return (await uow.session.scalars(query)).first()


async def list_outbid_lots(
    uow: UnitOfWork, *, since: datetime, limit: int
) -> list[tuple[Lot, int]]:
    """Running lots with bids after the last news of them, which is older than ``since``.

    With the number of the last bid that was told of; 0 when there was none.
    """
    told = func.coalesce(OutbidTold.told_seq, 0)
    query = (
        select(Lot, told)
        .outerjoin(OutbidTold, OutbidTold.lot_id == Lot.id)
        .where(
            text("lot.due_at IS NOT NULL"),  # why: literal, to match the index
            Lot.state.in_([LotState.free.value, LotState.limited.value]),
            Lot.leader_id.is_not(None),
            Lot.seq > told,
            or_(OutbidTold.told_at.is_(None), OutbidTold.told_at <= since),
        )
        .order_by(Lot.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(lot, seq) for lot, seq in await uow.session.execute(query)]


async def list_displaced(uow: UnitOfWork, lot: Lot, told_seq: int) -> list[UUID]:
    """Who led at, or at some time after, the bid ``told_seq``, and does not lead at ``lot.seq``.

    A stored maximum that was passed, and a bid that one topped at once, are news like any other.
    """
    accepted = select(Bid.bidder_id).where(
        Bid.lot_id == lot.id,
        text("bid.outcome = 'accepted'"),
        Bid.leader_code_after == Bid.code,
    )
    before = accepted.where(Bid.seq <= told_seq).order_by(Bid.seq.desc()).limit(1)
    since = accepted.where(Bid.seq > told_seq, Bid.seq <= lot.seq)
    led = {*await uow.session.scalars(before), *await uow.session.scalars(since)}
    return sorted(led - {lot.leader_id})


async def keep_told(uow: UnitOfWork, lot: Lot) -> None:
    """Remember up to which bid the news has gone out."""
    told = {"told_seq": lot.seq, "told_at": uow.now}
    await uow.session.execute(
        insert(OutbidTold)
        .values(lot_id=lot.id, **told)
        .on_conflict_do_update(index_elements=["lot_id"], set_=told)
    )
