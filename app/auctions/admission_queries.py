"""Every SELECT and every lock of admission and of looks behind a code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnClause, and_, literal_column, or_, select, text

from app.auctions.admission_errors import ApplicationMissing, LookMissing
from app.auctions.admission_models import ApplicationComplaint, LotApplication, LotLook
from app.auctions.admission_types import ApplicationState
from app.auctions.models import Lot, LotBidder
from app.core.tx import UnitOfWork

_MARKET_NOW: ColumnClause[datetime] = literal_column("market_now()")
CURRENT = (ApplicationState.submitted, ApplicationState.accepted, ApplicationState.admitted)


def _fresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)


async def find_by_key(
    uow: UnitOfWork, lot_id: UUID, party_id: UUID, key: str
) -> LotApplication | None:
    """What this key already handed in."""
    query = select(LotApplication).where(
        LotApplication.lot_id == lot_id,
        LotApplication.party_id == party_id,
        LotApplication.idempotency_key == key,
    )
    return (await uow.session.scalars(_fresh(query))).one_or_none()


async def find_current(uow: UnitOfWork, lot_id: UUID, party_id: UUID) -> LotApplication | None:
    """A party's application that waits or was admitted."""
    query = select(LotApplication).where(
        LotApplication.lot_id == lot_id,
        LotApplication.party_id == party_id,
        LotApplication.state.in_([state.value for state in CURRENT]),
    )
    return (await uow.session.scalars(_fresh(query))).one_or_none()


async def find_newest(uow: UnitOfWork, lot_id: UUID, party_id: UUID) -> LotApplication | None:
    """A party's last application to a lot."""
    query = (
        select(LotApplication)
        .where(LotApplication.lot_id == lot_id, LotApplication.party_id == party_id)
        .order_by(LotApplication.id.desc())
        .limit(1)
    )
    return (await uow.session.scalars(_fresh(query))).one_or_none()


async def get_application(uow: UnitOfWork, application_id: UUID) -> LotApplication:
    """One application as it is now: whoever holds its lot may change it. Raises
    ApplicationMissing."""
    query = select(LotApplication).where(LotApplication.id == application_id)
    found: LotApplication | None = (await uow.session.scalars(_fresh(query))).one_or_none()
    if found is None:
        raise ApplicationMissing()
    return found


async def get_lot(uow: UnitOfWork, lot_id: UUID) -> Lot:
    """The lot of an application."""
    found = await uow.session.get(Lot, lot_id, populate_existing=True)
    assert found is not None, "an application has its lot"
    return found


async def load_lots(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Lot]:
    """Lots by id, for a list."""
    rows = await uow.session.scalars(_fresh(select(Lot).where(Lot.id.in_(ids))))
    return {lot.id: lot for lot in rows}


async def list_waiting(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[LotApplication]:
    """Applications to be decided, oldest first."""
    query = (
        select(LotApplication)
        .where(text("lot_application.state = 'submitted'"))
        .order_by(LotApplication.applied_at, LotApplication.id)
        .limit(limit)
    )
    if after is not None:
        at, row_id = after
        query = query.where(
            or_(
                LotApplication.applied_at > at,
                and_(LotApplication.applied_at == at, LotApplication.id > row_id),
            )
        )
    return (await uow.session.scalars(_fresh(query))).all()


async def list_of_party(
    uow: UnitOfWork, party_id: UUID, after: UUID | None, limit: int
) -> Sequence[LotApplication]:
    """An organisation's own, newest first."""
    query = (
        select(LotApplication)
        .where(LotApplication.party_id == party_id)
        .order_by(LotApplication.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(LotApplication.id < after)
    return (await uow.session.scalars(_fresh(query))).all()


async def list_open_complaints(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[LotApplication]:
    """Applications with an unanswered complaint, the oldest complaint first."""
    query = (
        select(LotApplication)
        .join(ApplicationComplaint, ApplicationComplaint.application_id == LotApplication.id)
        .where(text("application_complaint.answered_at IS NULL"))
        .order_by(ApplicationComplaint.filed_at, ApplicationComplaint.application_id)
        .limit(limit)
    )
    if after is not None:
        at, row_id = after
        query = query.where(
            or_(
                ApplicationComplaint.filed_at > at,
                and_(
                    ApplicationComplaint.filed_at == at,
                    ApplicationComplaint.application_id > row_id,
                ),
            )
        )
    return (await uow.session.scalars(_fresh(query))).all()


async def find_complaint(uow: UnitOfWork, application_id: UUID) -> ApplicationComplaint | None:
    """The complaint about an application, if there is one."""
    return await uow.session.get(ApplicationComplaint, application_id, populate_existing=True)


async def load_complaints(
    uow: UnitOfWork, ids: Collection[UUID]
) -> dict[UUID, ApplicationComplaint]:
    """Complaints by application, for a list."""
    query = select(ApplicationComplaint).where(ApplicationComplaint.application_id.in_(ids))
    return {row.application_id: row for row in await uow.session.scalars(_fresh(query))}


async def lock_due_lots(uow: UnitOfWork, limit: int) -> Sequence[Lot]:
    """Lots with applications whose time is over; one that is busy is looked at next time."""
    due = (
        select(LotApplication.lot_id)
        .where(LotApplication.due_at <= _MARKET_NOW)
        .order_by(LotApplication.due_at)
        .limit(limit)
    )
    query = select(Lot).where(Lot.id.in_(due)).order_by(Lot.id).with_for_update(skip_locked=True)
    return (await uow.session.scalars(_fresh(query))).all()


async def list_due(uow: UnitOfWork, lot_id: UUID) -> Sequence[LotApplication]:
    """The applications of a locked lot whose time is over."""
    query = (
        select(LotApplication)
        .where(LotApplication.lot_id == lot_id, LotApplication.due_at <= _MARKET_NOW)
        .order_by(LotApplication.id)
    )
    return (await uow.session.scalars(_fresh(query))).all()


async def find_look(uow: UnitOfWork, person_id: UUID, key: str) -> LotLook | None:
    """What this key already asked for."""
    query = select(LotLook).where(LotLook.asked_by == person_id, LotLook.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def lock_look(uow: UnitOfWork, look_id: UUID) -> LotLook:
    """One look, locked. Raises LookMissing."""
    query = select(LotLook).where(LotLook.id == look_id).with_for_update()
    found: LotLook | None = (await uow.session.scalars(_fresh(query))).one_or_none()
    if found is None:
        raise LookMissing()
    return found


async def list_looks(uow: UnitOfWork, after: UUID | None, limit: int) -> Sequence[LotLook]:
    """Every look, newest first."""
    query = select(LotLook).order_by(LotLook.id.desc()).limit(limit)
    if after is not None:
        query = query.where(LotLook.id < after)
    return (await uow.session.scalars(_fresh(query))).all()


async def list_places(uow: UnitOfWork, lot_id: UUID) -> Sequence[tuple[str, UUID]]:
    """Codes and who stands behind them, by code: the one place that reads both together for
    somebody else's eyes, see ``looking.read_names``."""
    query = (
        select(LotBidder.code, LotBidder.bidder_id)
        .where(LotBidder.lot_id == lot_id)
        .order_by(LotBidder.code)
    )
    return [(row.code, row.bidder_id) for row in await uow.session.execute(query)]
