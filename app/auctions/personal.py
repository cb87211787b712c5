"""Auctions' share of a person's own data, and what keeps him or his organisation."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select

from app.auctions.models import Bid, Lot, LotBidder
from app.auctions.types import BidOutcome, LotState
from app.core.i18n import Message
from app.core.tx import UnitOfWork

ROWS: Final = 5000
_RUNNING: Final = Lot.state != LotState.closed.value


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Bids he placed and lots he announced, newest first."""
    bids = await uow.session.execute(
        select(Lot.number, Bid.seq, Bid.amount_minor, Bid.outcome, Bid.decided_at)
        .join(Lot, Lot.id == Bid.lot_id)
        .where(Bid.person_id == person_id)
        .order_by(Bid.decided_at.desc())
        .limit(ROWS)
    )
    lots = await uow.session.execute(
        select(Lot.number, Lot.title, Lot.state)
        .where(Lot.announced_by == person_id)
        .order_by(Lot.id.desc())
        .limit(ROWS)
    )
    return {
        "bids": [
            dict(row) | {"decided_at": row["decided_at"].isoformat()} for row in bids.mappings()
        ],
        "lots_announced": [dict(row) for row in lots.mappings()],
    }


async def list_obligations(uow: UnitOfWork, *, person_id: UUID) -> list[Message]:
    """Running lots where the leading bid is one he placed."""
    leading = (
        select(Bid.person_id)
        .where(Bid.lot_id == Lot.id, Bid.outcome == BidOutcome.accepted.value)
        .order_by(Bid.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    numbers = await uow.session.scalars(
        select(Lot.number)
        .where(_RUNNING, Lot.leader_id.is_not(None), leading == person_id)
        .order_by(Lot.number)
    )
    return [
        Message("标的 %(number)s 正在竞价，目前由您的报价领先，请在竞价结束后再注销", number=number)
        for number in numbers
    ]


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Running lots that it sells, or where it is admitted to bid."""
    admitted = select(LotBidder.lot_id).where(LotBidder.bidder_id == organisation_id)
    count = await uow.session.scalar(
        select(func.count()).where(
            _RUNNING, or_(Lot.seller_id == organisation_id, Lot.id.in_(admitted))
        )
    )
    if not count:
        return []
    return [Message("您的单位还有 %(count)s 个竞价未结束", count=count)]
