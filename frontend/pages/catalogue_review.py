"""The operators' queues of the catalogue: records that wait, and claims of imported ones."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue import access, service
from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.catalogue import WAITING_ACHIEVEMENTS, WAITING_CLAIMS
from frontend.forms import Form
from frontend.forms.catalogue import NoteForm
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/review/achievements", name="achievement_review")
async def review_achievements(
    request: Request, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """Records that wait, oldest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_waiting_achievements, actor=actor)
        return await exports.send(request, tx, actor, WAITING_ACHIEVEMENTS, fetch)
    found = await tx.run(service.list_waiting_achievements, actor=actor, after=after or None)
    return page(request, "catalogue/review_achievements.html", found=found, first=not after)


@router.get("/review/claims", name="claim_review")
async def review_claims(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Claims that wait, oldest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_waiting_claims, actor=actor)
        return await exports.send(request, tx, actor, WAITING_CLAIMS, fetch)
    return await _claims_page(request, tx, actor, after, Form(), None, 200)


@router.post("/review/claims/{claim_id}/accept", name="claim_accept")
async def accept_claim(request: Request, claim_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Make the claimant the owner."""
    form = Form()
    try:
        await tx.run(service.accept_claim, actor=actor, claim_id=claim_id)
    except DomainError as error:
        return await _refused_claim(request, tx, actor, form, claim_id, error)
    return RedirectResponse(request.app.url_path_for("claim_review"), 303)


@router.post("/review/claims/{claim_id}/refuse", name="claim_refuse")
async def refuse_claim(request: Request, claim_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Refuse a claim with words."""
    form = NoteForm.of(await request.form())
    try:
        await tx.run(service.refuse_claim, actor=actor, claim_id=claim_id, note_text=form.parse())
    except DomainError as error:
        return await _refused_claim(request, tx, actor, form, claim_id, error)
    return RedirectResponse(request.app.url_path_for("claim_review"), 303)


async def _refused_claim(
    request: Request, tx: Tx, actor: Actor, form: Form, claim_id: UUID, error: DomainError
) -> Response:
    """The queue with what was refused; who may not decide gets that refusal alone."""
    if not may(actor, access.DECIDE_CLAIM):
        raise error
    form.refuse(error)
    return await _claims_page(request, tx, actor, "", form, claim_id, error.status)


async def _claims_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    after: str,
    form: Form,
    refused_id: UUID | None,
    status: int,
) -> Response:
    found = await tx.run(service.list_waiting_claims, actor=actor, after=after or None)
    ids = [claim.facts.id for claim in found.items]
    return page(
        request,
        "catalogue/review_claims.html",
        status=status,
        found=found,
        files=await tx.run(service.list_claim_files, actor=actor, claim_ids=ids),
        first=not after,
        form=form,
        refused_id=refused_id,
        may_decide=may(actor, access.DECIDE_CLAIM),
    )
