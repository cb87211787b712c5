"""Public pages of the catalogue: one achievement, one offer, and what is decided on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue import access, service
from app.catalogue.types import TRL_LEVELS, AchievementState, ReturnReason
from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError, Unauthenticated
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.disclosures import service as disclosures
from app.files.types import Staged
from app.inquiries import service as inquiries
from app.reports import service as reports
from frontend.choices import options
from frontend.finding import get_finder
from frontend.forms import Form
from frontend.forms.catalogue import (
    EVIDENCE_LENGTH,
    NOTE_LENGTH,
    ClaimForm,
    ReturnForm,
)
from frontend.forms.confidential import MESSAGE_LENGTH
from frontend.forms.records import VersionForm
from frontend.forms.uploads import allow_upload, staged_files
from frontend.render import page
from frontend.similar import find_similar
from search.documents import Kind
from search.types import Hit

router = APIRouter(include_in_schema=False)


@router.get("/achievements/{number}", name="achievement_show")
async def show_achievement(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """One achievement with its rights, maturity and offers."""
    return await achievement_page(request, tx, actor, number, Form(), 200)


@router.post("/achievements/{number}/claim", name="achievement_claim")
async def claim(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Ask for an imported achievement."""
    if may(actor, access.CLAIM):
        allow_upload(request)
    async with request.form() as submitted:
        form = ClaimForm.of(submitted)
        try:
            evidence = form.parse()
            await tx.run(
                service.claim_imported,
                actor=actor,
                number=number,
                evidence=evidence,
                files=await _claim_files(request, actor),
                key=form.key(),
            )
        except DomainError as error:
            return await refused_page(request, tx, actor, number, form, error)
    return to(request, "achievement_show", number)


async def _claim_files(request: Request, actor: Actor) -> list[Staged]:
    """Files are kept only for those who may claim; the verb refuses the others."""
    return await staged_files(request, "files") if may(actor, access.CLAIM) else []


@router.post("/desk/achievements/{number}/submit", name="achievement_submit")
async def submit(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Hand a record to the operator."""
    return await _decide(request, tx, actor, number, service.submit_achievement)


@router.post("/desk/achievements/{number}/withdraw", name="achievement_withdraw")
async def withdraw(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take a record back."""
    return await _decide(request, tx, actor, number, service.withdraw_achievement)


@router.post("/review/achievements/{number}/publish", name="achievement_publish")
async def publish(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Publish a submitted record."""
    return await _decide(request, tx, actor, number, service.publish_achievement)


@router.post("/review/achievements/{number}/return", name="achievement_return")
async def give_back(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Give a submitted record back with reasons."""
    form = ReturnForm.of(await request.form())
    try:
        reasons, words = form.parse()
        await tx.run(
            service.return_achievement,
            actor=actor,
            number=number,
            version=form.version(),
            reasons=reasons,
            note_text=words,
        )
    except DomainError as error:
        return await refused_page(request, tx, actor, number, form, error)
    return to(request, "achievement_show", number)


@router.get("/offers/{number}", name="offer_show")
async def show_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """One offer with its terms."""
    return await offer_page(request, tx, actor, number, Form(), 200)


async def offer_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    """The page of an offer, with a refusal if there is one."""
    view = await tx.run(service.show_offer, actor=actor, number=number)
    lots = await tx.run(reports.list_lots_of_achievement, achievement_id=view.facts.achievement_id)
    board = await tx.run(service.show_consent_board, actor=actor, offer_number=number)
    similar: list[Hit] = []
    if status == 200 and view.published_at is not None:
        similar = await find_similar(
            get_finder(request),
            Kind.offer,
            view.facts.id,
            kinds=(Kind.offer, Kind.achievement),
            itself=(view.achievement_title, view.holder_name),
        )
    return page(
        request,
        "catalogue/offer.html",
        status=status,
        offer=view,
        board=board,
        breadths=options(request, service.ConsentBreadth),
        lots=lots,
        facts=view.facts,
        content=view.content,
        actions=view.actions,
        form=form,
        may_ask=inquiries.may_ask(actor, view.facts),
        similar=similar,
    )


async def achievement_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    """The page of an achievement, with a refusal if there is one."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    similar: list[Hit] = []
    if status == 200 and view.facts.state is AchievementState.published:
        similar = await find_similar(
            get_finder(request), Kind.achievement, view.facts.id, kinds=(Kind.achievement,)
        )
        request.app.state.views.note(
            achievement_id=view.facts.id,
            owner_id=view.facts.owner_id,
            actor=actor,
            agent=request.headers.get("user-agent", ""),
        )
    lots = await tx.run(reports.list_lots_of_achievement, achievement_id=view.facts.id)
    files = await tx.run(service.list_public_files, actor=actor, number=number)
    layer = await tx.run(service.show_line, actor=actor, achievement_id=view.facts.id)
    told = await tx.run(disclosures.link_of_achievement, actor=actor, achievement_id=view.facts.id)
    return page(
        request,
        "catalogue/achievement.html",
        disclosure=told,
        status=status,
        view=view,
        lots=lots,
        facts=view.facts,
        content=view.content,
        actions=view.actions,
        form=form,
        trl_levels=TRL_LEVELS,
        reasons=options(request, ReturnReason),
        note_length=NOTE_LENGTH,
        evidence_length=EVIDENCE_LENGTH,
        files=files,
        layer=layer,
        may_ask=inquiries.may_ask(actor, view.facts),
        may_see_interest=may(actor, access.SEE_INTEREST),
        message_length=MESSAGE_LENGTH,
        similar=similar,
    )


async def refused_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, error: DomainError
) -> Response:
    """The achievement with what was refused; who may not see it gets that refusal instead, and
    who has not signed in is led there."""
    form.refuse(error, but=Unauthenticated)
    return await achievement_page(request, tx, actor, number, form, error.status)


async def _decide(
    request: Request, tx: Tx, actor: Actor, number: str, verb: Callable[..., Awaitable[Any]]
) -> Response:
    """Run a verb that needs no more than the version."""
    form = VersionForm.of(await request.form())
    try:
        await tx.run(verb, actor=actor, number=number, version=form.version())
    except DomainError as error:
        return await refused_page(request, tx, actor, number, form, error)
    return to(request, "achievement_show", number)


def to(request: Request, route: str, number: str) -> Response:
    """Go on to the page of a thing."""
    return RedirectResponse(request.app.url_path_for(route, number=number), 303)
