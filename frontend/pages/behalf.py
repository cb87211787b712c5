"""Entry on behalf: an operator or a manager enters a record, its researcher confirms it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accounts.service import search_organisations
from app.accounts.types import OrganisationView
from app.catalogue import access, service
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError, Invalid
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import Options
from frontend.exports.standing import ENTRIES
from frontend.forms import UNSEEN, Form
from frontend.forms.catalogue import AchievementForm
from frontend.forms.records import VersionForm
from frontend.pages.accounts import parse_uuid
from frontend.pages.catalogue import to
from frontend.pages.desk_catalogue import achievement_form
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/behalf", name="behalf_desk")
async def list_entered(
    request: Request, actor: ActorDep, tx: TxDep, q: str = "", after: str = ""
) -> Response:
    """What one has entered for others; an operator finds the organisation here."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_entered, actor=actor)
        return await exports.send(request, tx, actor, ENTRIES, fetch)
    found = await tx.run(service.list_entered, actor=actor, after=after or None)
    form, houses = Form.blank(q=q), []
    if q:
        try:
            houses = await tx.run(search_organisations, actor=actor, word=q)
        except Invalid as error:
            form.refuse(error)
    return page(
        request,
        "catalogue/behalf.html",
        status=200 if form.ok else 422,
        found=found,
        first=not after,
        form=form,
        houses=houses,
        asked=bool(q),
        own=actor.organisation_id if "manager" in actor.roles else None,
    )


@router.get("/desk/behalf/{organisation_id}/new", name="behalf_new")
async def show_new(request: Request, actor: ActorDep, tx: TxDep, organisation_id: UUID) -> Response:
    """An empty form for a researcher of one organisation."""
    house = await _house(tx, actor, organisation_id)
    return await achievement_form(request, tx, actor, AchievementForm(), None, 200, house)


@router.post("/desk/behalf/{organisation_id}/new", name="behalf_create")
async def create(request: Request, organisation_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Save a draft for a researcher."""
    require(actor, access.ENTER_FOR, owner=organisation_id)
    form = AchievementForm.of(await request.form())
    house = await _house(tx, actor, organisation_id)
    if form.value("find"):
        return await achievement_form(request, tx, actor, form, None, 200, house)
    try:
        content = form.parse()
        made = await tx.run(
            service.enter_for_person,
            actor=actor,
            organisation_id=house[0].id,
            person_id=parse_uuid(form.value("person_id")) or UUID(int=0),
            content=content,
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error)
        return await achievement_form(request, tx, actor, form, None, error.status, house)
    return to(request, "achievement_show", made.number)


@router.get("/desk/confirmations", name="confirmation_desk")
async def list_confirmations(
    request: Request, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """What was entered for oneself."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_confirmations, actor=actor)
        return await exports.send(request, tx, actor, ENTRIES, fetch)
    found = await tx.run(service.list_confirmations, actor=actor, after=after or None)
    return page(request, "catalogue/confirmations.html", found=found, first=not after)


@router.get("/desk/confirmations/{number}", name="confirmation_show")
async def show_confirmation(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The whole record, and the three answers."""
    return await _confirmation_page(request, tx, actor, number, Form(), 200)


@router.post("/desk/confirmations/{number}/confirm", name="confirmation_confirm")
async def confirm(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The record is right."""
    form = VersionForm.of(await request.form())
    try:
        version = form.version()
        await tx.run(service.confirm_entry, actor=actor, number=number, version=version)
    except DomainError as error:
        return await _refused(request, tx, actor, number, form, error)
    return to(request, "confirmation_show", number)


@router.post("/desk/confirmations/{number}/refuse", name="confirmation_refuse")
async def refuse(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The record is not mine, or not right."""
    form = VersionForm.of(await request.form())
    try:
        await tx.run(
            service.refuse_entry,
            actor=actor,
            number=number,
            version=form.version(),
            reason=form.value("reason"),
        )
    except DomainError as error:
        return await _refused(request, tx, actor, number, form, error)
    return to(request, "confirmation_show", number)


async def _house(tx: Tx, actor: Actor, organisation_id: UUID) -> tuple[OrganisationView, Options]:
    """The organisation and its researchers; refuses who may not enter for it."""
    house = await tx.run(service.find_house, actor=actor, organisation_id=organisation_id)
    people = await tx.run(service.list_researchers, actor=actor, organisation_id=organisation_id)
    return house, [(str(person_id), name) for person_id, name in people]


async def _refused(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, error: DomainError
) -> Response:
    form.refuse(error, but=UNSEEN)
    return await _confirmation_page(request, tx, actor, number, form, error.status)


async def _confirmation_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_confirmation, actor=actor, number=number)
    achievement = await tx.run(service.show_achievement, actor=actor, number=number)
    return page(
        request,
        "catalogue/confirmation.html",
        status=status,
        view=view,
        may_edit=achievement.actions.edit,
        form=form,
    )
