"""Pages of requests to join: find an organisation and ask; decide on those who ask."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.types import OrganisationView
from app.core.actor import Actor
from app.core.errors import DomainError, Invalid
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.choices import options
from frontend.forms import BARRED, Form
from frontend.forms.accounts import MEMBER_LABELS, ROLE_LABELS, JoinForm, MemberForm
from frontend.pages.accounts import parse_uuid
from frontend.pages.organisations import DESK, on_desk, own, refused_desk
from frontend.render import page

router = APIRouter(include_in_schema=False)

ASKING: Final = f"{DESK}/join-requests"


@router.get(ASKING, name="join_requests")
async def show(request: Request, actor: ActorDep, tx: TxDep, q: str = "") -> Response:
    """Find an organisation by name or code; below, what one has asked so far."""
    return await _asking_page(request, actor, tx, JoinForm.blank(q=q))


@router.post(ASKING, name="join_ask")
async def ask(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Ask the heads of an organisation to be let in."""
    form = JoinForm.of(await request.form())
    try:
        asked = parse_uuid(form.value("organisation")) or UUID(int=0)
        await tx.run(
            service.ask_to_join,
            actor=actor,
            organisation_id=asked,
            roles=form.parse(),
            note_text=form.value("note"),
        )
    except DomainError as error:
        form.refuse(error, but=BARRED)
        return await _asking_page(request, actor, tx, form, status=error.status)
    return RedirectResponse(f"{ASKING}#own", 303)


@router.post(f"{ASKING}/{{request_id}}/withdraw", name="join_withdraw")
async def withdraw(request_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take one's own request back."""
    await tx.run(service.withdraw_join_request, actor=actor, request_id=request_id)
    return RedirectResponse(f"{ASKING}#own", 303)


@router.post(f"{ASKING}/{{request_id}}/approve", name="join_approve")
async def approve(request: Request, request_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Let a person in, in the roles chosen."""
    form = MemberForm.of(await request.form())
    try:
        await tx.run(
            service.approve_join_request,
            actor=actor,
            organisation_id=own(actor),
            request_id=request_id,
            roles=form.parse(),
        )
    except DomainError as error:
        return await refused_desk(request, actor, tx, Form(), error)
    return RedirectResponse(f"{DESK}#members", 303)


@router.post(f"{ASKING}/{{request_id}}/refuse", name="join_refuse")
async def refuse(request: Request, request_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Say no, with a reason."""
    reason = Form.of(await request.form()).value("reason")
    verb = service.refuse_join_request
    return await on_desk(
        request, actor, tx, verb, "#join-requests", request_id=request_id, reason=reason
    )


async def _asking_page(
    request: Request, actor: Actor, tx: Tx, form: JoinForm, *, status: int = 200
) -> Response:
    mine = await tx.run(service.list_own_join_requests, actor=actor)
    found: list[OrganisationView] | None = None
    if form.value("q"):
        try:
            found = await tx.run(service.search_organisations, actor=actor, word=form.value("q"))
        except Invalid as error:
            form.refuse(error)
            status = error.status
    if found and len(found) == 1:
        only = str(found[0].id)
        form.typed.setdefault("organisation", only)
        form.many.setdefault("organisation", [only])
    return page(
        request,
        "accounts/join_requests.html",
        status=status,
        form=form,
        found=found,
        choices=[(one.id, f"{one.name} ({one.credit_code})") for one in found or ()],
        mine=mine,
        roles=options(request, MEMBER_LABELS),
        role_labels=ROLE_LABELS,
    )
