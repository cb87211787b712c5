"""JSON API of accounts: who am I, and the public register of organisations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.accounts import service
from app.accounts.errors import OrganisationMissing
from app.accounts.schemas import MeOut, OrganisationOut, OrganisationsOut
from app.core.errors import Invalid, Unauthenticated
from app.core.web import ActorDep, TxDep, problems

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.get("/me", responses=problems(Unauthenticated))
async def me(actor: ActorDep, tx: TxDep) -> MeOut:
    """The asker, the organisations he may act for, and his roles in force."""
    return MeOut.of(actor, await tx.run(service.list_memberships, actor=actor))


@router.get("/organisations", responses=problems(Invalid))
async def organisations(
    tx: TxDep, after: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> OrganisationsOut:
    """Verified organisations (认证单位) in order of name."""
    return OrganisationsOut.of(await tx.run(service.list_organisations, after=after, limit=limit))


@router.get("/organisations/{organisation_id}", responses=problems(OrganisationMissing))
async def organisation(organisation_id: UUID, actor: ActorDep, tx: TxDep) -> OrganisationOut:
    """One organisation; an unverified one is known to its members only."""
    return OrganisationOut.of(
        await tx.run(service.show_organisation, actor=actor, organisation_id=organisation_id)
    )
