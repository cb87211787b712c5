"""What bidders do in the lot room: each is one form, one verb, and back to the room (303)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.access import BID
from app.auctions.errors import BidRefused, JumpUnconfirmed
from app.auctions.types import BidReceipt
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError, TooMany
from app.core.money import Money
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.forms import CLOSED
from frontend.forms.auctions import AgreeForm, BidForm, MaximumForm, SealForm
from frontend.pages.auction_room import read_room, room_page

router = APIRouter(include_in_schema=False)

Verb = Callable[..., Awaitable[BidReceipt]]


@router.post("/lots/{number}/bids", name="lot_bid")
async def bid(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Place a bid (报价)."""
    form = BidForm.of(await request.form())
    return await _send(request, actor, tx, number, "bid", service.place_bid, form, form.parse)


@router.post("/lots/{number}/maximum", name="lot_maximum")
async def store_maximum(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Store or change a maximum (最高限价)."""
    form = MaximumForm.of(await request.form())
    return await _send(
        request, actor, tx, number, "maximum", service.store_maximum, form, form.parse
    )


@router.post("/lots/{number}/maximum/remove", name="lot_maximum_remove")
async def remove_maximum(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take the stored maximum away."""
    form = MaximumForm.of(await request.form())
    return await _send(
        request, actor, tx, number, "maximum", service.store_maximum, form, lambda: None
    )


@router.post("/lots/{number}/match", name="lot_match")
async def match_price(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """A holder takes the price that was shown (跟价)."""
    form = BidForm.of(await request.form())
    return await _send(request, actor, tx, number, "match", service.match_price, form, form.parse)


@router.post("/lots/{number}/confirm", name="lot_confirm")
async def confirm(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Confirm that one takes part in the limited period."""
    return await _press(request, actor, tx, number, "confirm", service.confirm_limited)


@router.post("/lots/{number}/accept", name="lot_accept")
async def accept(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take the price that is asked (应价); ``amount`` is the price that was shown."""
    form = AgreeForm.of(await request.form())
    return await _send(
        request, actor, tx, number, "accept", service.accept_price, form, form.parse_amount
    )


@router.post("/lots/{number}/seal", name="lot_seal")
async def seal(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Hand in a sealed bid (密封报价)."""
    form = SealForm.of(await request.form())
    return await _send(request, actor, tx, number, "seal", service.seal_bid, form, form.parse)


@router.post("/lots/{number}/exercise", name="lot_exercise")
async def exercise(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """A holder takes the final price that was shown (行使优先购买权)."""
    form = AgreeForm.of(await request.form())
    return await _send(
        request, actor, tx, number, "exercise", service.exercise_right, form, form.parse_amount
    )


@router.post("/lots/{number}/waive", name="lot_waive")
async def waive(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """A holder lets the final price go (放弃优先购买权)."""
    return await _press(request, actor, tx, number, "exercise", service.waive_right, agree=True)


@router.post("/lots/{number}/raise", name="lot_raise")
async def raise_bid(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The highest bidder answers a holder with a further raise (追加报价)."""
    form = BidForm.of(await request.form())
    return await _send(request, actor, tx, number, "raise", service.raise_bid, form, form.parse)


async def _press(
    request: Request,
    actor: Actor,
    tx: Tx,
    number: str,
    panel: str,
    verb: Verb,
    *,
    agree: bool = False,
) -> Response:
    """A button without an amount; ``agree``: with a box to be ticked first."""
    form = AgreeForm.of(await request.form())

    def said() -> None:
        if agree:
            form.agreed()

    return await _send(request, actor, tx, number, panel, verb, form, said, amount=False)


async def _send(
    request: Request,
    actor: Actor,
    tx: Tx,
    number: str,
    panel: str,
    verb: Verb,
    form: BidForm,
    parse: Callable[[], Money | None],
    *,
    amount: bool = True,
) -> Response:
    """303 when accepted; a refusal shows its sentence, what was typed, a fresh key."""
    require(actor, BID)  # who may not bid at all is told so before what he typed is looked at
    try:
        said: dict[str, Any] = {"amount": parse()} if amount else {}
        if not amount:
            parse()
        if amount and form.confirms(said["amount"]):
            said["confirm_jump"] = True
        receipt = await tx.run(verb, actor=actor, number=number, key=form.key(), **said)
        if not receipt.accepted:
            raise BidRefused(receipt)
    except DomainError as error:
        if isinstance(error, JumpUnconfirmed):
            form.ask_again(error)
        else:
            form.refuse(error, but=(*CLOSED, TooMany))
        room = await tx.run(read_room, actor=actor, number=number)
        if room.place is None:
            raise
        return room_page(request, room, form=form, refused=panel, status=error.status)
    return RedirectResponse(f"/lots/{number}?placed={receipt.seq}", 303)
