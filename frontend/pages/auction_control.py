"""What sellers and the operator do to a published lot: amend, stop, go on, end, undo, offer again.

One page for both; which forms stand on it is the room's answer, and each verb asks again. Nobody
sees here who stands behind a code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.access import JUDGE_LOT, LIST_STANDING, LOOK_BEHIND, STEER_LOT
from app.auctions.life_types import (
    AnnouncementView,
    AnnulGround,
    FailReason,
    LotStep,
    SuspendReason,
    TerminateReason,
    list_reasons,
)
from app.auctions.types import LotView, SuspensionView
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.tx import Tx, UnitOfWork
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.auctions import STANDING_LOTS
from frontend.forms import CLOSED
from frontend.forms.relisting import again
from frontend.forms.steering import AmendForm, SteerForm
from frontend.lot_modes import SHAPES
from frontend.lot_words import explain
from frontend.pages.auction_room import sentences
from frontend.render import page
from frontend.room_view import beside_of

router = APIRouter(include_in_schema=False)

Verb = Callable[..., Awaitable[Any]]

# A step, the verb behind it, the name of its reason among the verb's arguments, and the closed
# list it is chosen from.
VERBS: Final[dict[LotStep, tuple[Verb, str, Any]]] = {
    LotStep.suspend: (service.suspend_lot, "reason", SuspendReason),
    LotStep.end_cause: (service.end_cause, "", None),
    LotStep.resume: (service.resume_lot, "", None),
    LotStep.terminate: (service.terminate_lot, "reason", TerminateReason),
    LotStep.fail: (service.fail_lot, "reason", FailReason),
    LotStep.annul: (service.annul_lot, "ground", AnnulGround),
    LotStep.end_negotiation: (service.end_negotiation, "", None),
}


@dataclass(frozen=True, slots=True)
class Control:
    """A lot, what this actor may do to it, and what was announced of it."""

    lot: LotView
    steps: frozenset[LotStep]
    reasons: dict[LotStep, tuple[Any, ...]]
    announcements: list[AnnouncementView]
    suspensions: list[SuspensionView]


async def read_control(uow: UnitOfWork, *, actor: Actor, number: str) -> Control:
    """Raises LotMissing, Unauthenticated, Forbidden."""
    lot = await service.show_lot(uow, number=number)
    require(actor, STEER_LOT, owner=lot.seller_id)
    suspensions = await service.list_suspensions(uow, lot_id=lot.id)
    standing = next((one for one in suspensions if one.resumed_at is None), None)
    steps = service.find_steps(
        actor, lot, suspended_for=str(standing.reason) if standing and standing.reason else None
    )
    return Control(
        lot=lot,
        steps=steps,
        reasons=list_reasons(judge=may(actor, JUDGE_LOT)),
        announcements=await service.list_announcements(uow, lot_id=lot.id),
        suspensions=suspensions,
    )


@router.get("/lots/{number}/manage", name="lot_manage")
async def show(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The page of one lot for its seller and for the operator."""
    control = await tx.run(read_control, actor=actor, number=number)
    return _page(request, control, SteerForm(), "")


@router.post("/lots/{number}/manage/amend", name="lot_amend")
async def amend(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Change a published lot by an announcement (变更公告)."""
    form = AmendForm.of(await request.form())

    async def run() -> None:
        await tx.run(
            service.amend_lot,
            actor=actor,
            number=number,
            changes=form.parse_changes(),
            statement=form.parse_statement(),
            key=form.key(),
        )

    return await _do(request, actor, tx, number, LotStep.amend, form, run)


@router.post("/lots/{number}/manage/relist", name="lot_relist")
async def relist(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Offer an unsold lot once more: a draft with its terms, for new times."""
    form = SteerForm.of(await request.form())
    try:
        lot = await tx.run(service.show_lot, number=number)
        draft = await tx.run(
            service.relist_lot,
            actor=actor,
            number=number,
            form=again(lot, beside_of(lot)).as_saved(),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        control = await tx.run(read_control, actor=actor, number=number)
        return _page(request, control, form, LotStep.relist, error.status)
    return RedirectResponse(f"/desk/lots/drafts/{draft.id}", 303)


@router.post("/lots/{number}/manage/{step}", name="lot_steer")
async def steer(request: Request, number: str, step: str, actor: ActorDep, tx: TxDep) -> Response:
    """Stop a lot, let it go on, end it, undo its result: a reason and a statement, both public."""
    form = SteerForm.of(await request.form())
    if step not in [*VERBS]:
        raise NotFound()
    verb, name, words = VERBS[LotStep(step)]

    async def run() -> None:
        said = form.parse(words)
        more = {name: said.reason} if name else {}
        await tx.run(
            verb, actor=actor, number=number, statement=said.statement, key=form.key(), **more
        )

    return await _do(request, actor, tx, number, LotStep(step), form, run)


async def _do(
    request: Request,
    actor: Actor,
    tx: Tx,
    number: str,
    step: LotStep,
    form: SteerForm,
    run: Callable[[], Awaitable[None]],
) -> Response:
    try:
        await run()
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        control = await tx.run(read_control, actor=actor, number=number)
        return _page(request, control, form, step, error.status)
    return RedirectResponse(f"/lots/{number}/manage", 303)


def _page(
    request: Request, control: Control, form: SteerForm, refused: str, status: int = 200
) -> Response:
    lot = control.lot
    return page(
        request,
        "auctions/manage.html",
        status=status,
        lot=lot,
        mode=SHAPES[lot.mode].label,
        steps=[step for step in LotStep if step in control.steps],
        reasons={
            step: options(request, control.reasons[step])
            for step in control.steps
            if step in control.reasons
        },
        terms=sentences(request, explain(lot.terms, beside_of(lot))) if lot.terms else [],
        announcements=control.announcements,
        suspensions=control.suspensions,
        form=form,
        blank=AmendForm.shown(lot),
        refused=refused,
    )


# ---------------------------------------------------------------- the operator's list


@router.get("/review/lots", name="lot_review")
async def list_standing(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Every lot that is not over, for who watches over them: codes and counts, no identities."""
    require(actor, LIST_STANDING)
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_standing, actor=actor)
        return await exports.send(request, tx, actor, STANDING_LOTS, fetch)
    found = await tx.run(service.list_standing, actor=actor, after=after or None)
    return page(
        request,
        "auctions/review.html",
        found=found,
        first=not after,
        shapes=SHAPES,
        may_steer=may(actor, STEER_LOT),
        may_look=may(actor, LOOK_BEHIND),
    )
