"""A lot is written: the offer and the way to bid, the form, the preview, publishing.

Everything works without script. A draft keeps what was typed, so it can be left half done; what
contradicts is told when it is looked at or published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service as accounts
from app.accounts.types import OrganisationKind
from app.auctions import service
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.life_types import LotDraftView
from app.auctions.types import BidMode, LotTerms, ReserveKind, RulebookView
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState, find_bid_on
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.i18n import translate
from app.core.settings import Mode
from app.core.tx import Tx, UnitOfWork
from app.core.web import ActorDep, TxDep
from frontend.choices import Options, options
from frontend.forms import CLOSED
from frontend.forms.auctions import WINDOWS
from frontend.forms.lots import (
    ADMISSIONS,
    CAPS,
    CONDITIONS_LENGTH,
    CONFIRMS,
    EXTENSIONS,
    RAISES,
    RESERVES,
    RUNGS,
    SINGLES,
    LotForm,
    PublishForm,
)
from frontend.lot_modes import PREFERENCES, SHAPES, Part, Way
from frontend.lot_words import Beside, explain, ladder
from frontend.pages.auction_room import sentences
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

# Whose assets belong to the state: for them stored maxima are off unless they are asked for
# (DOMAIN 2.10).
STATE_OWNERS = frozenset(
    {
        OrganisationKind.university,
        OrganisationKind.institute,
        OrganisationKind.hospital,
        OrganisationKind.state_enterprise,
    }
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the form needs to know beside what was typed."""

    offers: Options
    rulebook: RulebookView
    state_owner: bool


async def read_ground(uow: UnitOfWork, *, actor: Actor, demonstration: bool) -> Ground:
    """The actor's offers that can be bid for (the newest hundred), and the rules in force."""
    found = await catalogue.list_own_offers(uow, actor=actor, limit=100)
    free = [
        (
            offer.facts.number,
            f"{offer.facts.number} {offer.achievement_title}（{offer.facts.disposal.label}）",
        )
        for offer in found.items
        if offer.facts.state is OfferState.published
        and find_bid_on(offer.content.terms) is not None
    ]
    own = actor.organisation_id
    houses = await accounts.get_organisations(uow, ids=[own]) if own else {}
    kind = houses[own].kind if own in houses else None
    rulebook = await service.show_rulebook_in_force(uow, demonstration=demonstration)
    return Ground(free, rulebook, kind in STATE_OWNERS)


def _is_demonstration(request: Request) -> bool:
    """Whether visitors' lots go by the demonstration's short times too."""
    return request.app.state.settings.mode is Mode.demo


async def _ground(request: Request, tx: Tx, actor: Actor) -> Ground:
    return await tx.run(read_ground, actor=actor, demonstration=_is_demonstration(request))


# ---------------------------------------------------------------- a new one


@router.get("/desk/lots/new", name="lot_new")
async def show_new(
    request: Request, actor: ActorDep, tx: TxDep, offer: str = "", mode: str = ""
) -> Response:
    """First which offer and which way to bid; then the form of that way."""
    require(actor, ANNOUNCE_LOT)
    ground = await _ground(request, tx, actor)
    if mode not in [*BidMode] or mode == BidMode.tender:
        return _choice_page(request, ground, offer, refused=mode == BidMode.tender)
    form = LotForm.started(offer, BidMode(mode), proxies=not ground.state_owner)
    return _form_page(request, form, ground)


