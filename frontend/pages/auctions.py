"""Pages of auctions: the public lists, the lot room and its live stream, the rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service as accounts
from app.auctions import service
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.errors import BidRefused
from app.auctions.types import (
    LotState,
    LotView,
    MyPlace,
    PublicBid,
    RulebookView,
    Shelf,
    SuspensionView,
)
from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError, TooMany, Unauthenticated
from app.core.i18n import Message, _n, translate
from app.core.tx import UnitOfWork
from app.core.web import ActorDep, TxDep
from app.deals import service as deals
from app.reports.types import Card
from frontend import charts, exports
from frontend.exports.auctions import BIDS, PUBLIC_LOTS
from frontend.forms import CLOSED
from frontend.forms.auctions import BidForm
from frontend.live import PHASES, EventStream, closes_at, hub_of
from frontend.pages.auction_lists import public_lots, published_bids
from frontend.render import locale_of, page
from frontend.show import datetime_seconds

router = APIRouter(include_in_schema=False)

SHELVES: Final = (
    (Shelf.running, _n("正在进行")),
    (Shelf.coming, _n("即将开始")),
    (Shelf.ended, _n("已经结束")),
)
MOST_SEQ: Final = 2**62
_YEARS: Final = re.compile(r"(\d+) 年")


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
    label = _n("起始价")
    if lot.price_minor is not None:
        label = _n("成交价") if lot.is_over else _n("当前价")
    return Card(
        kind="lot",
        kind_label=_n("竞价标的"),
        number=lot.number,
        title=lot.title,
        href=f"/lots/{lot.number}",
        state=str(lot.outcome or lot.state),
        holder=holder,
        price_label=label,
        price_minor=lot.start_minor if lot.price_minor is None else lot.price_minor,
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


@dataclass(frozen=True, slots=True)
class RoomBid:
    """An accepted bid as the feed and the curve take it."""

    seq: int
    code: str
    amount_minor: int
    outcome: str
    at: object


@dataclass(frozen=True, slots=True)
class Room:
    """Everything a lot's page shows to one actor."""

    lot: LotView
    bids: list[PublicBid]
    place: MyPlace | None
    obstacle: DomainError | None
    suspensions: list[SuspensionView]
    rulebook: RulebookView
    seller_name: str
    seller_href: str
    deal_number: str | None


async def read_room(uow: UnitOfWork, *, actor: Actor, number: str) -> Room:
    """One reading of a lot in one transaction. Raises LotMissing."""
    lot = await service.show_lot(uow, number=number)
    place = await service.find_my_place(uow, actor=actor, lot=lot)
    seller = (await accounts.get_organisations(uow, ids=[lot.seller_id])).get(lot.seller_id)
    return Room(
        lot=lot,
        bids=await service.list_public_bids(uow, lot_id=lot.id),
        place=place,
        obstacle=service.find_obstacle(actor, lot, place),
        suspensions=await service.list_suspensions(uow, lot_id=lot.id),
        rulebook=await service.show_rulebook(uow, version=lot.rulebook_version),
        seller_name=seller.name if seller else "",
        seller_href=f"/organisations/{lot.seller_id}" if seller and seller.verified else "",
        deal_number=await deals.find_deal_number_of_lot(uow, actor=actor, lot_id=lot.id),
    )


@router.get("/lots/{number}", name="lot_show")
async def show_room(
    request: Request,
    number: str,
    actor: ActorDep,
    tx: TxDep,
    placed: Annotated[int, Query(ge=0, le=MOST_SEQ)] = 0,
    joined: str = "",
) -> Response:
    """The lot room; after the close the same page is its record."""
    if exports.asked(request):
        fetch = exports.pages(tx, published_bids, number=number)
        return await exports.send(request, tx, actor, BIDS, fetch)
    room = await tx.run(read_room, actor=actor, number=number)
    return _room_page(request, room, BidForm(), 200, placed=placed, joined=bool(joined))


