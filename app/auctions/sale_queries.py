"""What the store of sales reads and writes, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnClause, and_, delete, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.auctions.engine.types import Act, BidMode, Terms
from app.auctions.errors import LotMissing
from app.auctions.models import Bid, Lot, LotBidder, LotKey, LotProxy
from app.auctions.types import BidOutcome
from app.core.tx import UnitOfWork

SEALED_MODES: Final = frozenset({BidMode.once, BidMode.weighted})
_MARKET_NOW: Final[ColumnClause[datetime]] = literal_column("market_now()")
_Leader, _Maximum, _Sealed = aliased(LotBidder), aliased(LotProxy), aliased(Bid)


class Seat(NamedTuple):
    """Where a bid goes: the lot, its seller, and the code of the organisation that bids."""

    lot_id: UUID
    code: str | None


async def find_seat(uow: UnitOfWork, number: str, bidder_id: UUID, wait: timedelta) -> Seat:
    """The lot of a number and one's code in it, and let its lock be waited for no longer than
    ``wait`` in this transaction. Raises LotMissing."""
    milliseconds = str(int(wait.total_seconds() * 1000))
    query = (
        select(Lot.id, LotBidder.code, func.set_config("lock_timeout", milliseconds, True))
        .outerjoin(LotBidder, and_(LotBidder.lot_id == Lot.id, LotBidder.bidder_id == bidder_id))
        .where(Lot.number == number)
    )
    row = (await uow.session.execute(query)).one_or_none()
    if row is None:
        raise LotMissing()
    return Seat(row[0], row[1])


async def look(
    uow: UnitOfWork, lot: Lot, terms: Terms, *, bidder_id: UUID, key: str
) -> tuple[Any, ...]:
    """Everything a usual answer needs, in one statement after the lock: the clock, the bidder's
    place, the bid of this key, his maximum, the leader's maximum and place, the lot's key, and the
    bidder's sealed bid."""
    asking, sealed = terms.proxies, terms.mode in SEALED_MODES
    query: Any = (
        select(
            _MARKET_NOW.label("now"),
            LotBidder,
            Bid,
            LotProxy if asking else null(),
            _Maximum if asking else null(),
            _Leader if asking else null(),
            LotKey.wrapped,
            _Sealed if sealed else null(),
        )
        .outerjoin(
            Bid,
            and_(
                Bid.lot_id == LotBidder.lot_id,
                Bid.bidder_id == LotBidder.bidder_id,
                Bid.idempotency_key == key,
            ),
        )
        .outerjoin(LotKey, LotKey.lot_id == LotBidder.lot_id)
        .where(LotBidder.lot_id == lot.id, LotBidder.bidder_id == bidder_id)
        .execution_options(populate_existing=True)
    )
    if asking:
        query = (
            query.outerjoin(
                LotProxy, and_(LotProxy.lot_id == lot.id, LotProxy.bidder_id == bidder_id)
            )
            .outerjoin(
                _Maximum, and_(_Maximum.lot_id == lot.id, _Maximum.bidder_id == lot.leader_id)
            )
            .outerjoin(_Leader, and_(_Leader.lot_id == lot.id, _Leader.bidder_id == lot.leader_id))
        )
    if sealed:
        query = query.outerjoin(
            _Sealed,
            and_(
                _Sealed.lot_id == lot.id,
                _Sealed.bidder_id == bidder_id,
                _Sealed.act == Act.seal.value,
                _Sealed.outcome == BidOutcome.accepted.value,
            ),
        )
    return tuple((await uow.session.execute(query)).one())


async def list_places(uow: UnitOfWork, lot_id: UUID) -> Sequence[LotBidder]:
    """Everybody admitted, by code."""
    query = (
        select(LotBidder)
        .where(LotBidder.lot_id == lot_id)
        .order_by(LotBidder.code)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def list_holders(uow: UnitOfWork, lot_id: UUID) -> Sequence[LotBidder]:
    """The admitted holders of a pre-emption right."""
    query = (
        select(LotBidder)
        .where(LotBidder.lot_id == lot_id, LotBidder.rank.is_not(None))
        .order_by(LotBidder.code)
    )
    return (await uow.session.scalars(query)).all()


async def get_party_id(uow: UnitOfWork, lot_id: UUID, code: str) -> UUID:
    """Who stands behind a code, for the row of the lot alone."""
    query = select(LotBidder.bidder_id).where(LotBidder.lot_id == lot_id, LotBidder.code == code)
    return (await uow.session.scalars(query)).one()


async def list_sealed_bids(uow: UnitOfWork, lot_id: UUID) -> Sequence[Any]:
    """Every accepted sealed bid: number, code, envelope."""
    query = (
        select(Bid.seq, Bid.code, Bid.sealed)
        .where(
            Bid.lot_id == lot_id,
            Bid.act == Act.seal.value,
            Bid.outcome == BidOutcome.accepted.value,
        )
        .order_by(Bid.seq)
    )
    return (await uow.session.execute(query)).all()


async def keep_maximum(
    uow: UnitOfWork, lot_id: UUID, bidder_id: UUID, kept: dict[str, Any] | None
) -> None:
    """Store a bidder's maximum in the place of an earlier one; None takes it away."""
    if kept is None:
        await uow.session.execute(
            delete(LotProxy).where(LotProxy.lot_id == lot_id, LotProxy.bidder_id == bidder_id)
        )
        return
    await uow.session.execute(
        insert(LotProxy)
        .values(lot_id=lot_id, bidder_id=bidder_id, **kept)
        .on_conflict_do_update(index_elements=["lot_id", "bidder_id"], set_=kept)
    )
