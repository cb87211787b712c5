"""Demands' share of a person's own data, and what keeps an organisation open."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app.core.i18n import Message
from app.core.tx import UnitOfWork
from app.demands.models import Demand
from app.demands.types import DemandState

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Demands he entered."""
    entered = await uow.session.execute(
        select(Demand.number, Demand.title, Demand.state)
        .where(Demand.created_by == person_id)
        .order_by(Demand.id.desc())
        .limit(ROWS)
    )
    return {"entered": [dict(row) for row in entered.mappings()]}


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Demands that are public or under review."""
    count = await uow.session.scalar(
        select(func.count()).where(
            Demand.owner_id == organisation_id,
            Demand.state.in_([DemandState.published.value, DemandState.submitted.value]),
        )
    )
    if not count:
        return []
    return [Message("您的单位还有 %(count)s 条需求在征集或待审核，请先结束", count=count)]
