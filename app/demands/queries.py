"""Every SELECT and lock of demands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, Text, any_, bindparam, func, select, tuple_

from app.core.errors import NotFound
from app.core.tx import UnitOfWork
from app.demands.models import Demand


async def get_demand(uow: UnitOfWork, number: str) -> Demand:
    """One demand by its number; raises NotFound."""
    found = await uow.session.scalars(select(Demand).where(Demand.number == number))
    demand = found.one_or_none()
    if demand is None:
        raise NotFound()
    return demand


async def list_by_numbers(uow: UnitOfWork, numbers: Collection[str]) -> Sequence[Demand]:
    """Demands by their numbers; a number that names none is passed over."""
    return (await uow.session.scalars(select(Demand).where(Demand.number.in_(numbers)))).all()


async def lock_demand(uow: UnitOfWork, number: str) -> Demand:
    """One demand by its number, locked; raises NotFound."""
    found = await uow.session.scalars(
        select(Demand)
        .where(Demand.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    demand = found.one_or_none()
    if demand is None:
        raise NotFound()
    return demand


async def find_created(uow: UnitOfWork, person_id: UUID, key: str) -> Demand | None:
    """What this form has made already."""
    found = await uow.session.scalars(
        select(Demand).where(Demand.created_by == person_id, Demand.idempotency_key == key)
    )
    return found.one_or_none()


async def list_published(
    uow: UnitOfWork, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Demand]:
    """Published demands, newest first, below a (published_at, id)."""
    query = select(Demand).where(Demand.state == "published")
    if before is not None:
        query = query.where(tuple_(Demand.published_at, Demand.id) < before)
    query = query.order_by(Demand.published_at.desc(), Demand.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_of_care(
    uow: UnitOfWork, care_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Demand]:
    """An organisation's demands, imported ones included, last changed first."""
    query = select(Demand).where(Demand.care_id == care_id)
    if before is not None:
        query = query.where(tuple_(Demand.updated_at, Demand.id) < before)
    query = query.order_by(Demand.updated_at.desc(), Demand.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_submitted(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Demand]:
    """The review queue, oldest first."""
    query = select(Demand).where(Demand.state == "submitted")
    if after is not None:
        query = query.where(tuple_(Demand.submitted_at, Demand.id) > after)
    query = query.order_by(Demand.submitted_at, Demand.id).limit(limit)
    return (await uow.session.scalars(query)).all()


async def lock_expired(uow: UnitOfWork, limit: int) -> Sequence[Demand]:
    """Published demands whose time is up, locked; those another sweep holds are skipped."""
    query = (
        select(Demand)
        .where(Demand.state == "published", Demand.expires_at <= func.market_now())
        .order_by(Demand.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def load_by_owner_numbers(
    uow: UnitOfWork, care_id: UUID, numbers: Collection[str], *, lock: bool
) -> dict[str, Demand]:
    """The demands in one organisation's care that bear these numbers; locked in id order."""
    query = (
        select(Demand)
        .where(Demand.care_id == care_id, Demand.owner_number == any_(_texts(numbers)))
        .order_by(Demand.id)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update()
    return {str(demand.owner_number): demand for demand in await uow.session.scalars(query)}


async def list_found(uow: UnitOfWork, after: UUID | None, limit: int) -> Sequence[Demand]:
    """Demands that search finds, after an id, in id order."""
    query = select(Demand).where(Demand.state == "published")
    if after is not None:
        query = query.where(Demand.id > after)
    return (await uow.session.scalars(query.order_by(Demand.id).limit(limit))).all()


async def lock_found(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Demand]:
    """Those of these that search finds, kept from changing; in id order."""
    query = (
        select(Demand)
        .where(Demand.id.in_(ids))
        .order_by(Demand.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return [one for one in await uow.session.scalars(query) if one.state == "published"]


def _texts(values: Collection[str]) -> BindParameter[Any]:
    """One array parameter: a list of 500 would be a statement of its own each time."""
    return bindparam("numbers", list(values), type_=ARRAY(Text))
