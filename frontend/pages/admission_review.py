"""Pages of the exchange: applications to decide, complaints to answer, looks behind codes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.access import DECIDE_APPLICATION, LOOK_BEHIND, SEE_APPLICATIONS
from app.auctions.types import CHOSEN, MAX_NOTE, RefusalReason
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.admission import COMPLAINTS, LOOKS, WAITING_APPLICATIONS
from frontend.forms import CLOSED, Form
from frontend.forms.admission import DecideForm
from frontend.pages.queue import Queue
from frontend.render import page

router = APIRouter(include_in_schema=False)

COMPLAINT_QUEUE: Final = Queue(
    "/review/complaints",
    "admission/complaints.html",
    "found",
    service.list_complaints,
    COMPLAINTS,
)
_UNPROVEN: Final = RefusalReason.values_unproven  # only where values were asked for
LOOK_QUEUE: Final = Queue(
    "/review/looks", "admission/looks.html", "found", service.list_looks, LOOKS
)


# ---------------------------------------------------------------- applications


@router.get("/review/applications", name="application_review")
async def list_waiting(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """What waits for a decision, oldest first."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_applications, actor=actor)
        return await exports.send(request, tx, actor, WAITING_APPLICATIONS, fetch)
    found = await tx.run(service.list_applications, actor=actor, after=after or None)
    return page(request, "admission/review.html", found=found, first=not after)


@router.get("/review/applications/{application_id}", name="application_judge")
async def show(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """One application with its documents, and the decision."""
    return await _decision_page(request, tx, actor, application_id, DecideForm(), 200)


@router.post("/review/applications/{application_id}/decide", name="application_decide")
async def decide(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Accept or refuse."""
    require(actor, DECIDE_APPLICATION)
    view = await tx.run(service.show_application, actor=actor, application_id=application_id)
    form = DecideForm.of(await request.form())
    try:
        values = form.parse_values([criterion for criterion, _ in view.values])
        reason = form.parse_reason()
        form.check()
        await tx.run(
            service.decide_application,
            actor=actor,
            application_id=application_id,
            accept_it=form.is_accepting(),
            reason=reason,
            note_text=form.value("note"),
            values=values,
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _decision_page(request, tx, actor, application_id, form, error.status)
    return RedirectResponse(str(request.app.url_path_for("application_review")), 303)


# ---------------------------------------------------------------- complaints


@router.get("/review/complaints", name="complaint_review")
async def list_complaints(
    request: Request, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """Complaints that wait for an answer, oldest first."""
    return await COMPLAINT_QUEUE.show(request, actor, tx, after or None)


@router.post("/review/complaints/{application_id}/answer", name="complaint_answer")
async def answer(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Answer one."""
    form = Form.of(await request.form())
    return await COMPLAINT_QUEUE.decide(
        request,
        actor,
        tx,
        service.answer_complaint,
        form,
        of=application_id,
        application_id=application_id,
        upheld=form.value("upheld") == "yes",
        answer=form.value("answer"),
    )


# ---------------------------------------------------------------- looks behind the codes


@router.get("/review/looks", name="look_list")
async def list_looks(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Every look behind the codes of a lot, and what waits for a second person."""
    return await LOOK_QUEUE.show(request, actor, tx, after or None)


@router.get("/review/lots/{number}/look", name="look_new")
async def show_new_look(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Ask to see who stands behind the codes."""
    return await _look_page(request, tx, actor, number, Form(), 200)


@router.post("/review/lots/{number}/look", name="look_ask")
async def ask_look(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Send the request, with its reason."""
    form = Form.of(await request.form())
    try:
        await tx.run(
            service.look_behind,
            actor=actor,
            number=number,
            reason=form.value("reason"),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _look_page(request, tx, actor, number, form, error.status)
    return RedirectResponse(LOOK_QUEUE.path, 303)


@router.post("/review/looks/{look_id}/approve", name="look_approve")
async def approve_look(request: Request, look_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The second person's word."""
    return await LOOK_QUEUE.decide(
        request, actor, tx, service.approve_look, Form(), look_id=look_id
    )


@router.post("/review/looks/{look_id}/read", name="look_read")
async def read_names(request: Request, look_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The names, once: this answer is the only page that ever shows them, so no redirect."""
    try:
        unveiled = await tx.run(service.read_names, actor=actor, look_id=look_id)
    except DomainError as error:
        form = Form()
        form.refuse(error, but=CLOSED)
        found = await tx.run(service.list_looks, actor=actor)
        return page(
            request, "admission/looks.html", status=error.status, form=form, first=True,
            of=None, found=found,
        )  # fmt: skip
    return page(request, "admission/names.html", unveiled=unveiled, look=unveiled.look)


async def _decision_page(
    request: Request, tx: Tx, actor: Actor, application_id: UUID, form: Form, status: int
) -> Response:
    require(actor, SEE_APPLICATIONS)
    view = await tx.run(service.show_application, actor=actor, application_id=application_id)
    return page(
        request,
        "admission/decide.html",
        status=status,
        view=view,
        form=form,
        reasons=options(request, [one for one in CHOSEN if view.values or one is not _UNPROVEN]),
        note_length=MAX_NOTE,
    )


async def _look_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    require(actor, LOOK_BEHIND)
    lot = await tx.run(service.show_lot, number=number)
    return page(
        request, "admission/look.html", status=status, lot=lot, form=form, reason_length=MAX_NOTE
    )
