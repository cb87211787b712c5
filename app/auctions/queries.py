"""Every SELECT and every lock of the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnClause,
    ScalarSelect,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from app.auctions.errors import LotMissing, RulebookMissing
from app.auctions.models import (
    Bid,
    Lot,
    LotBidder,
    LotEvent,
    LotProxy,
    LotSuspension,
    Rulebook,
    ServiceHeartbeat,
    ServiceOutage,
)
from app.auctions.types import Act, BidOutcome, Gap, LotState, RulebookParams
from app.core.clock import read_offset
from app.core.errors import Unavailable
from app.core.tx import UnitOfWork

_LOCK_NOT_AVAILABLE = "55P03"
_MARKET_NOW: ColumnClause[datetime] = literal_column("market_now()")


# ---- locks ------------------------------------------------------------------------------------


async def lock_lot(
    uow: UnitOfWork, lot_id: UUID, *, wait: timedelta | None = None
) -> tuple[Lot, RulebookParams]:
    """Lock one lot and read the rules it was born under.

    Raises Unavailable when rivals hold it longer than ``wait``: nobody queues without end.
    """
    if wait is not None:
        milliseconds = int(wait.total_seconds() * 1000)
        await uow.session.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
    query = (
        select(Lot, Rulebook.params)
        .join(Rulebook, Rulebook.version == Lot.rulebook_version)
        .where(Lot.id == lot_id)
        .with_for_update(of=Lot)
        .execution_options(populate_existing=True)
    )
    try:
        row = (await uow.session.execute(query)).one_or_none()
    except DBAPIError as error:
        if getattr(getattr(error.orig, "__cause__", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise Unavailable("当前报价人数较多，请稍后重新提交", retry_after_s=1) from error
        raise
    if row is None:
        raise LotMissing()
    return row[0], RulebookParams.of(row[1])


async def lock_due_lots(
    uow: UnitOfWork, *, last_beat: datetime | None, limit: int
) -> list[tuple[Lot, RulebookParams]]:
    """Lots that the clock asks something of: due ones, and running cycles hit by a long gap."""
    tolerance = Rulebook.params["outage_tolerance_s"].as_integer() * text("interval '1 second'")
    hit = (
        select(ServiceOutage.id)
        .where(
            ServiceOutage.ended_at > Lot.cycle_starts_at,
            ServiceOutage.started_at < Lot.cycle_ends_at,
            ServiceOutage.ended_at - ServiceOutage.started_at > tolerance,
        )
        .exists()
    )
    silent = and_(
        literal(last_beat) < Lot.cycle_ends_at, _MARKET_NOW - literal(last_beat) > tolerance
    )
    query = (
        select(Lot, Rulebook.params)
        .join(Rulebook, Rulebook.version == Lot.rulebook_version)
        .where(
            Lot.due_at.is_not(None),
            or_(
                Lot.due_at <= _MARKET_NOW,
                and_(
                    Lot.state.in_([LotState.free.value, LotState.limited.value]),
                    Lot.cycle_starts_at <= _MARKET_NOW,
                    hit if last_beat is None else or_(hit, silent),
                ),
            ),
        )
        .order_by(Lot.due_at, Lot.id)
        .limit(limit)
        .with_for_update(of=Lot, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = (await uow.session.execute(query)).all()
    return [(row[0], RulebookParams.of(row[1])) for row in rows]


async def look_later(uow: UnitOfWork, lot_id: UUID, at: datetime) -> None:
    """Let the sweep pass over a lot until then."""
    await uow.session.execute(
        update(Lot)
        .where(Lot.id == lot_id, Lot.due_at.is_not(None))
        .values(due_at=at)
        .execution_options(synchronize_session=False)
    )


async def lock_heartbeat(uow: UnitOfWork) -> ServiceHeartbeat | None:
    """The one heartbeat row, made at the first beat; None when this beat made it."""
    made = await uow.session.execute(
        insert(ServiceHeartbeat)
        .values(only_row=True, beat_at=uow.now, offset_by=await read_offset(uow.session))
        .on_conflict_do_nothing()
        .returning(ServiceHeartbeat.only_row)
    )
    if made.scalar_one_or_none():
        return None
    query = select(ServiceHeartbeat).with_for_update().execution_options(populate_existing=True)
    return (await uow.session.scalars(query)).one()


# ---- one row ----------------------------------------------------------------------------------


async def get_lot_id(uow: UnitOfWork, number: str) -> UUID:
    """The id behind a case number. Raises LotMissing."""
    found = (await uow.session.execute(select(Lot.id).where(Lot.number == number))).scalar()
    if found is None:
        raise LotMissing()
    return found


async def find_announced(uow: UnitOfWork, seller_id: UUID, key: str) -> Lot | None:
    """The lot that this key already made."""
    query = select(Lot).where(Lot.seller_id == seller_id, Lot.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def find_bidder(uow: UnitOfWork, lot_id: UUID, bidder_id: UUID) -> LotBidder | None:
    return await uow.session.get(LotBidder, (lot_id, bidder_id))


async def find_own_place(
    uow: UnitOfWork, lot_id: UUID, bidder_id: UUID
) -> tuple[LotBidder, int | None, Bid | None] | None:
    """A bidder's place, the number of the maximum that stands for it, and its sealed bid."""
    query = (
        select(LotBidder, LotProxy.stored_seq, Bid)
        .outerjoin(
            LotProxy,
            and_(LotProxy.lot_id == LotBidder.lot_id, LotProxy.bidder_id == LotBidder.bidder_id),
        )
        .outerjoin(
            Bid,
            and_(
                Bid.lot_id == LotBidder.lot_id,
                Bid.bidder_id == LotBidder.bidder_id,
                Bid.act == Act.seal.value,
                Bid.outcome == BidOutcome.accepted.value,
            ),
        )
        .where(LotBidder.lot_id == lot_id, LotBidder.bidder_id == bidder_id)
        .execution_options(populate_existing=True)
    )
    row = (await uow.session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def get_rulebook(uow: UnitOfWork, version: str) -> Rulebook:
    """One printed version. Raises RulebookMissing."""
    found = await uow.session.get(Rulebook, version)
    if found is None:
        raise RulebookMissing()
    return found


async def get_rulebook_in_force(
    uow: UnitOfWork, at: datetime, *, demonstration: bool = False
) -> Rulebook:
    """The version in force at an instant, the newest of several; of a demonstration its own."""
    query = (
        select(Rulebook)
        .where(
            Rulebook.demonstration.is_(demonstration),
            Rulebook.in_force_from <= at,
            or_(Rulebook.in_force_to.is_(None), Rulebook.in_force_to > at),
        )
        .order_by(Rulebook.in_force_from.desc(), Rulebook.version.desc())
        .limit(1)
    )
    return (await uow.session.scalars(query)).one()


async def get_open_suspension(uow: UnitOfWork, lot_id: UUID) -> LotSuspension:
    query = select(LotSuspension).where(
        LotSuspension.lot_id == lot_id, LotSuspension.resumed_at.is_(None)
    )
    return (await uow.session.scalars(query)).one()


# ---- service ----------------------------------------------------------------------------------


async def find_last_beat(uow: UnitOfWork) -> datetime | None:
    """The last beat as the market's clock would have read it with today's offset.

    why: a clock moved forward is not a gap in service.
    """
    row = (
        await uow.session.execute(select(ServiceHeartbeat.beat_at, ServiceHeartbeat.offset_by))
    ).one_or_none()
    if row is None:
        return None
    return row.beat_at + (await read_offset(uow.session) - row.offset_by)  # type: ignore[no-any-return]


async def list_outages(uow: UnitOfWork, *, after: datetime, before: datetime) -> list[Gap]:
    """Recorded gaps that overlap a span, earliest first."""
    query = (
        select(ServiceOutage.started_at, ServiceOutage.ended_at)
        .where(ServiceOutage.ended_at > after, ServiceOutage.started_at < before)
        .order_by(ServiceOutage.started_at)
    )
    return [Gap(*row) for row in (await uow.session.execute(query)).all()]


async def find_outage_ended_after(uow: UnitOfWork, at: datetime) -> Gap | None:
    """The first recorded gap that ended after an instant."""
    query = (
        select(ServiceOutage.started_at, ServiceOutage.ended_at)
        .where(ServiceOutage.ended_at > at)
        .order_by(ServiceOutage.ended_at)
        .limit(1)
    )
    row = (await uow.session.execute(query)).one_or_none()
    return None if row is None else Gap(*row)


# ---- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot with the instant it was read at, and how many take part."""

    lot: Lot
    now: datetime
    bidders: int
    bids: Sequence[dict[str, Any]] = ()
    steps: Sequence[dict[str, Any]] = ()


_BIDDERS = (
    select(func.count())
    .where(LotBidder.lot_id == Lot.id)
    .correlate(Lot)
    .scalar_subquery()
    .label("bidders")
)


def _fresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)


