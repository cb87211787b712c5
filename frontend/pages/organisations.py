"""Pages of organisations: the public register, one's own organisation, the operator's review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.types import REGIONS, SESSION_COOKIE, Claim, DeskView, JoinRequestView
from app.core.actor import Actor
from app.core.cookies import read_cookie
from app.core.errors import DomainError, Forbidden, Unauthenticated
from app.core.paging import Page
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.reports import service as reports
from frontend import exports
from frontend.choices import Options, options
from frontend.exports.accounts import MEMBERS, ORGANISATIONS, WAITING_ORGANISATIONS
from frontend.forms import BARRED, Form
from frontend.forms.accounts import (
    KIND_LABELS,
    MEMBER_LABELS,
    ROLE_LABELS,
    MemberForm,
    OrganisationForm,
)
from frontend.pages.queue import Queue
from frontend.render import page

router = APIRouter(include_in_schema=False)

DESK = "/desk/organisation"
REVIEW = "/review/organisations"


@router.get("/organisations", name="organisations")
async def register(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """The public register of verified organisations."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_organisations)
        return await exports.send(request, tx, actor, ORGANISATIONS, fetch)
    found = await tx.run(service.list_organisations, after=after)
    return page(
        request,
        "accounts/organisations.html",
        found=found,
        first=not after,
        kind_labels=KIND_LABELS,
    )


