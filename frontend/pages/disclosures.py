"""Pages of disclosures (职务科技成果披露): an inventor's, the unit's, the platform's counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError, Unauthenticated
from app.core.official import NationalField
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.disclosures import access, service
from app.disclosures.errors import KeptOffline
from app.disclosures.types import (
    Decision,
    DisclosureView,
    Empowerment,
    Funding,
    PublicationKind,
    Secrecy,
    Wish,
)
from app.reports import service as reports
from frontend import exports
from frontend.choices import options
from frontend.exports.disclosures import (
    OWN_DISCLOSURES,
    SETTLED_DISCLOSURES,
    WAITING_DISCLOSURES,
)
from frontend.forms import Form
from frontend.forms.disclosures import (
    ANSWER_LENGTH,
    FISCAL,
    NOTE_LENGTH,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    DecisionForm,
    DisclosureForm,
    PeriodForm,
)
from frontend.forms.records import VersionForm
from frontend.forms.uploads import allow_upload, staged_files
from frontend.pages.catalogue import to
from frontend.pages.organisations import colleagues
from frontend.render import page

router = APIRouter(include_in_schema=False)


# ---------------------------------------------------------------- an inventor's


@router.get("/desk/disclosures", name="disclosure_desk")
async def list_disclosures(
    request: Request, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """What one wrote or completed."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_disclosures, actor=actor)
        return await exports.send(request, tx, actor, OWN_DISCLOSURES, fetch)
    found = await tx.run(service.list_own_disclosures, actor=actor, after=after or None)
    return page(
        request,
        "disclosures/list.html",
        found=found,
        first=not after,
        may_write=may(actor, access.DRAFT),
        may_decide=may(actor, access.LIST_UNIT),
    )