async def get_lot_row(uow: UnitOfWork, number: str) -> LotRow:
    """One lot as of now. Raises LotMissing."""
    query = select(Lot, _MARKET_NOW.label("now"), _BIDDERS).where(Lot.number == number)
    row = (await uow.session.execute(_fresh(query))).one_or_none()
    if row is None:
        raise LotMissing()
    return LotRow(row[0], row[1], row[2])


async def get_live_row(uow: UnitOfWork, lot_id: UUID, after: int, limit: int) -> LotRow:
    """The head and what happened after a number, in one statement. Raises LotMissing."""
    newer = (
        select(
            Bid.seq,
            Bid.code,
            Bid.amount_minor,
            Bid.outcome,
            Bid.decided_at,
            Bid.price_after_minor,
            Bid.leader_code_after,
            Bid.cycle_ends_after,
            Bid.act,
            Bid.origin,
            Bid.note,
            Bid.commitment,
        )
        .where(Bid.lot_id == bindparam("lot_id"), Bid.seq > bindparam("after"))
        .order_by(Bid.seq)
        .limit(limit)
        .subquery()
    )
    steps = (
        select(LotEvent.seq, LotEvent.step, LotEvent.at, LotEvent.facts)
        .where(LotEvent.lot_id == bindparam("lot_id"), LotEvent.seq > bindparam("after"))
        .order_by(LotEvent.seq)
        .limit(limit)
        .subquery()
    )
    query = select(
        Lot,
        _MARKET_NOW.label("now"),
        _BIDDERS,
        _as_json(newer).label("bids"),
        _as_json(steps).label("steps"),
    ).where(Lot.id == bindparam("lot_id"))
    row = (
        await uow.session.execute(_fresh(query), {"lot_id": lot_id, "after": after})
    ).one_or_none()
    if row is None:
        raise LotMissing()
    return LotRow(*row)


