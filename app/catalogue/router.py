"""JSON API of achievements and offers: read what is published, save drafts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.catalogue import service
from app.catalogue.errors import (
    AchievementMissing,
    NotClaimedYet,
    NotPublishedYet,
    OfferMissing,
    OwnerNumberTaken,
)
from app.catalogue.schemas import (
    AchievementDraftOut,
    AchievementIn,
    AchievementOut,
    AchievementsOut,
    OfferDraftOut,
    OfferIn,
    OfferOut,
)
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.web import ActorDep, KeyDep, TxDep, problems

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


@router.get("/achievements", responses=problems(Invalid))
async def list_achievements(
    tx: TxDep,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> AchievementsOut:
    """Published achievements (科技成果), newest first."""
    return AchievementsOut.of(await tx.run(service.list_achievements, after=after, limit=limit))


@router.get("/achievements/{number}", responses=problems(AchievementMissing))
async def show_achievement(number: str, actor: ActorDep, tx: TxDep) -> AchievementOut:
    """One achievement; what is not published is known to its owner and the platform only."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    return AchievementOut.of(view)


@router.post(
    "/achievements",
    status_code=201,
    responses=problems(Unauthenticated, Forbidden, Invalid, KeyReused, OwnerNumberTaken),
)
async def draft_achievement(
    body: AchievementIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> AchievementDraftOut:
    """Save a draft for the organisation you act for. Send the same Idempotency-Key on a retry."""
    made = await tx.run(service.draft_achievement, actor=actor, content=body.content(), key=key)
    return AchievementDraftOut(number=made.number, state=made.state, version=made.version)


@router.get("/offers/{number}", responses=problems(OfferMissing))
async def show_offer(number: str, actor: ActorDep, tx: TxDep) -> OfferOut:
    """One offer (供给信息) with its price terms and their hash."""
    return OfferOut.of(await tx.run(service.show_offer, actor=actor, number=number))


@router.post(
    "/offers",
    status_code=201,
    responses=problems(
        Unauthenticated,
        Forbidden,
        AchievementMissing,
        NotClaimedYet,
        NotPublishedYet,
        Invalid,
        KeyReused,
    ),
)
async def draft_offer(body: OfferIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> OfferDraftOut:
    """Save an offer of a published achievement of your organisation as a draft."""
    made = await tx.run(
        service.draft_offer,
        actor=actor,
        achievement_number=body.achievement,
        content=body.content(),
        key=key,
    )
    return OfferDraftOut(
        number=made.number,
        state=made.state,
        version=made.version,
        terms_hash=made.price_terms_hash,
    )