@router.post("/lots/{number}/join", name="lot_join")
async def join(number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take part; joining twice is joining once, so no key is needed."""
    await tx.run(service.join_lot, actor=actor, number=number)
    return RedirectResponse(f"/lots/{number}?joined=1", 303)


@router.post("/lots/{number}/bids", name="lot_bid")
async def bid(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Place a bid: 303 when accepted; a refusal shows its sentence, what was typed, a fresh key."""
    form = BidForm.of(await request.form())
    try:
        receipt = await tx.run(
            service.place_bid, actor=actor, number=number, amount=form.parse(), key=form.key()
        )
        if not receipt.accepted:
            raise BidRefused(receipt)
    except DomainError as error:
        form.refuse(error, but=(*CLOSED, TooMany))
        room = await tx.run(read_room, actor=actor, number=number)
        if room.place is None:
            raise
        return _room_page(request, room, form, error.status)
    return RedirectResponse(f"/lots/{number}?placed={receipt.seq}", 303)


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


def _room_page(
    request: Request,
    room: Room,
    form: BidForm,
    status: int,
    *,
    placed: int = 0,
    joined: bool = False,
) -> Response:
    lot, place = room.lot, room.place
    bids = [
        RoomBid(bid.seq, bid.code, bid.amount_minor, "accepted", bid.at)
        for bid in reversed(room.bids)
        if bid.amount_minor is not None
    ]
    mine = place.code if place else None
    just_placed = [b.amount_minor for b in bids if b.seq == placed and b.code == mine]
    obstacle = room.obstacle
    view = {
        "number": lot.number,
        "title": lot.title,
        "state": str(lot.state),
        "outcome": None if lot.outcome is None else str(lot.outcome),
        "phase_label": PHASES[lot.state],
        "seq": lot.seq,
        "price_minor": lot.price_minor,
        "leader": lot.leader_code,
        "start_minor": lot.start_minor,
        "step_minor": lot.step_minor,
        "next_minor": lot.next_minor,
        "free_starts_at": lot.free_starts_at,
        "free_ends_at": lot.free_ends_at,
        "window_s": lot.window_s,
        "closes_at": closes_at(lot),
        "suspended_reason": _suspended_reason(lot, room.suspensions),
        "offer_number": lot.offer_number,
        "offer_title": lot.offer_number,
        "seller_name": room.seller_name,
        "seller_href": room.seller_href,
        "terms": [
            (_tr(request, label), _particular(request, text)) for label, text in lot.particulars
        ],
        "bids": bids,
        "my_code": mine,
        "can_join": place is None and obstacle is None,
        "can_bid": place is not None and obstacle is None,
        "why_not": _why_not(obstacle),
        "deal_href": f"/deals/{room.deal_number}" if room.deal_number else "",
        "bidder_count": lot.bidder_count,
        "closed_at": lot.closed_at,
        "rulebook_version": lot.rulebook_version,
    }
    curve = charts.curve_data(
        bids,  # type: ignore[arg-type]
        start_minor=lot.start_minor,
        starts_at=lot.free_starts_at,
        ends_at=lot.closed_at or min(max(lot.now, lot.free_starts_at), lot.cycle_ends_at),
    )
    return page(
        request,
        "auctions/room.html",
        status=status,
        view=view,
        curve=curve,
        form=form,
        error=form.error,
        placed=just_placed[0] if just_placed else None,
        joined_just_now=joined,
        suspensions=room.suspensions,
        rulebook=room.rulebook,
    )


def _why_not(obstacle: DomainError | None) -> str:
    """The sentence beside no form; a stranger is shown the login instead."""
    return "" if obstacle is None or isinstance(obstacle, Unauthenticated) else obstacle.detail


def _tr(request: Request, text: str) -> str:
    return translate(locale_of(request), text)


def _particular(request: Request, text: str) -> str:
    """What was announced of the lot, the market's own words in the reader's language."""
    years = _YEARS.fullmatch(text)
    if years:
        return _tr(request, Message("%(years)s 年", years=years[1]))
    words = text.split("、")
    known = [_tr(request, word) for word in words]
    return ", ".join(known) if known != words else text


def _suspended_reason(lot: LotView, suspensions: list[SuspensionView]) -> str:
    """What a suspended lot's page says: which gap, and when it goes on."""
    if lot.state is not LotState.suspended or not suspensions:
        return ""
    last = suspensions[0]
    start = datetime_seconds(last.gap_started_at)
    if last.gap_ended_at is None or last.resumes_at is None:
        return Message(
            _n("服务自 %(start)s 起中断，超出竞价规则允许的时长。恢复时间将在服务恢复后公布。"),
            start=start,
        )
    return Message(
        _n("服务在 %(start)s 至 %(end)s 中断，超出竞价规则允许的时长。预计 %(resume)s 恢复报价。"),
        start=start,
        end=datetime_seconds(last.gap_ended_at),
        resume=datetime_seconds(last.resumes_at),
    )
