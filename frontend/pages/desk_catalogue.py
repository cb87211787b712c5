"""The desk of the catalogue: one's own achievements and offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accounts.service import get_organisations, search_organisations
from app.accounts.types import OrganisationView
from app.catalogue import access, service
from app.catalogue.types import (
    TRL_LEVELS,
    AchievementContent,
    AchievementKind,
    Attribute,
    ConversionTrigger,
    Disposal,
    Embodiment,
    IpKind,
    LegalStatus,
    Level,
    PracticeStage,
    RoyaltyBase,
    Stage,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError, Invalid, Unauthenticated
from app.core.i18n import _n, translate
from app.core.official import NationalField, Region
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import Options, options
from frontend.exports.catalogue import (
    OWN_ACHIEVEMENTS,
    OWN_OFFERS,
)
from frontend.forms.catalogue import (
    ABSTRACT_LENGTH,
    ANSWER_LENGTH,
    TITLE_LENGTH,
    AchievementForm,
)
from frontend.forms.offers import (
    CHOICES,
    CONDITIONS_LENGTH,
    NEGOTIABLE,
    NOTE_LENGTH,
    OfferForm,
)
from frontend.forms.records import VersionForm
from frontend.pages.catalogue import offer_page, to
from frontend.pages.organisations import colleagues
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

_NEGOTIABLE_LABEL = _n("面议")


# ---------------------------------------------------------------- achievements


@router.get("/desk/achievements", name="achievement_desk")
async def list_achievements(
    request: Request, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """The achievements of one's organisation."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_achievements, actor=actor)
        return await exports.send(request, tx, actor, OWN_ACHIEVEMENTS, fetch)
    found = await tx.run(service.list_own_achievements, actor=actor, after=after or None)
    return page(
        request,
        "catalogue/desk_achievements.html",
        found=found,
        first=not after,
        may_write=may(actor, access.DRAFT),
    )


