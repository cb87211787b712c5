"""JSON API of auctions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.auctions import service
from app.auctions.admission_errors import (
    ApplicationNeeded,
    LotNotYetOpenForJoining,
    MayNotTakePart,
)
from app.auctions.bidding_router import router as bidding_router
from app.auctions.errors import (
    LotMissing,
    LotNotOpenForJoining,
    RulebookMissing,
    SellerMayNotBid,
    StaffMayNotBid,
    TermsNotBiddable,
)
from app.auctions.schemas import (
    BidsOut,
    LotIn,
    LotOut,
    LotsOut,
    NumberOut,
    PlaceOut,
    RulebookOut,
)
from app.auctions.steering_router import router as steering_router
from app.auctions.types import Shelf
from app.catalogue.errors import OfferExcluded, OfferMissing, OfferStateForbids
from app.clearances.errors import GateOpen
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.web import ActorDep, KeyDep, TxDep, problems

router = APIRouter(prefix="/api/v1", tags=["auctions"])
router.include_router(bidding_router)
router.include_router(steering_router)

MOST_SEQ = 2**62


@router.get("/lots", responses=problems(Invalid))
async def lots(
    tx: TxDep,
    shelf: Shelf = Shelf.running,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> LotsOut:
    """Lots (标的) that run, come or have ended."""
    return LotsOut.of(await tx.run(service.list_lots, shelf=shelf, after=after, limit=limit))


@router.post(
    "/lots",
    status_code=201,
    responses=problems(
        Unauthenticated,
        Forbidden,
        OfferMissing,
        OfferStateForbids,
        OfferExcluded,
        TermsNotBiddable,
        GateOpen,
        KeyReused,
        Invalid,
    ),
)
async def announce(body: LotIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> NumberOut:
    """Announce a lot of your own offer (公告)."""
    number = await tx.run(
        service.announce_lot,
        actor=actor,
        offer_number=body.offer_number,
        terms=body.terms(),
        key=key,
    )
    return NumberOut(number=number)


@router.get("/lots/{number}", responses=problems(LotMissing))
async def lot(number: str, tx: TxDep) -> LotOut:
    """One lot as of now."""
    return LotOut.of(await tx.run(service.show_lot, number=number))


@router.get("/lots/{number}/bids", responses=problems(LotMissing, Invalid))
async def bids(
    number: str, tx: TxDep, after: Annotated[int, Query(ge=0, le=MOST_SEQ)] = 0
) -> BidsOut:
    """Bids and steps after a number, at most 500 of each, in order."""
    lot = await tx.run(service.show_lot, number=number)
    return BidsOut.of(await tx.run(service.read_live, lot_id=lot.id, after=after))


@router.post(
    "/lots/{number}/join",
    responses=problems(
        Unauthenticated,
        Forbidden,
        SellerMayNotBid,
        StaffMayNotBid,
        MayNotTakePart,
        LotMissing,
        LotNotYetOpenForJoining,
        LotNotOpenForJoining,
        ApplicationNeeded,
    ),
)
async def join(number: str, actor: ActorDep, tx: TxDep) -> PlaceOut:
    """Take part in a lot that asks for nothing (报名); joining twice gives the same code.

    A lot with conditions, documents or a deposit is applied to on its page (409
    ``application-needed``).
    """
    return PlaceOut.of(await tx.run(service.join_lot, actor=actor, number=number))


@router.get("/rulebooks/{version}", responses=problems(RulebookMissing))
async def rulebook(version: str, tx: TxDep) -> RulebookOut:
    """One version of the rules (竞价规则)."""
    return RulebookOut.of(await tx.run(service.show_rulebook, version=version))
