"""The desks of auctions: what an organisation sells and takes part in; a lot to be announced."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.types import RulebookView
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState, find_bid_on
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import Options, options
from frontend.exports.auctions import JOINED_LOTS, OWN_LOTS
from frontend.forms.auctions import WINDOWS, LotForm
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/lots", name="lot_desk")
async def show_desk(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The lots that one's organisation sells."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_lots, actor=actor)
        return await exports.send(request, tx, actor, OWN_LOTS, fetch)
    found = await tx.run(service.list_own_lots, actor=actor, after=after or None)
    return page(
        request,
        "auctions/desk.html",
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


@router.get("/desk/lots/new", name="lot_new")
async def show_new(request: Request, actor: ActorDep, tx: TxDep, offer: str = "") -> Response:
    """The form of a lot, of one offer or of any that is free."""
    require(actor, ANNOUNCE_LOT)
    form = LotForm.blank(offer=offer or None, window_s=WINDOWS[3][0])
    return await _lot_page(request, actor, tx, form, 200)


@router.post("/desk/lots/new", name="lot_announce")
async def announce(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Announce a lot."""
    require(actor, ANNOUNCE_LOT)
    form = LotForm.of(await request.form())
    try:
        new = form.parse()
        number = await tx.run(
            service.announce_lot,
            actor=actor,
            offer_number=new.offer_number,
            terms=new.terms,
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error)
        return await _lot_page(request, actor, tx, form, error.status)
    return RedirectResponse(f"/lots/{number}", 303)


async def _lot_page(request: Request, actor: Actor, tx: Tx, form: LotForm, status: int) -> Response:
    offers, rulebook = await tx.run(read_free_offers, actor=actor)
    return page(
        request,
        "auctions/new.html",
        status=status,
        form=form,
        offers=offers,
        windows=options(request, dict(WINDOWS)),
        rulebook=rulebook,
    )


async def read_free_offers(uow: UnitOfWork, *, actor: Actor) -> tuple[Options, RulebookView]:
    """The actor's offers that can be bid for (the newest hundred), and the rules in force."""
    found = await catalogue.list_own_offers(uow, actor=actor, limit=100)
    free = [
        (
            offer.facts.number,
            f"{offer.facts.number} {offer.achievement_title}（{offer.facts.disposal.label}）",
        )
        for offer in found.items
        if offer.facts.state is OfferState.published
        and find_bid_on(offer.content.terms) is not None
    ]
    return free, await service.show_rulebook_in_force(uow)