@router.get("/desk/achievements/new", name="achievement_new")
async def show_new_achievement(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """An empty form."""
    require(actor, access.DRAFT)
    return await achievement_form(request, tx, actor, AchievementForm(), None, 200)


@router.post("/desk/achievements/new", name="achievement_create")
async def create_achievement(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Save a draft."""
    require(actor, access.DRAFT)
    form = AchievementForm.of(await request.form())
    if form.value("find"):
        return await achievement_form(request, tx, actor, form, None, 200)
    try:
        content: AchievementContent = form.parse()
        made = await tx.run(service.draft_achievement, actor=actor, content=content, key=form.key())
    except DomainError as error:
        form.refuse(error)
        return await achievement_form(request, tx, actor, form, None, error.status)
    return to(request, "achievement_show", made.number)


@router.get("/desk/achievements/{number}/edit", name="achievement_edit")
async def show_achievement_edit(
    request: Request, number: str, actor: ActorDep, tx: TxDep
) -> Response:
    """The form of a record, with the hints of the lint beside it."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    if not view.actions.edit:
        require(actor, access.EDIT, owner=view.facts.owner_id or view.facts.care_id)
        return to(request, "achievement_show", number)
    form = AchievementForm.filled(view.content, view.facts.version)
    return await achievement_form(request, tx, actor, form, view, 200)


@router.post("/desk/achievements/{number}/edit", name="achievement_save")
async def save_achievement(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Save the changes of a record."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    form = AchievementForm.of(await request.form())
    if form.value("find") and view.actions.edit:
        return await achievement_form(request, tx, actor, form, view, 200)
    try:
        await tx.run(
            service.edit_achievement,
            actor=actor,
            number=number,
            content=form.parse(),
            version=form.version(),
        )
    except DomainError as error:
        if not view.actions.edit:
            raise
        form.refuse(error)
        return await achievement_form(request, tx, actor, form, view, error.status)
    return to(request, "achievement_show", number)


async def achievement_form(
    request: Request,
    tx: Tx,
    actor: Actor,
    form: AchievementForm,
    view: Any,
    status: int,
    behalf: tuple[OrganisationView, Options] | None = None,
) -> Response:
    """The form of a record: new, to be changed, or entered for a researcher (``behalf``)."""
    router_of = request.app.url_path_for
    if behalf:
        action = router_of("behalf_create", organisation_id=behalf[0].id)
    elif view:
        action = router_of("achievement_save", number=view.facts.number)
    else:
        action = router_of("achievement_create")
    home = (view.facts.owner_id or view.facts.care_id) if view else actor.organisation_id
    locale = locale_of(request)
    colon = translate(locale, _n("："))
    levels = [
        (str(n), f"{n} {translate(locale, name)}{colon}{translate(locale, meaning)}")
        for n, (name, meaning) in TRL_LEVELS.items()
    ]
    return page(
        request,
        "catalogue/achievement_edit.html",
        status=status,
        form=form,
        view=view,
        fields=options(request, NationalField),
        kinds=options(request, AchievementKind),
        attributes=options(request, Attribute),
        embodiments=options(request, Embodiment),
        levels=options(request, Level),
        stages=options(request, Stage),
        practice_stages=options(request, PracticeStage),
        regions=options(request, Region),
        ip_kinds=options(request, IpKind),
        legal_statuses=options(request, LegalStatus),
        trl_options=levels,
        colleagues=behalf[1] if behalf else await colleagues(tx, actor, home),
        linking=await _linking(tx, actor, form),
        behalf=behalf,
        action=str(action),
        title_length=TITLE_LENGTH,
        abstract_length=ABSTRACT_LENGTH,
        answer_length=ANSWER_LENGTH,
    )


async def _linking(tx: Tx, actor: Actor, form: AchievementForm) -> dict[int, tuple[Options, str]]:
    """For each row of co-owners: the organisations to choose from, and the one linked by now.

    Found by the name typed in the row whose button was pressed; nothing is saved by looking.
    """
    rows: dict[int, tuple[Options, str]] = {}
    for i in form.rows("co_owners"):
        houses: Options = []
        if form.value("find") == str(i):
            try:
                found = await tx.run(
                    search_organisations, actor=actor, word=form.value(f"co_owners-{i}-name")
                )
                houses = [(str(view.id), view.name) for view in found]
            except Invalid as error:
                form.add(f"co_owners-{i}-name", error.errors[0].message)
        linked = _uuid(form.value(f"co_owners-{i}-party_id"))
        if linked is not None and str(linked) not in {value for value, _ in houses}:
            names = await tx.run(get_organisations, ids=[linked])
            if linked in names:
                houses.append((str(linked), names[linked].name))
        if houses:
            rows[i] = (houses, str(linked or ""))
    return rows


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


# ---------------------------------------------------------------- offers


@router.get("/desk/offers", name="offer_desk")
async def list_offers(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The offers of one's organisation."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_offers, actor=actor)
        return await exports.send(request, tx, actor, OWN_OFFERS, fetch)
    found = await tx.run(service.list_own_offers, actor=actor, after=after or None)
    return page(request, "catalogue/desk_offers.html", found=found, first=not after)


@router.get("/desk/achievements/{number}/offer", name="offer_new")
async def show_new_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """An empty form of an offer of one achievement."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    require(actor, access.DRAFT_OFFER, owner=view.facts.owner_id or view.facts.care_id)
    if not view.actions.offer:
        return to(request, "achievement_show", number)
    form = OfferForm.blank(disposal=Disposal.ordinary, terms_kind=NEGOTIABLE, audit_right="1")
    return _offer_form(request, form, number, view.facts.title, None, 200)


@router.post("/desk/achievements/{number}/offer", name="offer_create")
async def create_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Save an offer as a draft."""
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    require(actor, access.DRAFT_OFFER, owner=view.facts.owner_id or view.facts.care_id)
    form = OfferForm.of(await request.form())
    try:
        made = await tx.run(
            service.draft_offer,
            actor=actor,
            achievement_number=number,
            content=form.parse(),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error)
        return _offer_form(request, form, number, view.facts.title, None, error.status)
    return to(request, "offer_show", made.number)


@router.get("/desk/offers/{number}/edit", name="offer_edit")
async def show_offer_edit(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The form of an offer that is not public."""
    view = await tx.run(service.show_offer, actor=actor, number=number)
    if not view.actions.edit:
        require(actor, access.DRAFT_OFFER, owner=view.facts.owner_id)
        return to(request, "offer_show", number)
    form = OfferForm.filled(view.content, view.facts.version)
    return _offer_form(request, form, view.achievement_number, view.achievement_title, view, 200)


@router.post("/desk/offers/{number}/edit", name="offer_save")
async def save_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Save the changes of an offer."""
    view = await tx.run(service.show_offer, actor=actor, number=number)
    form = OfferForm.of(await request.form())
    try:
        await tx.run(
            service.edit_offer,
            actor=actor,
            number=number,
            content=form.parse(),
            version=form.version(),
        )
    except DomainError as error:
        if not view.actions.edit:
            raise
        form.refuse(error)
        about = (view.achievement_number, view.achievement_title)
        return _offer_form(request, form, *about, view, error.status)
    return to(request, "offer_show", number)


@router.post("/desk/offers/{number}/publish", name="offer_publish")
async def publish_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Make an offer public; what stands in its way is shown on its page."""
    return await _decide_offer(request, tx, actor, number, service.publish_offer)


@router.post("/desk/offers/{number}/renew", name="offer_renew")
async def renew_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Let an offer run six months more."""
    return await _decide_offer(request, tx, actor, number, service.renew_offer)


@router.post("/desk/offers/{number}/withdraw", name="offer_withdraw")
async def withdraw_offer(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Take an offer back."""
    return await _decide_offer(request, tx, actor, number, service.withdraw_offer)


async def _decide_offer(
    request: Request, tx: Tx, actor: Actor, number: str, verb: Callable[..., Awaitable[Any]]
) -> Response:
    form = VersionForm.of(await request.form())
    try:
        await tx.run(verb, actor=actor, number=number, version=form.version())
    except DomainError as error:
        form.refuse(error, but=Unauthenticated)
        return await offer_page(request, tx, actor, number, form, error.status)
    return to(request, "offer_show", number)


def _offer_form(
    request: Request, form: OfferForm, number: str, title: str, view: Any, status: int
) -> Response:
    kinds = [
        (word, translate(locale_of(request), getattr(word, "label", _NEGOTIABLE_LABEL)))
        for word in CHOICES
    ]
    return page(
        request,
        "catalogue/offer_edit.html",
        status=status,
        form=form,
        offer=view,
        achievement_number=number,
        achievement_title=title,
        disposals=options(request, Disposal),
        terms_kinds=kinds,
        bases=options(request, RoyaltyBase),
        triggers=options(request, ConversionTrigger),
        fields=options(request, NationalField),
        regions=options(request, Region),
        conditions_length=CONDITIONS_LENGTH,
        note_length=NOTE_LENGTH,
    )
