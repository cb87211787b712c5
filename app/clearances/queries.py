"""Every SELECT and every lock of the room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnClause, literal_column, or_, select, text

from app.clearances.errors import ClearanceMissing, RightMissing
from app.clearances.models import Clearance, ClearanceRule, PreemptionRight
from app.clearances.types import ClearanceKind, GateRule
from app.core.tx import UnitOfWork

_MARKET_NOW: ColumnClause[object] = literal_column("market_now()")


async def lock_gates(uow: UnitOfWork, offer_id: UUID) -> None:
    """One change of an offer's gates at a time: a verdict and a block have one order."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"clearances:{offer_id}"},
    )


async def load_rules(uow: UnitOfWork, on: date) -> list[GateRule]:
    """Every row in force on a day."""
    query = (
        select(ClearanceRule)
        .where(
            ClearanceRule.in_force_from <= on,
            or_(ClearanceRule.in_force_to.is_(None), ClearanceRule.in_force_to >= on),
        )
        .order_by(ClearanceRule.kind, ClearanceRule.id)
    )
    return [row.value() for row in await uow.session.scalars(query)]


async def get_clearance(uow: UnitOfWork, clearance_id: UUID) -> Clearance:
    """One gate as it is now. Raises ClearanceMissing."""
    found = await uow.session.get(Clearance, clearance_id, populate_existing=True)
    if found is None:
        raise ClearanceMissing()
    return found


async def find_clearance(uow: UnitOfWork, offer_id: UUID, kind: ClearanceKind) -> Clearance | None:
    """The gate of a kind, when it was opened."""
    query = select(Clearance).where(Clearance.offer_id == offer_id, Clearance.kind == kind.value)
    return (await uow.session.scalars(_fresh(query))).one_or_none()


async def list_clearances(uow: UnitOfWork, offer_id: UUID) -> Sequence[Clearance]:
    query = select(Clearance).where(Clearance.offer_id == offer_id).order_by(Clearance.id)
    return (await uow.session.scalars(_fresh(query))).all()


async def get_right(uow: UnitOfWork, right_id: UUID) -> PreemptionRight:
    """One right as it is now. Raises RightMissing."""
    found = await uow.session.get(PreemptionRight, right_id, populate_existing=True)
    if found is None:
        raise RightMissing()
    return found


async def find_recorded(uow: UnitOfWork, owner_id: UUID, key: str) -> PreemptionRight | None:
    """What this key already recorded."""
    query = select(PreemptionRight).where(
        PreemptionRight.owner_id == owner_id, PreemptionRight.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_of_holder(
    uow: UnitOfWork, offer_id: UUID, holder_id: UUID
) -> PreemptionRight | None:
    """A holder's right in one offer."""
    query = select(PreemptionRight).where(
        PreemptionRight.offer_id == offer_id, PreemptionRight.holder_id == holder_id
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_rights(uow: UnitOfWork, offer_id: UUID) -> Sequence[PreemptionRight]:
    """The rights in an offer, the most senior first."""
    query = (
        select(PreemptionRight)
        .where(PreemptionRight.offer_id == offer_id)
        .order_by(PreemptionRight.rank, PreemptionRight.id)
    )
    return (await uow.session.scalars(_fresh(query))).all()


async def list_of_holders(
    uow: UnitOfWork, holder_ids: Sequence[UUID], after: UUID | None, limit: int
) -> Sequence[PreemptionRight]:
    """Rights of a person and of the house he acts for, newest first."""
    query = (
        select(PreemptionRight)
        .where(PreemptionRight.holder_id.in_(holder_ids))
        .order_by(PreemptionRight.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(PreemptionRight.id < after)
    return (await uow.session.scalars(query)).all()


async def lock_silent(uow: UnitOfWork, limit: int) -> Sequence[PreemptionRight]:
    """Rights whose time is over without an answer; one that is being answered is skipped."""
    query = (
        select(PreemptionRight)
        .where(text("response IS NULL"), PreemptionRight.answer_by <= _MARKET_NOW)
        .order_by(PreemptionRight.answer_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await uow.session.scalars(_fresh(query))).all()


async def lock_right(uow: UnitOfWork, right_id: UUID) -> PreemptionRight:
    """One right, locked. Raises RightMissing."""
    query = select(PreemptionRight).where(PreemptionRight.id == right_id).with_for_update()
    found: PreemptionRight | None = (await uow.session.scalars(_fresh(query))).one_or_none()
    if found is None:
        raise RightMissing()
    return found


def _fresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)