def _as_json(rows: Subquery) -> ScalarSelect[Any]:
    listed = func.jsonb_agg(func.to_jsonb(rows.table_valued()))
    return select(func.coalesce(listed, text("'[]'"))).scalar_subquery()


async def list_bids(uow: UnitOfWork, lot_id: UUID, limit: int) -> list[Bid]:
    """What was accepted, maxima excepted: the newest ``limit`` of them, newest first."""
    query = (
        select(Bid)
        .where(Bid.lot_id == lot_id, Bid.outcome == "accepted", Bid.act != Act.store)
        .order_by(Bid.seq.desc())
        .limit(limit)
    )
    return list((await uow.session.scalars(query)).all())


async def list_suspensions(uow: UnitOfWork, lot_id: UUID) -> list[LotSuspension]:
    query = (
        select(LotSuspension)
        .where(LotSuspension.lot_id == lot_id)
        .order_by(LotSuspension.suspended_at.desc())
    )
    return list((await uow.session.scalars(query)).all())


async def list_codes(uow: UnitOfWork, lot_id: UUID) -> list[str]:
    query = select(LotBidder.code).where(LotBidder.lot_id == lot_id)
    return list((await uow.session.scalars(query)).all())


async def list_own_codes(
    uow: UnitOfWork, bidder_id: UUID, lot_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """One bidder's codes in several lots."""
    query = select(LotBidder.lot_id, LotBidder.code).where(
        LotBidder.bidder_id == bidder_id, LotBidder.lot_id.in_(lot_ids)
    )
    return {row.lot_id: row.code for row in (await uow.session.execute(query)).all()}


async def list_open_lots(
    uow: UnitOfWork, *, started: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[LotRow]:
    """Open lots by the instant people wait for: the end of running ones, the start of others."""
    key = (
        case((Lot.free_ends_at > _MARKET_NOW, Lot.free_ends_at), else_=Lot.cycle_ends_at)
        if started
        else Lot.free_starts_at
    )
    opened = Lot.free_starts_at <= _MARKET_NOW if started else Lot.free_starts_at > _MARKET_NOW
    query = (
        select(Lot, _MARKET_NOW.label("now"), _BIDDERS)
        .where(Lot.due_at.is_not(None), opened)
        .order_by(key, Lot.id)
        .limit(limit)
    )
    if after is not None:
        instant, lot_id = after
        query = query.where(or_(key > instant, and_(key == instant, Lot.id > lot_id)))
    return [LotRow(*row) for row in (await uow.session.execute(_fresh(query))).all()]


async def list_closed_lots(
    uow: UnitOfWork, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[LotRow]:
    """Lots that are over, the latest first."""
    query = (
        select(Lot, _MARKET_NOW.label("now"), _BIDDERS)
        .where(Lot.closed_at.is_not(None))
        .order_by(Lot.closed_at.desc(), Lot.id.desc())
        .limit(limit)
    )
    if after is not None:
        instant, lot_id = after
        query = query.where(
            or_(Lot.closed_at < instant, and_(Lot.closed_at == instant, Lot.id < lot_id))
        )
    return [LotRow(*row) for row in (await uow.session.execute(_fresh(query))).all()]


async def list_lots_of(
    uow: UnitOfWork,
    *,
    seller_id: UUID | None = None,
    bidder_id: UUID | None = None,
    after: UUID | None,
    limit: int,
) -> list[LotRow]:
    """Lots of a seller, or lots that a bidder takes part in, newest first."""
    query = select(Lot, _MARKET_NOW.label("now"), _BIDDERS).order_by(Lot.id.desc()).limit(limit)
    if seller_id is not None:
        query = query.where(Lot.seller_id == seller_id)
    if bidder_id is not None:
        query = query.join(LotBidder, LotBidder.lot_id == Lot.id).where(
            LotBidder.bidder_id == bidder_id
        )
    if after is not None:
        query = query.where(Lot.id < after)
    return [LotRow(*row) for row in (await uow.session.execute(_fresh(query))).all()]
