"""Pages of files: public attachments of an achievement, evidence of an organisation."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service as accounts
from app.catalogue import access, service
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.forms import CLOSED, Form
from frontend.forms.uploads import allow_upload, staged_files
from frontend.pages.organisations import own
from frontend.render import page

router = APIRouter(include_in_schema=False)

PUBLIC = "/desk/achievements/{number}/files"
EVIDENCE = "/desk/organisation/evidence"


@router.get(PUBLIC, name="achievement_files")
async def show_public(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The attachments of a record, for whoever edits it."""
    return await _public_page(request, tx, actor, number, Form(), 200)


@router.post(PUBLIC, name="achievement_files_add")
async def add_public(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Put files on a record."""
    await _editor(tx, actor, number)
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)
        try:
            staged = await staged_files(request, "files", required=True)
            await tx.run(
                service.attach_public, actor=actor, number=number, staged=staged, key=form.key()
            )
        except DomainError as error:
            form.refuse(error, but=CLOSED)
            return await _public_page(request, tx, actor, number, form, error.status)
    return RedirectResponse(request.app.url_path_for("achievement_files", number=number), 303)


@router.post(PUBLIC + "/{file_id}/remove", name="achievement_files_remove")
async def remove_public(
    request: Request, number: str, file_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Take a file off a record."""
    await tx.run(service.detach_public, actor=actor, number=number, file_id=file_id)
    return RedirectResponse(request.app.url_path_for("achievement_files", number=number), 303)


async def _editor(tx: Tx, actor: Actor, number: str) -> str:
    """The title of a record that the actor may edit. Raises NotFound, Forbidden."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    published = view.facts.state == "published"
    permission = access.EDIT_PUBLISHED if published else access.EDIT
    require(actor, permission, owner=view.facts.owner_id or view.facts.care_id)
    return view.facts.title


async def _public_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    title = await _editor(tx, actor, number)
    files = await tx.run(service.list_public_files, actor=actor, number=number)
    return page(
        request,
        "catalogue/files.html",
        status=status,
        number=number,
        title=title,
        files=files,
        form=form,
    )


# ---------------------------------------------------------------- an organisation's evidence


@router.get(EVIDENCE, name="organisation_evidence")
async def show_evidence(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The files of one's organisation's application."""
    return await _evidence_page(request, tx, actor, Form(), 200)


@router.post(EVIDENCE, name="organisation_evidence_add")
async def add_evidence(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Add files to the application."""
    own_id = own(actor)
    await tx.run(accounts.list_evidence, actor=actor, organisation_ids=[own_id])
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)
        try:
            staged = await staged_files(request, "files", required=True)
            await tx.run(
                accounts.attach_evidence,
                actor=actor,
                organisation_id=own_id,
                staged=staged,
                key=form.key(),
            )
        except DomainError as error:
            form.refuse(error, but=CLOSED)
            return await _evidence_page(request, tx, actor, form, error.status)
    return RedirectResponse(EVIDENCE, 303)


@router.post(EVIDENCE + "/{file_id}/remove", name="organisation_evidence_remove")
async def remove_evidence(request: Request, file_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take a file back."""
    try:
        await tx.run(
            accounts.detach_evidence, actor=actor, organisation_id=own(actor), file_id=file_id
        )
    except DomainError as error:
        form = Form()
        form.refuse(error, but=CLOSED)
        return await _evidence_page(request, tx, actor, form, error.status)
    return RedirectResponse(EVIDENCE, 303)


async def _evidence_page(
    request: Request, tx: Tx, actor: Actor, form: Form, status: int
) -> Response:
    own_id = own(actor)
    organisation = await tx.run(accounts.show_organisation, actor=actor, organisation_id=own_id)
    evidence = await tx.run(accounts.list_evidence, actor=actor, organisation_ids=[own_id])
    return page(
        request,
        "accounts/evidence.html",
        status=status,
        organisation=organisation,
        files=evidence[own_id],
        form=form,
    )
