"""What a record is made of, and the records that were made. Nothing here locks a lot or a bid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from app.auctions.errors import LotMissing
from app.auctions.models import (
    Bid,
    Lot,
    LotAnnouncement,
    LotBidder,
    LotEvent,
    LotKey,
    Rulebook,
    SaleRecord,
    ServiceOutage,
)
from app.core.tx import UnitOfWork


async def get_lot(uow: UnitOfWork, number: str) -> Lot:
    """A lot by its number, as it is now. Raises LotMissing."""
    query = select(Lot).where(Lot.number == number).execution_options(populate_existing=True)
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise LotMissing()
    return found


async def get_rulebook(uow: UnitOfWork, version: str) -> Rulebook:
    """The rules that a lot was born under."""
    found = await uow.session.get(Rulebook, version)
    assert found is not None, "a foreign key"
    return found


async def list_bids(uow: UnitOfWork, lot_id: UUID, up_to: int) -> Sequence[Bid]:
    """Every entry up to a number, in order."""
    query = select(Bid).where(Bid.lot_id == lot_id, Bid.seq <= up_to).order_by(Bid.seq)
    return (await uow.session.scalars(query)).all()


async def list_events(uow: UnitOfWork, lot_id: UUID, up_to: int) -> Sequence[LotEvent]:
    """Every step up to a number, in order."""
    query = (
        select(LotEvent)
        .where(LotEvent.lot_id == lot_id, LotEvent.seq <= up_to)
        .order_by(LotEvent.seq)
    )
    return (await uow.session.scalars(query)).all()


async def list_places(uow: UnitOfWork, lot_id: UUID) -> Sequence[LotBidder]:
    """Everybody admitted, by code."""
    query = select(LotBidder).where(LotBidder.lot_id == lot_id).order_by(LotBidder.code)
    return (await uow.session.scalars(query)).all()


async def count_places(uow: UnitOfWork, lot_id: UUID) -> int:
    """How many were admitted."""
    query = select(func.count()).select_from(LotBidder).where(LotBidder.lot_id == lot_id)
    return (await uow.session.execute(query)).scalar_one()


async def count_accepted(uow: UnitOfWork, lot_id: UUID) -> int:
    """How many bids were valid: those that could become the price, the automatic ones too."""
    query = select(func.count()).where(
        Bid.lot_id == lot_id,
        text("bid.outcome = 'accepted'"),  # why: literal, to match the index
        Bid.act.in_(["bid", "match", "accept", "seal", "raise"]),
    )
    return (await uow.session.execute(query)).scalar_one()


async def takes_part(uow: UnitOfWork, lot_id: UUID, party_id: UUID | None) -> bool:
    """Whether a party was admitted to a lot."""
    if party_id is None:
        return False
    return await uow.session.get(LotBidder, (lot_id, party_id)) is not None


async def list_outages(
    uow: UnitOfWork, after: datetime, before: datetime
) -> Sequence[ServiceOutage]:
    """Gaps in service that touch a span, by their beginning."""
    query = (
        select(ServiceOutage)
        .where(ServiceOutage.ended_at > after, ServiceOutage.started_at < before)
        .order_by(ServiceOutage.started_at, ServiceOutage.id)
    )
    return (await uow.session.scalars(query)).all()


async def list_announcements(uow: UnitOfWork, lot_id: UUID) -> Sequence[LotAnnouncement]:
    """What was announced of a lot, in order."""
    query = (
        select(LotAnnouncement)
        .where(LotAnnouncement.lot_id == lot_id)
        .order_by(LotAnnouncement.at, LotAnnouncement.id)
    )
    return (await uow.session.scalars(query)).all()


async def find_key(uow: UnitOfWork, lot_id: UUID) -> LotKey | None:
    """The wrapped key of a lot; None where nothing was ever sealed."""
    return await uow.session.get(LotKey, lot_id)


async def list_records(uow: UnitOfWork, lot_id: UUID) -> Sequence[SaleRecord]:
    """The files of a lot without their contents, oldest first."""
    query = (
        select(SaleRecord)
        .where(SaleRecord.lot_id == lot_id)
        .order_by(SaleRecord.revision, SaleRecord.kind)
    )
    return (await uow.session.scalars(query)).all()


async def find_record(
    uow: UnitOfWork, *, number: str | None = None, sha256: str | None = None
) -> tuple[SaleRecord, Lot] | None:
    """A file by its certificate's number or by its hash, with its lot."""
    query = select(SaleRecord, Lot).join(Lot, Lot.id == SaleRecord.lot_id)
    if number is not None:
        query = query.where(SaleRecord.number == number)
    else:
        query = query.where(SaleRecord.sha256 == sha256).order_by(SaleRecord.revision.desc())
    row = (await uow.session.execute(query.limit(1))).one_or_none()
    return None if row is None else (row[0], row[1])


async def get_content(uow: UnitOfWork, record_id: UUID) -> bytes:
    """The bytes of a file."""
    query = select(SaleRecord.content).where(SaleRecord.id == record_id)
    content: bytes = (await uow.session.execute(query)).scalar_one()
    return content
