"""Pages of the confidential layer: the owner's workplace, the reader's room, asking for access."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue import service
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.standing import CONFIDENTIAL_ROOMS, OPENINGS
from frontend.forms import CLOSED, Form
from frontend.forms.confidential import (
    TEXT_LENGTH,
    AcceptForm,
    FilesForm,
    InviteForm,
    LayerForm,
    NdaForm,
    RequestForm,
)
from frontend.forms.uploads import allow_upload, staged_files
from frontend.pages.catalogue import achievement_page
from frontend.render import page

router = APIRouter(include_in_schema=False)

KEEP = "/desk/achievements/{number}/confidential"
READ = "/achievements/{number}/confidential"


# ---------------------------------------------------------------- the owner


@router.get(KEEP, name="confidential_keep")
async def show_kept(
    request: Request, number: str, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """The layer, its NDA, who is invited, who opened what."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_openings, actor=actor, number=number)
        return await exports.send(request, tx, actor, OPENINGS, fetch)
    return await _kept_page(request, tx, actor, number, after=after)


@router.post(KEEP, name="confidential_save")
async def save(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Write the text."""
    form = LayerForm.of(await request.form())

    async def do() -> None:
        text, announced, version = form.parse()
        await tx.run(
            service.keep_confidential,
            actor=actor,
            number=number,
            text=text,
            announced=announced,
            version=version,
        )

    return await _kept(request, tx, actor, number, form, do, "content")


@router.post(KEEP + "/files", name="confidential_upload")
async def upload(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Put files into the layer."""
    await tx.run(service.show_kept, actor=actor, number=number)  # why: before a byte is taken
    allow_upload(request)
    async with request.form() as submitted:
        form = FilesForm.of(submitted)

        async def do() -> None:
            staged = await staged_files(request, "files", required=True)
            await tx.run(
                service.attach_confidential,
                actor=actor,
                number=number,
                staged=staged,
                key=form.key(),
            )

        return await _kept(request, tx, actor, number, form, do, "files")


@router.post(KEEP + "/files/{file_id}/remove", name="confidential_remove")
async def remove(
    request: Request, number: str, file_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Take a file out of the layer."""
    await tx.run(service.detach_confidential, actor=actor, number=number, file_id=file_id)
    return _back(request, number, "files")


@router.post(KEEP + "/nda", name="confidential_nda")
async def write_nda(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Put an NDA text in force."""
    form = NdaForm.of(await request.form())

    async def do() -> None:
        text, version = form.parse()
        await tx.run(
            service.write_nda,
            actor=actor,
            number=number,
            text=text,
            version=version,
            template=form.value("template")[:16],
        )

    return await _kept(request, tx, actor, number, form, do, "nda")


@router.post(KEEP + "/invitations", name="confidential_invite")
async def invite(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Invite an organisation, or move the end of its invitation."""
    form = InviteForm.of(await request.form())

    async def do() -> None:
        invitee = form.parse()
        await tx.run(_invite, actor=actor, number=number, invitee=invitee)

    return await _kept(request, tx, actor, number, form, do, "guests")


async def _invite(uow: UnitOfWork, *, actor: Actor, number: str, invitee: Any) -> None:
    await service.show_kept(uow, actor=actor, number=number)
    found = invitee.organisation_id or await service.find_invitee(uow, word=invitee.word)
    await service.invite_guest(
        uow, actor=actor, number=number, organisation_id=found, until=invitee.until
    )


@router.post(KEEP + "/invitations/{organisation_id}/revoke", name="confidential_revoke")
async def revoke(
    request: Request, number: str, organisation_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """End an invitation now."""
    return await _answer(request, tx, actor, number, organisation_id, service.revoke_guest)


@router.post(KEEP + "/invitations/{organisation_id}/decline", name="confidential_decline")
async def decline(
    request: Request, number: str, organisation_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Answer no to a request."""
    return await _answer(request, tx, actor, number, organisation_id, service.decline_guest)


async def _answer(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    organisation_id: UUID,
    verb: Callable[..., Awaitable[None]],
) -> Response:
    async def do() -> None:
        await tx.run(verb, actor=actor, number=number, organisation_id=organisation_id)

    return await _kept(request, tx, actor, number, Form(), do, "guests")


async def _kept(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    form: Form,
    do: Callable[[], Awaitable[None]],
    part: str,
) -> Response:
    """Do it and go back to its part of the page, or show what was refused with what was typed."""
    try:
        await do()
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _kept_page(request, tx, actor, number, form, error.status)
    return _back(request, number, part)


def _back(request: Request, number: str, part: str) -> Response:
    path = request.app.url_path_for("confidential_keep", number=number)
    return RedirectResponse(f"{path}#{part}", 303)


async def _kept_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    form: Form | None = None,
    status: int = 200,
    *,
    after: str = "",
) -> Response:
    layer = await tx.run(service.show_kept, actor=actor, number=number)
    openings = await tx.run(service.list_openings, actor=actor, number=number, after=after or None)
    written = LayerForm.blank(
        text=layer.text, version=layer.version, announced="1" if layer.announced else "0"
    )
    nda = NdaForm.blank(
        nda=layer.nda.text if layer.nda else layer.template_text,
        nda_version=layer.nda.version if layer.nda else 0,
    )
    return page(
        request,
        "catalogue/confidential_keep.html",
        status=status,
        layer=layer,
        openings=openings,
        first=not after,
        refused=form or Form(),
        written=form if isinstance(form, LayerForm) else written,
        nda=form if isinstance(form, NdaForm) else nda,
        invited=form if isinstance(form, InviteForm) else InviteForm(),
        uploaded=form if isinstance(form, FilesForm) else FilesForm(),
        text_length=TEXT_LENGTH,
    )


# ---------------------------------------------------------------- the reader


@router.get("/desk/confidential", name="confidential_rooms")
async def list_rooms(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """What one's organisation is invited to read."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_rooms, actor=actor)
        return await exports.send(request, tx, actor, CONFIDENTIAL_ROOMS, fetch)
    found = await tx.run(service.list_rooms, actor=actor, after=after or None)
    return page(request, "catalogue/confidential_rooms.html", found=found, first=not after)


@router.get(READ, name="confidential_read")
async def read(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The NDA, and behind it the material."""
    return await _read_page(request, tx, actor, number, AcceptForm(), 200)


@router.post(READ + "/accept", name="confidential_accept")
async def accept(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Accept the NDA for one's organisation."""
    form = AcceptForm.of(await request.form())
    try:
        await tx.run(service.accept_nda, actor=actor, number=number, nda_version=form.parse())
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _read_page(request, tx, actor, number, form, error.status)
    return RedirectResponse(request.app.url_path_for("confidential_read", number=number), 303)


@router.post(READ + "/request", name="confidential_request")
async def ask(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Ask the owner for an invitation."""
    form = RequestForm.of(await request.form())
    try:
        await tx.run(service.request_confidential, actor=actor, number=number, message=form.parse())
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await achievement_page(request, tx, actor, number, form, error.status)
    path = request.app.url_path_for("achievement_show", number=number)
    return RedirectResponse(f"{path}#confidential", 303)


async def _read_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    layer = await tx.run(service.open_confidential, actor=actor, number=number)
    shown = page(request, "catalogue/confidential_read.html", status=status, layer=layer, form=form)
    # why: nothing of it may stay in a browser that somebody else uses next
    shown.headers["Cache-Control"] = "private, no-store"
    return shown
