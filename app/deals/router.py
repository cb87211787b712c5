"""JSON API of deals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.web import ActorDep, TxDep, problems
from app.deals import service
from app.deals.errors import DealMissing
from app.deals.schemas import DealOut, DealsOut

router = APIRouter(prefix="/api/v1", tags=["deals"])


@router.get("/deals", responses=problems(Unauthenticated, Forbidden, Invalid))
async def deals(
    actor: ActorDep,
    tx: TxDep,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> DealsOut:
    """The deals (交易) of your organisation, newest first."""
    return DealsOut.of(await tx.run(service.list_deals, actor=actor, after=after, limit=limit))


@router.get("/deals/{number}", responses=problems(DealMissing))
async def deal(number: str, actor: ActorDep, tx: TxDep) -> DealOut:
    """One deal, for its parties."""
    return DealOut.of(await tx.run(service.show_deal, actor=actor, number=number))