@router.get("/desk/disclosures/new", name="disclosure_new")
async def show_new_disclosure(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """An empty form."""
    require(actor, access.DRAFT)
    form = DisclosureForm()
    if actor.person_id is not None:
        form = DisclosureForm.blank(**{"completers-0-person_id": actor.person_id})
    return await _form_page(request, tx, actor, form, None, 200)


@router.post("/desk/disclosures/new", name="disclosure_create")
async def create_disclosure(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Save a draft; what may be a state secret is neither kept nor shown again."""
    require(actor, access.DRAFT)
    allow_upload(request)
    async with request.form() as submitted:
        form = DisclosureForm.of(submitted)
        if form.is_secret():
            return _offline_page(request)
        try:
            content = form.parse()
            staged = await staged_files(request, "files")
            made = await tx.run(
                service.draft_disclosure,
                actor=actor,
                content=content,
                staged=staged,
                key=form.key(),
            )
        except DomainError as error:
            form.refuse(error)
            return await _form_page(request, tx, actor, form, None, error.status)
    return _to(request, made.id)


@router.get("/desk/disclosures/{disclosure_id}", name="disclosure_show")
async def show_disclosure(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """One disclosure with its history and what may be done."""
    return await _show_page(request, tx, actor, disclosure_id, Form(), 200)


@router.get("/desk/disclosures/{disclosure_id}/edit", name="disclosure_edit")
async def show_disclosure_edit(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """The form of a draft or of what was given back."""
    view, files = await tx.run(service.show_disclosure, actor=actor, disclosure_id=disclosure_id)
    if not view.actions.edit:
        require(actor, access.WRITE_OWN, owner=view.facts.organisation_id)
        return _to(request, disclosure_id)
    form = DisclosureForm.filled(view.content, view.facts.version)
    return await _form_page(request, tx, actor, form, view, 200, files)


@router.post("/desk/disclosures/{disclosure_id}/edit", name="disclosure_save")
async def save_disclosure(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Save the changes; a word of secrecy empties what stood there."""
    view, files = await tx.run(service.show_disclosure, actor=actor, disclosure_id=disclosure_id)
    require(actor, access.WRITE_OWN, owner=view.facts.organisation_id)
    allow_upload(request)
    async with request.form() as submitted:
        form = DisclosureForm.of(submitted)
        secret = form.is_secret()
        if secret:
            form = DisclosureForm.blank(
                title=view.facts.title, secrecy=Secrecy.maybe_secret, key=form.key()
            )
        try:
            content = form.parse()
            staged = [] if secret else await staged_files(request, "files")
            await tx.run(
                service.edit_disclosure,
                actor=actor,
                disclosure_id=disclosure_id,
                version=form.version(),
                content=content,
                staged=staged,
                key=form.key(),
            )
        except DomainError as error:
            if not view.actions.edit:
                raise
            form.refuse(error)
            return await _form_page(request, tx, actor, form, view, error.status, files)
    return _to(request, disclosure_id)


@router.post(
    "/desk/disclosures/{disclosure_id}/files/{file_id}/remove", name="disclosure_file_remove"
)
async def remove_file(
    request: Request, disclosure_id: UUID, file_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Take an attachment off."""
    await tx.run(service.detach_file, actor=actor, disclosure_id=disclosure_id, file_id=file_id)
    return _to(request, disclosure_id)


@router.post("/desk/disclosures/{disclosure_id}/submit", name="disclosure_submit")
async def submit_disclosure(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Hand it to the unit."""
    return await _step(request, tx, actor, disclosure_id, service.submit_disclosure)


@router.post("/desk/disclosures/{disclosure_id}/withdraw", name="disclosure_withdraw")
async def withdraw_disclosure(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Take it back."""
    return await _step(request, tx, actor, disclosure_id, service.withdraw_disclosure)


@router.post("/desk/disclosures/{disclosure_id}/achievement", name="disclosure_achievement")
async def draft_achievement(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Turn it into a draft of an achievement, and go on writing there."""
    form = Form()
    try:
        made = await tx.run(service.draft_achievement, actor=actor, disclosure_id=disclosure_id)
    except DomainError as error:
        return await _refused(request, tx, actor, disclosure_id, form, error)
    return to(request, "achievement_show", made.number)


# ---------------------------------------------------------------- the unit's


@router.post("/desk/disclosures/{disclosure_id}/decide", name="disclosure_decide")
async def decide_disclosure(
    request: Request, disclosure_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Decide with reasons."""
    form = DecisionForm.of(await request.form())
    try:
        await tx.run(
            service.decide_disclosure,
            actor=actor,
            disclosure_id=disclosure_id,
            version=form.version(),
            decision=form.parse(),
        )
    except DomainError as error:
        return await _refused(request, tx, actor, disclosure_id, form, error)
    return _to(request, disclosure_id)


@router.get("/desk/unit-disclosures", name="disclosure_unit")
async def list_unit(
    request: Request, actor: ActorDep, tx: TxDep, after: str = "", shelf: str = ""
) -> Response:
    """What waits for the unit, or what it has settled."""
    return await _unit_page(request, tx, actor, after, shelf, PeriodForm(), 200)


@router.post("/desk/unit-disclosures/period", name="disclosure_period")
async def set_period(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Set the unit's own period."""
    form = PeriodForm.of(await request.form())
    try:
        require(actor, access.SET_PERIOD)
        days, source = form.parse()
        await tx.run(service.set_period, actor=actor, days=days, source=source)
    except DomainError as error:
        if not may(actor, access.SET_PERIOD):
            raise
        form.refuse(error)
        return await _unit_page(request, tx, actor, "", "", form, error.status)
    return RedirectResponse(request.app.url_path_for("disclosure_unit"), 303)


@router.get("/review/disclosures", name="disclosure_counts")
async def count_disclosures(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The platform's view: how many, by unit; no word of any."""
    counts = await tx.run(reports.count_disclosures, actor=actor)
    return page(request, "disclosures/counts.html", counts=counts)


# ---------------------------------------------------------------- pages


async def _unit_page(
    request: Request, tx: Tx, actor: Actor, after: str, shelf: str, form: Form, status: int
) -> Response:
    settled = shelf == "settled"
    verb = service.list_settled_disclosures if settled else service.list_waiting_disclosures
    if exports.asked(request):
        listing = SETTLED_DISCLOSURES if settled else WAITING_DISCLOSURES
        return await exports.send(request, tx, actor, listing, exports.pages(tx, verb, actor=actor))
    found = await tx.run(verb, actor=actor, after=after or None)
    unit = await tx.run(service.show_unit, actor=actor)
    return page(
        request,
        "disclosures/unit.html",
        status=status,
        found=found,
        first=not after,
        unit=unit,
        settled=settled,
        form=form,
    )


async def _show_page(
    request: Request, tx: Tx, actor: Actor, disclosure_id: UUID, form: Form, status: int
) -> Response:
    view, files = await tx.run(service.show_disclosure, actor=actor, disclosure_id=disclosure_id)
    return page(
        request,
        "disclosures/show.html",
        status=status,
        view=view,
        facts=view.facts,
        content=view.content,
        actions=view.actions,
        files=files,
        form=form,
        decisions=options(request, Decision),
        empowerments=options(request, Empowerment),
        note_length=NOTE_LENGTH,
    )


async def _form_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    form: DisclosureForm,
    view: DisclosureView | None,
    status: int,
    files: Any = (),
) -> Response:
    rule = await tx.run(service.get_period, organisation_id=actor.organisation_id)
    return page(
        request,
        "disclosures/edit.html",
        status=status,
        form=form,
        view=view,
        files=files,
        rule=rule,
        fields=options(request, NationalField),
        fundings=options(request, Funding),
        publication_kinds=options(request, PublicationKind),
        secrecies=options(request, Secrecy),
        wishes=options(request, Wish),
        fiscal=options(request, dict(FISCAL)),
        colleagues=await colleagues(tx, actor, actor.organisation_id),
        title_length=TITLE_LENGTH,
        summary_length=SUMMARY_LENGTH,
        answer_length=ANSWER_LENGTH,
    )


def _offline_page(request: Request) -> Response:
    return page(request, "disclosures/offline.html", status=KeptOffline.status, error=KeptOffline())


async def _step(
    request: Request,
    tx: Tx,
    actor: Actor,
    disclosure_id: UUID,
    verb: Callable[..., Awaitable[Any]],
) -> Response:
    """Run a verb that needs no more than the version."""
    form = VersionForm.of(await request.form())
    try:
        await tx.run(verb, actor=actor, disclosure_id=disclosure_id, version=form.version())
    except DomainError as error:
        return await _refused(request, tx, actor, disclosure_id, form, error)
    return _to(request, disclosure_id)


async def _refused(
    request: Request, tx: Tx, actor: Actor, disclosure_id: UUID, form: Form, error: DomainError
) -> Response:
    """The disclosure with what was refused; who may not see it gets that refusal instead."""
    form.refuse(error, but=Unauthenticated)
    return await _show_page(request, tx, actor, disclosure_id, form, error.status)


def _to(request: Request, disclosure_id: UUID) -> Response:
    path = request.app.url_path_for("disclosure_show", disclosure_id=str(disclosure_id))
    return RedirectResponse(path, 303)
