"""The desks of auctions: what an organisation sells, and what it takes part in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.auctions import service
from app.auctions.access import ANNOUNCE_LOT, LIST_DRAFTS, STEER_LOT
from app.core.access import may
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.auctions import JOINED_LOTS, OWN_LOTS
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/lots", name="lot_desk")
async def show_desk(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The lots that one's organisation sells."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_lots, actor=actor)
        return await exports.send(request, tx, actor, OWN_LOTS, fetch)
    found = await tx.run(service.list_own_lots, actor=actor, after=after or None)
    writes = may(actor, LIST_DRAFTS) and not after
    drafts = (await tx.run(service.list_drafts, actor=actor, limit=100)).items if writes else []
    return page(
        request,
        "auctions/desk.html",
        drafts=drafts,
        may_steer=may(actor, STEER_LOT, owner=actor.organisation_id),
        lots=found.items,
        next=found.next,
        first=not after,
        may_announce=may(actor, ANNOUNCE_LOT),
    )


@router.get("/desk/bids", name="bid_desk")
async def show_bids(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The lots that one's organisation takes part in."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_joined_lots, actor=actor)
        return await exports.send(request, tx, actor, JOINED_LOTS, fetch)
    found = await tx.run(service.list_joined_lots, actor=actor, after=after or None)
    return page(request, "auctions/bids.html", joined=found.items, next=found.next, first=not after)
