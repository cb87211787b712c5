"""Pages of who applies to a lot: the form, where the application stands, the complaint."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.auctions import service
from app.auctions.types import MAX_NOTE, MAX_STATEMENT
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.admission import OWN_APPLICATIONS
from frontend.forms import CLOSED, Form
from frontend.forms.admission import ApplyForm
from frontend.forms.uploads import allow_upload, staged_files
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/lots/{number}/apply", name="lot_apply")
async def show_apply(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """What a lot asks of its applicants, and the form; who has applied is led to his own."""
    return await _apply_page(request, tx, actor, number, ApplyForm(), 200)


@router.post("/lots/{number}/apply", name="lot_apply_send")
async def apply(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Hand in an application with its documents."""
    view = await tx.run(service.show_apply, actor=actor, number=number)
    allow_upload(request)
    async with request.form() as submitted:
        form = ApplyForm.of(submitted)
        try:
            values = form.parse_values(view.needs.criteria)
            statement = form.parse_statement()
            form.check()
            documents = {
                place: await staged_files(request, f"document-{place}")
                for place in range(len(view.needs.documents))
            }
            application_id = await tx.run(
                service.apply_to_lot,
                actor=actor,
                number=number,
                statement=statement,
                confirmed=form.checked("confirmed"),
                documents=documents,
                values=values,
                key=form.key(),
            )
        except DomainError as error:
            form.refuse(error, but=CLOSED)
            return await _apply_page(request, tx, actor, number, form, error.status)
    return _to(request, application_id)


@router.get("/desk/applications", name="application_desk")
async def list_own(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """What one's organisation applied for."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_own_applications, actor=actor)
        return await exports.send(request, tx, actor, OWN_APPLICATIONS, fetch)
    found = await tx.run(service.list_own_applications, actor=actor, after=after or None)
    return page(request, "admission/list.html", found=found, first=not after)


@router.get("/desk/applications/{application_id}", name="application_show")
async def show(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Where one's application stands, and why."""
    return await _own_page(request, tx, actor, application_id, Form(), 200)


@router.post("/desk/applications/{application_id}/withdraw", name="application_withdraw")
async def withdraw(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take an application back."""
    form = Form()
    try:
        await tx.run(service.withdraw_application, actor=actor, application_id=application_id)
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _own_page(request, tx, actor, application_id, form, error.status)
    return _to(request, application_id)


@router.post("/desk/applications/{application_id}/complain", name="application_complain")
async def complain(request: Request, application_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Object to a refusal."""
    form = Form.of(await request.form())
    try:
        await tx.run(
            service.complain, actor=actor, application_id=application_id, text=form.value("text")
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _own_page(request, tx, actor, application_id, form, error.status)
    return _to(request, application_id)


async def _apply_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_apply, actor=actor, number=number)
    return page(
        request,
        "admission/apply.html",
        status=status,
        view=view,
        needs=view.needs,
        form=form,
        statement_length=MAX_STATEMENT,
    )


async def _own_page(
    request: Request, tx: Tx, actor: Actor, application_id: UUID, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_application, actor=actor, application_id=application_id)
    return page(
        request,
        "admission/show.html",
        status=status,
        view=view,
        form=form,
        text_length=MAX_NOTE,
    )


def _to(request: Request, application_id: UUID) -> Response:
    return RedirectResponse(
        str(request.app.url_path_for("application_show", application_id=application_id)), 303
    )
