"""Consents of co-owners: asked, answered on the workbench, proved by a paper, withdrawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue import service
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.standing import ASKED_CONSENTS, CONSENT_PROOFS
from frontend.forms import UNSEEN, Form
from frontend.forms.uploads import allow_upload, staged_files
from frontend.pages.catalogue import offer_page, to
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.post("/desk/offers/{number}/consents", name="consent_ask")
async def ask(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Ask every co-owner who has not consented to an offer."""
    form = Form.of(await request.form())
    wide = form.value("breadth") == service.ConsentBreadth.disposal
    try:
        await tx.run(
            service.ask_consents,
            actor=actor,
            offer_number=number,
            breadth=service.ConsentBreadth.disposal if wide else service.ConsentBreadth.terms,
        )
    except DomainError as error:
        form.refuse(error, but=UNSEEN)
        return await offer_page(request, tx, actor, number, form, error.status)
    return to(request, "offer_show", number)


@router.get("/desk/consents", name="consent_desk")
async def list_asked(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """What one's organisation was asked as a co-owner."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_asked_consents, actor=actor)
        return await exports.send(request, tx, actor, ASKED_CONSENTS, fetch)
    found = await tx.run(service.list_asked_consents, actor=actor, after=after or None)
    return page(request, "catalogue/consents.html", found=found, first=not after, review=False)


@router.get("/review/consents", name="consent_review")
async def list_proofs(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Written consents to be checked, oldest first."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_consent_proofs, actor=actor)
        return await exports.send(request, tx, actor, CONSENT_PROOFS, fetch)
    found = await tx.run(service.list_consent_proofs, actor=actor, after=after or None)
    return page(request, "catalogue/consents.html", found=found, first=not after, review=True)


@router.get("/desk/consents/{consent_id}", name="consent_show")
async def show(request: Request, consent_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """One consent with what it is about."""
    return await _consent_page(request, tx, actor, consent_id, Form(), 200)


@router.post("/desk/consents/{consent_id}/answer", name="consent_answer")
async def answer(request: Request, consent_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """A co-owner's word."""
    form = Form.of(await request.form())
    return await _decide(
        request,
        tx,
        actor,
        consent_id,
        form,
        service.answer_consent,
        agrees=form.value("agrees") == "yes",
        note_text=form.value("note"),
    )


@router.post("/desk/consents/{consent_id}/proof", name="consent_prove")
async def prove(request: Request, consent_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Hand in a written consent. Who may not see the consent sends no files."""
    await tx.run(service.show_consent, actor=actor, consent_id=consent_id)
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)
        try:
            files = await staged_files(request, "files")
            await tx.run(
                service.send_proof,
                actor=actor,
                consent_id=consent_id,
                files=files,
                key=form.key(),
            )
        except DomainError as error:
            return await _refused(request, tx, actor, consent_id, form, error)
    return _to_consent(request, consent_id)


@router.post("/desk/consents/{consent_id}/check", name="consent_check")
async def check(request: Request, consent_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """An operator's finding on a written consent."""
    form = Form.of(await request.form())
    return await _decide(
        request,
        tx,
        actor,
        consent_id,
        form,
        service.check_proof,
        accepts=form.value("accepts") == "yes",
        note_text=form.value("note"),
    )


@router.post("/desk/consents/{consent_id}/withdraw", name="consent_withdraw")
async def withdraw(request: Request, consent_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take a consent back."""
    form = Form.of(await request.form())
    note = form.value("note")
    return await _decide(
        request, tx, actor, consent_id, form, service.withdraw_consent, note_text=note
    )


async def _decide(
    request: Request,
    tx: Tx,
    actor: Actor,
    consent_id: UUID,
    form: Form,
    verb: Callable[..., Awaitable[Any]],
    **said: Any,
) -> Response:
    try:
        await tx.run(verb, actor=actor, consent_id=consent_id, **said)
    except DomainError as error:
        return await _refused(request, tx, actor, consent_id, form, error)
    return _to_consent(request, consent_id)


async def _refused(
    request: Request, tx: Tx, actor: Actor, consent_id: UUID, form: Form, error: DomainError
) -> Response:
    """The consent with what was refused; who may not see it gets that refusal instead."""
    form.refuse(error, but=UNSEEN)
    return await _consent_page(request, tx, actor, consent_id, form, error.status)


async def _consent_page(
    request: Request, tx: Tx, actor: Actor, consent_id: UUID, form: Form, status: int
) -> Response:
    view = await tx.run(service.show_consent, actor=actor, consent_id=consent_id)
    return page(request, "catalogue/consent.html", status=status, view=view, form=form)


def _to_consent(request: Request, consent_id: UUID) -> Response:
    return RedirectResponse(
        str(request.app.url_path_for("consent_show", consent_id=consent_id)), 303
    )
