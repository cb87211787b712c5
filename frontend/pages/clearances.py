"""Pages of what comes before a sale: an offer's gates, rights of pre-emption, public notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.clearances import service
from app.clearances.types import MAX_WORDS, ClearanceKind, RightBasis, ServiceWay
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.clearances import OWN_RIGHTS
from frontend.forms import CLOSED, Form
from frontend.forms.clearances import KindForm, RightForm
from frontend.forms.uploads import allow_upload, staged_files
from frontend.render import page

router = APIRouter(include_in_schema=False)

BOARD = "/desk/offers/{number}/clearances"
GATE = "/desk/offers/{number}/clearances/{clearance_id}"


# ---------------------------------------------------------------- an offer's gates


@router.get(BOARD, name="clearance_board")
async def show_board(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Everything before a sale of one offer."""
    return await _board_page(request, tx, actor, number, Form(), 200)


@router.post(f"{BOARD}/open", name="clearance_open")
async def open_gate(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Open a gate that applies."""
    form = KindForm.of(await request.form())

    async def said() -> dict[str, Any]:
        return {"offer_number": number, "kind": form.parse_kind()}

    return await _step(request, tx, actor, number, form, service.open_clearance, said, "open")


@router.post(f"{BOARD}/block", name="clearance_block")
async def block_gate(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Stop any sale, by the platform."""
    form = KindForm.of(await request.form())

    async def said() -> dict[str, Any]:
        reason = form.value("reason")
        return {"offer_number": number, "kind": form.parse_kind(), "reason": reason}

    return await _step(request, tx, actor, number, form, service.block_clearance, said, "block")


@router.post(f"{GATE}/settle", name="clearance_settle")
async def settle_gate(
    request: Request, number: str, clearance_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Settle a gate with its papers. Who may not see the board sends no files."""
    await tx.run(service.show_board, actor=actor, offer_number=number)
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)

        async def said() -> dict[str, Any]:
            return {
                "clearance_id": clearance_id,
                "basis": form.value("basis"),
                "staged": await staged_files(request, "files"),
                "key": form.key(),
            }

        return await _step(
            request, tx, actor, number, form, service.settle_clearance, said, str(clearance_id)
        )


@router.post(f"{GATE}/lift", name="clearance_lift")
async def lift_gate(
    request: Request, number: str, clearance_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Open a blocked gate again, by the platform."""
    form = Form.of(await request.form())

    async def said() -> dict[str, Any]:
        return {"clearance_id": clearance_id, "reason": form.value("reason")}

    of = str(clearance_id)
    return await _step(request, tx, actor, number, form, service.lift_clearance, said, of)


@router.post(f"{BOARD}/rights", name="right_record")
async def record_right(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Put a holder on record and tell him."""
    await tx.run(service.list_candidates, actor=actor, offer_number=number)
    allow_upload(request)
    async with request.form() as submitted:
        form = RightForm.of(submitted)

        async def said() -> dict[str, Any]:
            typed = form.parse()
            return {
                "offer_number": number,
                "holder_id": typed.holder_id,
                "holder_name": typed.holder_name,
                "basis": typed.basis,
                "rank": typed.rank,
                "way": typed.way,
                "staged": await staged_files(request, "files"),
                "key": form.key(),
            }

        return await _step(request, tx, actor, number, form, service.record_right, said, "right")


# ---------------------------------------------------------------- rights


@router.get("/desk/rights", name="right_desk")
async def list_rights(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """One's own rights of pre-emption, and those of the house one acts for."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_own_rights, actor=actor)
        return await exports.send(request, tx, actor, OWN_RIGHTS, fetch)
    found = await tx.run(service.list_own_rights, actor=actor, after=after or None)
    return page(request, "clearances/rights.html", found=found, first=not after)


@router.get("/desk/rights/{right_id}", name="right_show")
async def show_right(request: Request, right_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """One right: the notice, its time, the answer."""
    return await _right_page(request, tx, actor, right_id, Form(), 200)


@router.post("/desk/rights/{right_id}/answer", name="right_answer")
async def answer_right(request: Request, right_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The holder's word."""
    form = Form.of(await request.form())
    try:
        await tx.run(
            service.answer_right,
            actor=actor,
            right_id=right_id,
            takes_part=form.value("takes_part") == "yes",
            note_text=form.value("note"),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _right_page(request, tx, actor, right_id, form, error.status)
    return _to(request, "right_show", right_id=right_id)


@router.post("/desk/rights/{right_id}/waiver", name="right_waiver")
async def record_waiver(request: Request, right_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """A holder's written waiver, by the house."""
    await tx.run(service.show_right, actor=actor, right_id=right_id)
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)
        try:
            await tx.run(
                service.record_answer,
                actor=actor,
                right_id=right_id,
                takes_part=False,
                note_text=form.value("note"),
                staged=await staged_files(request, "files"),
                key=form.key(),
            )
        except DomainError as error:
            form.refuse(error, but=CLOSED)
            return await _right_page(request, tx, actor, right_id, form, error.status)
    return _to(request, "right_show", right_id=right_id)


@router.get("/rights/{right_id}", name="right_notice")
async def show_notice(request: Request, right_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """A public notice to a holder who could not be reached (公告送达)."""
    del actor  # read for the page's head
    view = await tx.run(service.show_notice, right_id=right_id)
    return page(request, "clearances/notice.html", view=view)


# ---------------------------------------------------------------- pages


async def _step(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    form: Form,
    verb: Callable[..., Awaitable[Any]],
    said: Callable[[], Awaitable[dict[str, Any]]],
    of: str,
) -> Response:
    """Run a verb on the board; a refusal stands in the form it was about (``of``)."""
    try:
        await tx.run(verb, actor=actor, **await said())
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _board_page(request, tx, actor, number, form, error.status, of)
    return _to(request, "clearance_board", number=number)


async def _board_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int, of: str = ""
) -> Response:
    board = await tx.run(service.show_board, actor=actor, offer_number=number)
    candidates = {}
    if board.may_record:
        candidates = await tx.run(service.list_candidates, actor=actor, offer_number=number)
    blank = RightForm.blank(rank=1, way=ServiceWay.workbench.value)
    return page(
        request,
        "clearances/board.html",
        status=status,
        board=board,
        form=form,
        of=of,
        empty_form=Form(),
        right_form=form if of == "right" else blank,
        kinds=options(request, ClearanceKind),
        bases=options(request, RightBasis),
        ways=options(request, ServiceWay),
        candidates=[(str(one), name) for one, name in candidates.items()],
        words_length=MAX_WORDS,
    )


async def _right_page(
    request: Request, tx: Tx, actor: Actor, right_id: UUID, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_right, actor=actor, right_id=right_id)
    return page(
        request,
        "clearances/right.html",
        status=status,
        view=view,
        form=form,
        words_length=MAX_WORDS,
    )


def _to(request: Request, route: str, **where: Any) -> Response:
    return RedirectResponse(str(request.app.url_path_for(route, **where)), 303)