@router.get("/organisations/{organisation_id}", name="organisation_show")
async def show(request: Request, organisation_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """An organisation in public; an unverified one for its members and the platform."""
    view = await tx.run(service.show_organisation, actor=actor, organisation_id=organisation_id)
    holdings = await tx.run(reports.holdings_view, organisation_id=organisation_id)
    return page(
        request,
        "accounts/organisation_public.html",
        organisation=view,
        holdings=holdings,
        kind_labels=KIND_LABELS,
    )


# ---------------------------------------------------------------- one's own organisation


@router.get(DESK, name="organisation_desk")
async def show_desk(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The organisation one acts for; without one, the ways to have one."""
    if exports.asked(request):
        members = await tx.run(service.list_members, actor=actor, organisation_id=own(actor))
        return await exports.send(request, tx, actor, MEMBERS, exports.whole(members))
    return await _desk_page(request, actor, tx)


@router.post(DESK, name="organisation_found")
async def found(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Found an organisation and act for it from now on."""
    form = OrganisationForm.of(await request.form())
    try:
        typed = form.parse()
        view = await tx.run(
            service.found_organisation,
            actor=actor,
            name=typed.name,
            kind=typed.kind,
            credit_code=typed.credit_code,
            region=typed.region,
            key=form.key(),
        )
    except DomainError as error:
        return await refused_desk(request, actor, tx, form, error)
    return await _act_for(request, actor, tx, view.id)


@router.post(f"{DESK}/edit", name="organisation_edit")
async def edit(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Correct what was said of one's organisation."""
    form = OrganisationForm.of(await request.form())
    try:
        typed = form.parse()
        await tx.run(
            service.edit_organisation,
            actor=actor,
            organisation_id=own(actor),
            name=typed.name,
            kind=typed.kind,
            credit_code=typed.credit_code,
            region=typed.region,
        )
    except DomainError as error:
        return await refused_desk(request, actor, tx, form, error)
    return RedirectResponse(DESK, 303)


@router.post(f"{DESK}/submit", name="organisation_submit")
async def submit(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Ask the platform to verify one's organisation."""
    return await on_desk(request, actor, tx, service.submit_verification)


@router.post(f"{DESK}/join", name="organisation_join")
async def join(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Join the organisation whose code one was given, and act for it from now on."""
    form = Form.of(await request.form())
    try:
        view = await tx.run(service.join_organisation, actor=actor, code=form.value("code"))
    except DomainError as error:
        return await refused_desk(request, actor, tx, form, error)
    return await _act_for(request, actor, tx, view.id)


@router.post(f"{DESK}/invitations", name="organisation_invite")
async def invite(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Make a one-time code for a colleague."""
    form = MemberForm.of(await request.form())
    try:
        await tx.run(
            service.invite_member,
            actor=actor,
            organisation_id=own(actor),
            roles=form.parse(),
            note_text=form.value("note"),
            key=form.key(),
        )
    except DomainError as error:
        return await refused_desk(request, actor, tx, form, error)
    return RedirectResponse(f"{DESK}#invitations", 303)


@router.post(f"{DESK}/invitations/{{invitation_id}}/withdraw", name="organisation_uninvite")
async def uninvite(request: Request, invitation_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Make an unused code worthless."""
    verb = service.withdraw_invitation
    return await on_desk(request, actor, tx, verb, "#invitations", invitation_id=invitation_id)


@router.post(f"{DESK}/members/{{person_id}}", name="organisation_member")
async def set_roles(request: Request, person_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Change a colleague's roles."""
    form = MemberForm.of(await request.form())
    try:
        await tx.run(
            service.set_member_roles,
            actor=actor,
            organisation_id=own(actor),
            person_id=person_id,
            roles=form.parse(),
        )
    except DomainError as error:
        # why: the roles typed belong to one row, not to the form for invitations
        return await refused_desk(request, actor, tx, Form(), error)
    return RedirectResponse(f"{DESK}#members", 303)


@router.post(f"{DESK}/members/{{person_id}}/remove", name="organisation_member_remove")
async def remove(request: Request, person_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """End a colleague's membership."""
    return await on_desk(request, actor, tx, service.remove_member, "#members", person_id=person_id)


# ---------------------------------------------------------------- the operator's review


@router.get(REVIEW, name="organisation_review")
async def show_review(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Organisations that wait to be verified, oldest first."""
    return await QUEUE.show(request, actor, tx, after)


@router.post(f"{REVIEW}/{{organisation_id}}/verify", name="organisation_verify")
async def verify(request: Request, organisation_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Vouch for an organisation."""
    verb = service.verify_organisation
    return await QUEUE.decide(request, actor, tx, verb, Form(), organisation_id=organisation_id)


@router.post(f"{REVIEW}/{{organisation_id}}/return", name="organisation_return")
async def send_back(
    request: Request, organisation_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Send an application back with a reason."""
    form = Form.of(await request.form())
    return await QUEUE.decide(
        request,
        actor,
        tx,
        service.return_organisation,
        form,
        of=organisation_id,
        organisation_id=organisation_id,
        reason=form.value("reason"),
    )


async def _evidence(tx: Tx, actor: Actor, found: Page[Claim]) -> dict[str, Any]:
    ids = [claim.organisation.id for claim in found.items]
    return {
        "evidence": await tx.run(service.list_evidence, actor=actor, organisation_ids=ids),
        "kind_labels": KIND_LABELS,
        "may_decide": service.may_review(actor),
    }


QUEUE: Final = Queue(
    REVIEW,
    "accounts/review.html",
    "claims",
    service.list_claims,
    WAITING_ORGANISATIONS,
    _evidence,
)


# ---------------------------------------------------------------- parts


def own(actor: Actor) -> UUID:
    """The organisation one acts for. Raises Unauthenticated, or Forbidden without one."""
    if not actor.signed_in:
        raise Unauthenticated()
    if actor.organisation_id is None:
        raise Forbidden("请先选择要代表的单位")
    return actor.organisation_id


async def colleagues(tx: Tx, actor: Actor, organisation_id: UUID | None) -> Options:
    """Members of an organisation, to be named in a form."""
    if organisation_id is None:
        return []
    members = await tx.run(service.list_members, actor=actor, organisation_id=organisation_id)
    return [(str(member.person_id), member.name) for member in members]


async def _act_for(request: Request, actor: Actor, tx: Tx, organisation_id: UUID) -> Response:
    token = read_cookie(request, SESSION_COOKIE)
    await tx.run(service.act_for, actor=actor, token=token, organisation_id=organisation_id)
    return RedirectResponse(DESK, 303)


async def on_desk(
    request: Request,
    actor: Actor,
    tx: Tx,
    verb: Callable[..., Awaitable[Any]],
    part: str = "",
    **said: Any,
) -> Response:
    """Run a verb of one's organisation and go back to its part of the page.

    A refusal stands in the page's summary: what was typed belongs to one row of many.
    """
    try:
        await tx.run(verb, actor=actor, organisation_id=own(actor), **said)
    except DomainError as error:
        return await refused_desk(request, actor, tx, Form(), error)
    return RedirectResponse(f"{DESK}{part}", 303)


async def refused_desk(
    request: Request, actor: Actor, tx: Tx, form: Form, error: DomainError
) -> Response:
    """The page again, with what was typed; who may not be here at all gets the plain refusal."""
    form.refuse(error, but=BARRED)
    return await _desk_page(request, actor, tx, form, error.status)


async def _desk_page(
    request: Request, actor: Actor, tx: Tx, form: Form | None = None, status: int = 200
) -> Response:
    desk = await tx.run(service.show_desk, actor=actor)
    stated = form if isinstance(form, OrganisationForm) else OrganisationForm()
    if desk is not None and stated is not form:
        known = desk.organisation
        stated = OrganisationForm.blank(
            name=known.name,
            kind=known.kind,
            credit_code=known.credit_code,
            region=known.region,
        )
    asking: Page[JoinRequestView] = Page([])
    after = request.query_params.get("after")
    if desk is not None and desk.may_manage:
        asking = await tx.run(
            service.list_join_requests,
            actor=actor,
            organisation_id=desk.organisation.id,
            after=after,
        )
    return page(
        request,
        "accounts/organisation.html",
        status=status,
        refused=form or Form(),
        stated=stated,
        invited=form if isinstance(form, MemberForm) else MemberForm(),
        desk=desk,
        asking=asking,
        asking_first=not after,
        confirmable=_confirmable(desk, actor) if desk is not None else frozenset(),
        may_found=service.may_found(actor),
        kinds=options(request, KIND_LABELS),
        roles=options(request, MEMBER_LABELS),
        regions=[(region, region) for region in REGIONS],
        kind_labels=KIND_LABELS,
        role_labels=ROLE_LABELS,
    )


def _confirmable(desk: DeskView, actor: Actor) -> frozenset[UUID]:
    """The members whose identity he may confirm: as a head of a verified house, not his own."""
    if not (desk.may_manage and desk.organisation.verified):
        return frozenset()
    return frozenset(
        member.person_id
        for member in desk.members
        if not member.person_verified and member.person_id != actor.person_id
    )
