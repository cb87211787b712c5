"""Pages of demands: the public list, one demand, the author's desk, the operator's review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.official import NationalField, Region
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.demands import access, service
from app.demands.types import Actions, Confidentiality, Cooperation, DemandView, Need
from app.inquiries import service as inquiries
from frontend import exports
from frontend.choices import options
from frontend.exports.demands import OWN_DEMANDS, PUBLIC_DEMANDS, WAITING_DEMANDS
from frontend.finding import FinderDep
from frontend.forms import Form
from frontend.forms.demands import REASON_LENGTH, TEXT_LENGTH, TITLE_LENGTH, DemandForm, ReturnForm
from frontend.render import page
from frontend.similar import find_similar
from search.documents import Kind
from search.types import Hit

router = APIRouter(include_in_schema=False)


@router.get("/demands", name="demand_list")
async def show_list(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Published demands, newest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_demands, actor=actor)
        return await exports.send(request, tx, actor, PUBLIC_DEMANDS, fetch)
    found = await tx.run(service.list_demands, actor=actor, after=after or None)
    return page(
        request,
        "demands/list.html",
        found=found,
        first=not after,
        may_write=may(actor, access.WRITE),
    )


@router.get("/demands/{number}", name="demand_show")
async def show(
    request: Request, number: str, actor: ActorDep, tx: TxDep, finder: FinderDep
) -> Response:
    """One demand, with what may meet it."""
    view, actions = await tx.run(service.show_demand, actor=actor, number=number)
    near = await find_similar(finder, Kind.demand, view.id, kinds=(Kind.offer, Kind.achievement))
    return _show_page(request, actor, view, actions, Form(), 200, near)


@router.get("/desk/demands", name="demand_desk")
async def show_desk(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The demands of one's organisation."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own, actor=actor)
        return await exports.send(request, tx, actor, OWN_DEMANDS, fetch)
    found = await tx.run(service.list_own, actor=actor, after=after or None)
    return page(
        request,
        "demands/desk.html",
        found=found,
        first=not after,
        may_write=may(actor, access.WRITE),
    )


@router.get("/desk/demands/new", name="demand_new")
async def show_new(request: Request, actor: ActorDep, title: str = "") -> Response:
    """An empty form; ``title`` is what a search found nothing for."""
    require(actor, access.WRITE)
    form = DemandForm.blank(need=Need.challenge.value, title=title[:TITLE_LENGTH])
    return _edit_page(request, form, None, 200)


@router.post("/desk/demands/new", name="demand_create")
async def create(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Save a draft."""
    require(actor, access.WRITE)
    form = DemandForm.of(await request.form())
    try:
        content, key = form.parse(), form.key()
        view = await tx.run(service.create_demand, actor=actor, content=content, key=key)
    except DomainError as error:
        form.refuse(error)
        return _edit_page(request, form, None, error.status)
    return _to(request, view.number)


@router.get("/desk/demands/{number}/edit", name="demand_edit")
async def show_edit(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The form of a draft or a returned demand."""
    view, actions = await tx.run(service.show_demand, actor=actor, number=number)
    if not actions.edit:
        require(actor, access.WRITE, owner=view.owner_id)
        return _to(request, number)
    return _edit_page(request, DemandForm.filled(view), view, 200)


@router.post("/desk/demands/{number}/edit", name="demand_save")
async def save(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Save the changes of a draft or a returned demand."""
    view, actions = await tx.run(service.show_demand, actor=actor, number=number)
    form = DemandForm.of(await request.form())
    try:
        content, version = form.parse(), form.version()
        await tx.run(
            service.edit_demand, actor=actor, number=number, version=version, content=content
        )
    except DomainError as error:
        if not actions.edit:
            raise
        form.refuse(error)
        return _edit_page(request, form, view, error.status)
    return _to(request, number)


@router.post("/desk/demands/{number}/submit", name="demand_submit")
async def submit(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Hand a demand to the operator."""
    return await _decide(request, tx, actor, number, service.submit_demand)


@router.post("/desk/demands/{number}/close", name="demand_close")
async def close(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """End a demand; ``solved`` says that a solution was found."""
    form = Form.of(await request.form())
    solved = form.checked("solved")
    return await _decide(request, tx, actor, number, service.close_demand, solved=solved)


@router.get("/review/demands", name="demand_review")
async def show_review(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Demands that wait for the operator, oldest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_waiting, actor=actor)
        return await exports.send(request, tx, actor, WAITING_DEMANDS, fetch)
    found = await tx.run(service.list_waiting, actor=actor, after=after or None)
    return page(request, "demands/review.html", found=found, first=not after)


@router.post("/review/demands/{number}/publish", name="demand_publish")
async def publish(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Publish a submitted demand."""
    return await _decide(request, tx, actor, number, service.publish_demand)


@router.post("/review/demands/{number}/return", name="demand_return")
async def give_back(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Give a submitted demand back with a reason."""
    form = ReturnForm.of(await request.form())
    try:
        reason, version = form.parse(), form.version()
        await tx.run(
            service.return_demand, actor=actor, number=number, version=version, reason=reason
        )
    except DomainError as error:
        view, actions = await tx.run(service.show_demand, actor=actor, number=number)
        form.refuse(error)
        return _show_page(request, actor, view, actions, form, error.status)
    return _to(request, number)


async def _decide(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    verb: Callable[..., Awaitable[DemandView]],
    **arguments: Any,
) -> Response:
    """Run a verb that needs no more than the version; a refusal shows the demand with it."""
    form = ReturnForm.of(await request.form())
    try:
        await tx.run(verb, actor=actor, number=number, version=form.version(), **arguments)
    except DomainError as error:
        # why: who may not even see the demand gets that refusal from here
        view, actions = await tx.run(service.show_demand, actor=actor, number=number)
        form.refuse(error)
        return _show_page(request, actor, view, actions, form, error.status)
    return _to(request, number)


def _to(request: Request, number: str) -> Response:
    return RedirectResponse(request.app.url_path_for("demand_show", number=number), 303)


def _show_page(
    request: Request,
    actor: Actor,
    view: DemandView,
    actions: Actions,
    form: Form,
    status: int,
    near: Sequence[Hit] = (),
) -> Response:
    return page(
        request,
        "demands/show.html",
        status=status,
        demand=view,
        content=view.content,
        actions=actions,
        form=form,
        reason_length=REASON_LENGTH,
        may_ask=inquiries.may_ask(actor, view),
        near=near,
    )


def _edit_page(
    request: Request, form: DemandForm, view: DemandView | None, status: int
) -> Response:
    return page(
        request,
        "demands/edit.html",
        status=status,
        form=form,
        demand=view,
        needs=options(request, Need),
        fields=options(request, NationalField),
        modes=options(request, Cooperation),
        regions=options(request, Region),
        secrecy=options(request, Confidentiality),
        title_length=TITLE_LENGTH,
        text_length=TEXT_LENGTH,
    )
