"""Pages of auctions: the public lists, the lot room and its live stream, the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.types import LotView, Origin, PublicBid, Shelf
from app.core.access import may
from app.core.i18n import Message, _n
from app.core.web import ActorDep, TxDep
from app.reports.types import Card
from frontend import exports
from frontend.exports.auctions import BIDS, PUBLIC_LOTS
from frontend.live import EventStream, closes_at, hub_of
from frontend.lot_modes import SHAPES
from frontend.pages.auction_lists import public_lots, published_bids
from frontend.pages.auction_room import Room, read_room, room_page
from frontend.render import locale_of, page
from frontend.room_bids import receipt_sentence

router = APIRouter(include_in_schema=False)

SHELVES: Final = (
    (Shelf.running, _n("正在进行")),
    (Shelf.coming, _n("即将开始")),
    (Shelf.ended, _n("已经结束")),
)
MOST_SEQ: Final = 2**62
REFRESH_S: Final = 20


# ---------------------------------------------------------------- public


@router.get("/lots", name="lot_list")
async def show_list(
    request: Request, actor: ActorDep, tx: TxDep, shelf: Shelf = Shelf.running, after: str = ""
) -> Response:
    """Lots that run, come, or have ended."""
    if exports.asked(request):
        fetch = exports.pages(tx, public_lots, shelf=shelf)
        return await exports.send(request, tx, actor, PUBLIC_LOTS, fetch)
    found = await tx.run(public_lots, shelf=shelf, after=after or None)
    return page(
        request,
        "auctions/list.html",
        shelf=shelf,
        shelves=SHELVES,
        cards=[card_of(lot, seller) for lot, seller in found.items],
        next=found.next,
        first=not after,
        may_announce=may(actor, ANNOUNCE_LOT),
    )


def card_of(lot: LotView, holder: str) -> Card:
    """A lot in a list."""
    label, price = _n("起始价"), lot.start_minor
    if lot.price_minor is not None:
        label, price = _n("当前价"), lot.price_minor
        if lot.is_over:
            label = _n("成交价") if lot.is_sold else _n("最高报价")
    elif lot.is_open and lot.asking_minor is not None:
        label, price = _n("当前价"), lot.asking_minor
    return Card(
        kind="lot",
        kind_label=_n("竞价标的"),
        number=lot.number,
        title=lot.title,
        href=f"/lots/{lot.number}",
        state=str(lot.outcome or lot.state),
        holder=holder,
        tags=(SHAPES[lot.mode].label,),
        price_label=label,
        price_minor=price,
        ends_at=closes_at(lot),
        published_at=lot.announced_at,
    )


@router.get("/lots/rules/{version}", name="rulebook_show")
async def show_rules(request: Request, version: str, actor: ActorDep, tx: TxDep) -> Response:
    """One version of the rules, to be read and printed."""
    del actor  # read for the page's head
    book = await tx.run(service.show_rulebook, version=version)
    return page(request, "auctions/rules.html", book=book)


# ---------------------------------------------------------------- the room


@router.get("/lots/{number}", name="lot_show")
async def show_room(
    request: Request,
    number: str,
    actor: ActorDep,
    tx: TxDep,
    placed: Annotated[int, Query(ge=0, le=MOST_SEQ)] = 0,
    joined: str = "",
    refresh: str = "",
) -> Response:
    """The lot room; after the close the same page is its record.

    ``refresh``: without script the page comes again by itself, for whoever asks for it.
    """
    if exports.asked(request):
        fetch = exports.pages(tx, published_bids, number=number)
        return await exports.send(request, tx, actor, BIDS, fetch)
    room = await tx.run(read_room, actor=actor, number=number)
    waits = bool(refresh) and not room.lot.is_over
    return room_page(
        request,
        room,
        told=told_of(room, placed=placed, joined=bool(joined)),
        refresh=REFRESH_S if waits else 0,
    )


def told_of(room: Room, *, placed: int, joined: bool) -> str:
    """What the reader has just done, if it was he."""
    place = room.place
    if place is None:
        return ""
    if joined and not room.lot.is_over:
        return Message("报名成功，您的竞买代码是 %(code)s", code=place.code)
    if not placed:
        return ""
    if placed == place.sealed_seq:
        return _n("密封报价已提交")
    if placed == place.stored_seq:
        return _n("最高限价已加密保存")
    found = {bid.seq: bid for bid in room.bids if bid.seq != placed or bid.code == place.code}
    return receipt_sentence(found[placed], _last_answer(found, placed)) if placed in found else ""


def _last_answer(found: Mapping[int, PublicBid], placed: int) -> PublicBid | None:
    """The last of the automatic bids that a bid brought about."""
    last = None
    while (after := found.get(placed + 1)) is not None and after.origin is Origin.proxy:
        last, placed = after, placed + 1
    return last


@router.post("/lots/{number}/join", name="lot_join")
async def join(number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take part; joining twice is joining once, so no key is needed."""
    await tx.run(service.join_lot, actor=actor, number=number)
    return RedirectResponse(f"/lots/{number}?joined=1", 303)


@router.get("/lots/{number}/events", name="lot_events")
async def events(
    request: Request,
    number: str,
    tx: TxDep,
    after: Annotated[int, Query(ge=0, le=MOST_SEQ)] = 0,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """What happens in the room from a bid number on, as Server-Sent Events."""
    if last_event_id.isdecimal() and len(last_event_id) < 19:
        after = max(after, int(last_event_id))
    lot = await tx.run(service.show_lot, number=number)
    hub = hub_of(request.app)
    watcher = await hub.open(lot.id, after=after, locale=locale_of(request))
    return EventStream(hub, lot.id, watcher)
