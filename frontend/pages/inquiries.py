"""Inquiries: ask about a public thing, answer inside the market, close."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.inquiries import access, service
from app.inquiries.types import MAX_BODY, MAX_TITLE, AboutKind, Wish
from frontend import exports
from frontend.choices import options
from frontend.exports.standing import INQUIRIES
from frontend.forms import UNSEEN, Form
from frontend.forms.inquiries import InquiryForm
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/ask/{kind}/{number}", name="inquiry_new")
async def show_new(
    request: Request, kind: AboutKind, number: str, actor: ActorDep, tx: TxDep
) -> Response:
    """An empty form about one public thing."""
    return await _form_page(request, tx, actor, kind, number, InquiryForm.blank(wish="here"), 200)


@router.post("/ask/{kind}/{number}", name="inquiry_open")
async def ask(
    request: Request, kind: AboutKind, number: str, actor: ActorDep, tx: TxDep
) -> Response:
    """Send a question."""
    form = InquiryForm.of(await request.form())
    try:
        title, body, wish = form.parse()
        made = await tx.run(
            service.open_inquiry,
            actor=actor,
            kind=kind,
            number=number,
            title=title,
            body=body,
            wish=wish,
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=UNSEEN)
        return await _form_page(request, tx, actor, kind, number, form, error.status)
    return _to(request, made)


@router.get("/desk/inquiries", name="inquiry_desk")
async def list_inquiries(
    request: Request, actor: ActorDep, tx: TxDep, side: str = "", after: str = ""
) -> Response:
    """What one's organisation was asked, or asks."""
    asked = side == "asked"
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_inquiries, actor=actor, asked=asked)
        return await exports.send(request, tx, actor, INQUIRIES, fetch)
    found = await tx.run(service.list_inquiries, actor=actor, asked=asked, after=after or None)
    return page(request, "inquiries/desk.html", found=found, first=not after, asked=asked)


@router.get("/desk/inquiries/{number}", name="inquiry_show")
async def show(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """One thread."""
    return await _thread_page(request, tx, actor, number, Form(), 200)


@router.post("/desk/inquiries/{number}/messages", name="inquiry_write")
async def write(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Write in a thread."""
    form = Form.of(await request.form())
    try:
        await tx.run(
            service.write_message,
            actor=actor,
            number=number,
            body=form.value("body"),
            key=form.key(),
        )
    except DomainError as error:
        return await _refused(request, tx, actor, number, form, error)
    return _to(request, number)


@router.post("/desk/inquiries/{number}/close", name="inquiry_close")
async def close(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """End a thread."""
    try:
        await tx.run(service.close_inquiry, actor=actor, number=number)
    except DomainError as error:
        return await _refused(request, tx, actor, number, Form(), error)
    return _to(request, number)


async def _form_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    kind: AboutKind,
    number: str,
    form: Form,
    status: int,
) -> Response:
    require(actor, access.ASK)
    subject, _ = await tx.run(service.find_subject, kind=kind, number=number)
    return page(
        request,
        "inquiries/new.html",
        status=status,
        subject=subject,
        own=subject.owner_id == actor.organisation_id,
        form=form,
        wishes=options(request, Wish),
        title_length=MAX_TITLE,
        body_length=MAX_BODY,
    )


async def _refused(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, error: DomainError
) -> Response:
    """The thread with what was refused; who may not see it gets that refusal instead."""
    form.refuse(error, but=UNSEEN)
    return await _thread_page(request, tx, actor, number, form, error.status)


async def _thread_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_inquiry, actor=actor, number=number)
    return page(
        request,
        "inquiries/show.html",
        status=status,
        view=view,
        form=form,
        body_length=MAX_BODY,
    )


def _to(request: Request, number: str) -> Response:
    return RedirectResponse(str(request.app.url_path_for("inquiry_show", number=number)), 303)
