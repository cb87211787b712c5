"""Pages of deposits: what a bidder has to pay and where it stands; what operators decide."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.types import DepositFilter, ForfeitReason, Use
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.payments import DEPOSITS, OWN_DEPOSITS
from frontend.forms import CLOSED, Form
from frontend.forms.payments import ForfeitForm
from frontend.render import page

router = APIRouter(include_in_schema=False)

REVIEW: Final = "/review/deposits"
Word = Literal["freeze", "lift", "convert", "return", "forfeit", "approve", "refuse"]
_VERBS: Final[dict[str, Any]] = {
    "freeze": service.freeze_deposit,
    "lift": service.lift_freeze,
    "convert": service.convert_deposit,
    "return": service.return_deposit,
    "forfeit": service.forfeit_deposit,
    "approve": service.approve_forfeiture,
    "refuse": service.refuse_forfeiture,
}


@router.get("/lots/{number}/deposit", name="lot_deposit")
async def show_deposit(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """What the own organisation has to pay for a lot, how, until when, and where it stands."""
    found = await tx.run(service.show_deposit, actor=actor, number=number)
    return page(request, "deposits/pay.html", found=found)


@router.get("/desk/deposits", name="own_deposits")
async def show_own(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """The own organisation's deposits, newest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_deposits, actor=actor)
        return await exports.send(request, tx, actor, OWN_DEPOSITS, fetch)
    found = await tx.run(service.list_own_deposits, actor=actor, after=after)
    return page(request, "deposits/own.html", deposits=found, first=not after)


@router.get(REVIEW, name="review_deposits")
async def show_review(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    only: DepositFilter = DepositFilter.to_decide,
    after: str | None = None,
) -> Response:
    """Deposits by what has to be done about them."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_deposits, actor=actor, only=only)
        return await exports.send(request, tx, actor, DEPOSITS, fetch)
    found = await tx.run(service.list_deposits, actor=actor, only=only, after=after)
    return page(
        request,
        "deposits/review.html",
        deposits=found,
        only=only,
        filters=list(DepositFilter),
        first=not after,
    )


@router.get(f"{REVIEW}/{{deposit_id}}", name="review_deposit")
async def show_one(request: Request, deposit_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """One deposit with its money, and what may be decided."""
    return await _one_page(request, actor, tx, deposit_id, ForfeitForm())


@router.post(f"{REVIEW}/{{deposit_id}}/{{word}}", name="deposit_decide")
async def decide(
    request: Request, deposit_id: UUID, word: Word, actor: ActorDep, tx: TxDep
) -> Response:
    """Freeze, lift, convert, ask for the return, propose to keep it; the second person's word."""
    form = ForfeitForm.of(await request.form())
    said: dict[str, Any] = {"deposit_id": deposit_id}
    if word != "approve":
        said["statement"] = form.value("statement")
    try:
        if word == "forfeit":
            typed = form.parse()
            said |= {"reason": typed.reason, "portions": typed.portions}
        await tx.run(_VERBS[word], actor=actor, **said)
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _one_page(request, actor, tx, deposit_id, form, status=error.status, word=word)
    return RedirectResponse(f"{REVIEW}/{deposit_id}", 303)


async def _one_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    deposit_id: UUID,
    form: Form,
    *,
    status: int = 200,
    word: str = "",
) -> Response:
    found = await tx.run(service.show_any_deposit, actor=actor, deposit_id=deposit_id)
    return page(
        request,
        "deposits/one.html",
        status=status,
        found=found,
        form=form,
        word=word,
        may_judge=service.may_judge_deposits(actor),
        own=found.deposit.asked is not None and found.deposit.asked.asked_by == actor.person_id,
        reasons=options(request, ForfeitReason),
        uses=list(Use),
    )