@router.post("/desk/lots/new", name="lot_draft")
async def create(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Keep a draft; then show it, or its preview."""
    require(actor, ANNOUNCE_LOT)
    form = LotForm.of(await request.form())
    try:
        made = await tx.run(
            service.draft_lot,
            actor=actor,
            offer_number=form.value("offer"),
            form=form.as_saved(),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error)
        return _form_page(request, form, await _ground(request, tx, actor), error.status)
    return await _saved(request, actor, tx, form, made)


# ---------------------------------------------------------------- one that is kept


@router.get("/desk/lots/drafts/{draft_id}", name="lot_draft_edit")
async def show_draft(
    request: Request, draft_id: UUID, actor: ActorDep, tx: TxDep, saved: str = ""
) -> Response:
    """The form of a draft, as it was typed."""
    draft = await tx.run(service.show_draft, actor=actor, draft_id=draft_id)
    form = LotForm.of_saved(draft.form, version=draft.version)
    ground = await _ground(request, tx, actor)
    return _form_page(request, form, ground, draft=draft, saved=bool(saved))


@router.post("/desk/lots/drafts/{draft_id}", name="lot_draft_save")
async def save(request: Request, draft_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Keep what was typed; then show it, or its preview, or the form of another way to bid."""
    draft = await tx.run(service.show_draft, actor=actor, draft_id=draft_id)
    form = LotForm.of(await request.form())
    try:
        kept = await tx.run(
            service.edit_draft,
            actor=actor,
            draft_id=draft_id,
            offer_number=form.value("offer"),
            form=form.as_saved(),
            expected_version=form.version(),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        ground = await _ground(request, tx, actor)
        return _form_page(request, form, ground, error.status, draft=draft)
    return await _saved(request, actor, tx, form, kept)


async def _saved(
    request: Request, actor: Actor, tx: Tx, form: LotForm, draft: LotDraftView
) -> Response:
    """After a draft was kept: on to where the pressed button leads."""
    here = f"/desk/lots/drafts/{draft.id}"
    if form.value("act") != "preview":
        return RedirectResponse(f"{here}?saved=1", 303)
    try:
        await _check(request, tx, actor, form)
    except DomainError as error:
        form.refuse(error)
        form.typed["version"] = str(draft.version)
        ground = await _ground(request, tx, actor)
        return _form_page(request, form, ground, error.status, draft=draft, saved=True)
    return RedirectResponse(f"{here}/preview", 303)


async def _check(request: Request, tx: Tx, actor: Actor, form: LotForm) -> LotTerms:
    new = form.parse()
    await tx.run(
        service.check_lot,
        actor=actor,
        offer_number=new.offer_number,
        terms=new.terms,
        demonstration=_is_demonstration(request),
    )
    return new.terms


@router.post("/desk/lots/drafts/{draft_id}/drop", name="lot_draft_drop")
async def drop(request: Request, draft_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Throw a draft away."""
    form = LotForm.of(await request.form())
    await tx.run(
        service.drop_draft, actor=actor, draft_id=draft_id, expected_version=form.version()
    )
    return RedirectResponse("/desk/lots", 303)


# ---------------------------------------------------------------- preview and publish


@router.get("/desk/lots/drafts/{draft_id}/preview", name="lot_preview")
async def show_preview(request: Request, draft_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The announcement as the public will read it; back to the form when it contradicts."""
    draft = await tx.run(service.show_draft, actor=actor, draft_id=draft_id)
    form = LotForm.of_saved(draft.form, version=draft.version)
    ground = await _ground(request, tx, actor)
    try:
        terms = await _check(request, tx, actor, form)
    except DomainError as error:
        form.refuse(error)
        return _form_page(request, form, ground, error.status, draft=draft)
    return _preview_page(request, draft, terms, ground, PublishForm())


@router.post("/desk/lots/drafts/{draft_id}/publish", name="lot_publish")
async def publish(request: Request, draft_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Publish the version that was read; a hidden reserve is typed here and nowhere else."""
    draft = await tx.run(service.show_draft, actor=actor, draft_id=draft_id)
    form, said = LotForm.of_saved(draft.form), PublishForm.of(await request.form())
    hidden = form.needs(Part.reserve) and form.value("reserve_kind") == ReserveKind.hidden
    try:
        new = form.parse(reserve=said.reserve(hidden=hidden))
        number = await tx.run(
            service.publish_lot,
            actor=actor,
            offer_number=new.offer_number,
            terms=new.terms,
            key=said.key(),
            draft_id=draft_id,
            expected_version=said.version(),
            demonstration=_is_demonstration(request),
        )
    except DomainError as error:
        said.refuse(error, but=CLOSED)
        ground = await _ground(request, tx, actor)
        try:
            terms = form.parse().terms
        except DomainError as fault:
            form.refuse(fault)
            return _form_page(request, form, ground, fault.status, draft=draft)
        return _preview_page(request, draft, terms, ground, said, error.status)
    return RedirectResponse(f"/lots/{number}", 303)


# ---------------------------------------------------------------- pages


def _choice_page(request: Request, ground: Ground, offer: str, *, refused: bool) -> Response:
    locale = locale_of(request)
    modes = [
        (str(mode), translate(locale, shape.label), translate(locale, shape.about))
        for mode, shape in SHAPES.items()
    ]
    form = LotForm.blank(offer=offer or None, mode=BidMode.dynamic)
    if refused:
        form.add("mode", SHAPES[BidMode.tender].about)
    return page(
        request,
        "auctions/choose.html",
        status=422 if refused else 200,
        form=form,
        offers=ground.offers,
        modes=modes,
        rulebook=ground.rulebook,
    )


def _form_page(
    request: Request,
    form: LotForm,
    ground: Ground,
    status: int = 200,
    *,
    draft: LotDraftView | None = None,
    saved: bool = False,
) -> Response:
    shape = form.shape
    offers = list(ground.offers)
    if draft is not None and draft.offer_number not in dict(offers):
        offers.insert(0, (draft.offer_number, f"{draft.offer_number} {draft.offer_title}"))
    lists: dict[str, Any] = {
        "windows": dict(RUNGS if Part.ladder in shape.parts else WINDOWS),
        "confirms": dict(CONFIRMS),
        "raises": dict(RAISES),
        "caps": dict(CAPS),
        "reserves": RESERVES,
        "extensions": EXTENSIONS,
        "singles": SINGLES,
        "admissions": ADMISSIONS,
        "preferences": {one: PREFERENCES[one] for one in shape.preferences},
        "modes": {mode: one.label for mode, one in SHAPES.items() if mode != BidMode.tender},
    }
    return page(
        request,
        "auctions/edit.html",
        status=status,
        form=form,
        shape=shape,
        rising=shape.way is Way.rising,
        draft=draft,
        saved=saved,
        offers=offers,
        rulebook=ground.rulebook,
        state_owner=ground.state_owner,
        conditions_length=CONDITIONS_LENGTH,
        fault_names=_names_of(form.errors),
        **{name: options(request, words) for name, words in lists.items()},
    )


def _names_of(errors: Mapping[str, list[str]]) -> set[str]:
    """The groups of rows that hold a fault: "tiers" for "tiers-0-step"."""
    return {name.partition("-")[0] for name in errors}


def _preview_page(
    request: Request,
    draft: LotDraftView,
    terms: LotTerms,
    ground: Ground,
    form: PublishForm,
    status: int = 200,
) -> Response:
    beside = Beside(
        step_minor=terms.step_minor,
        open_reserve_minor=terms.reserve_minor if terms.reserve_kind is ReserveKind.open else None,
        deposit_minor=terms.deposit_minor,
        deposit_due_at=terms.deposit_due_at,
        admission=terms.admission,
        conditions=terms.conditions,
        documents=terms.documents,
        auctioneer=terms.auctioneer,
        viewing=terms.viewing,
        viewing_starts_at=terms.viewing_starts_at,
        viewing_ends_at=terms.viewing_ends_at,
        negotiation=terms.negotiation,
    )
    falls = terms.mode is BidMode.dutch and terms.free_starts_at is not None
    return page(
        request,
        "auctions/preview.html",
        status=status,
        draft=draft,
        form=form,
        terms=sentences(request, explain(terms, beside)),
        rungs=ladder(terms, beside, terms.free_starts_at) if falls and terms.free_starts_at else (),
        hidden=terms.reserve_kind is ReserveKind.hidden,
        rulebook=ground.rulebook,
    )
