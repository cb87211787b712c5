"""JSON API of demands: read what is published, save a draft."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import Forbidden, Invalid, KeyReused, NotFound, Unauthenticated
from app.core.web import ActorDep, KeyDep, TxDep, problems
from app.demands import service
from app.demands.schemas import DemandIn, DemandOut, DemandsOut

router = APIRouter(prefix="/api/v1/demands", tags=["demands"])


@router.get("", responses=problems(Invalid))
async def list_demands(
    actor: ActorDep,
    tx: TxDep,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> DemandsOut:
    """Published demands (技术需求), newest first."""
    found = await tx.run(service.list_demands, actor=actor, after=after, limit=limit)
    return DemandsOut.of(found)


@router.get("/{number}", responses=problems(NotFound))
async def show_demand(number: str, actor: ActorDep, tx: TxDep) -> DemandOut:
    """One demand; what is not published is known to its organisation and the platform only."""
    view, _ = await tx.run(service.show_demand, actor=actor, number=number)
    return DemandOut.of(view)


@router.post(
    "", status_code=201, responses=problems(Unauthenticated, Forbidden, Invalid, KeyReused)
)
async def create_demand(body: DemandIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> DemandOut:
    """Save a draft for the organisation you act for. Send the same Idempotency-Key on a retry."""
    view = await tx.run(service.create_demand, actor=actor, content=body.content(), key=key)
    return DemandOut.of(view)
