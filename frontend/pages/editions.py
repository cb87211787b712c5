"""Pages of catalogue editions (成果目录): the public shelf, and their compiling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts.service import find_organisations
from app.catalogue import access, service
from app.catalogue.types import (
    TRL_LEVELS,
    AchievementKind,
    ConversionStatus,
    Disposal,
    EditionContent,
    EditionFacts,
    EditionSort,
    EditionState,
    IpKind,
    LegalStatus,
    PlanRoute,
    Visibility,
)
from app.core.access import Permission, may, require
from app.core.actor import Actor
from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import _n, translate
from app.core.official import NationalField, Region
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.editions import edition_table
from frontend.exports.standing import EDITIONS
from frontend.forms import UNSEEN, Form
from frontend.forms.editions import (
    FOREWORD_LENGTH,
    PERIOD_LENGTH,
    TITLE_LENGTH,
    ChoiceForm,
    EditionForm,
)
from frontend.forms.records import VersionForm
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

_NO_OWNER = _n("没有找到这个单位，请填写完整的单位名称。")


# ---------------------------------------------------------------- public


@router.get("/catalogues", name="edition_list")
async def list_editions(request: Request, tx: TxDep, actor: ActorDep, after: str = "") -> Response:
    """The public shelf."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_editions)
        return await exports.send(request, tx, actor, EDITIONS, fetch)
    found = await tx.run(service.list_editions, after=after or None)
    return page(
        request,
        "editions/list.html",
        found=found,
        first=not after,
        may_compile=may(actor, access.LIST_EDITIONS),
    )


@router.get("/catalogues/{number}", name="edition_show")
async def show_edition(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """One published edition, by field; printable, and as a file."""
    view = await tx.run(service.show_edition, actor=actor, number=number)
    if form := exports.asked(request):
        return await exports.export(request, edition_table(view), form)
    return page(
        request,
        "editions/show.html",
        view=view,
        facts=view.facts,
        labels=_labels(),
        trl_levels=TRL_LEVELS,
    )


# ---------------------------------------------------------------- compiling


@router.get("/desk/catalogues", name="edition_desk")
async def list_own(
    request: Request, actor: ActorDep, tx: TxDep, after: str = "", market: str = ""
) -> Response:
    """An issuer's drafts and editions: the market's, or one's organisation's."""
    whole = _is_market(actor, market)
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_editions, actor=actor, market=whole)
        return await exports.send(request, tx, actor, EDITIONS, fetch)
    found = await tx.run(service.list_own_editions, actor=actor, market=whole, after=after or None)
    return page(
        request,
        "editions/desk.html",
        found=found,
        first=not after,
        market_wide=whole,
        may_market=may(actor, access.COMPILE_MARKET),
        may_unit=may(actor, access.SEE_UNIT_EDITIONS),
        may_write=may(actor, _compiling(whole)),
    )


@router.get("/desk/catalogues/new", name="edition_new")
async def show_new(request: Request, actor: ActorDep, market: str = "") -> Response:
    """An empty form."""
    whole = _is_market(actor, market)
    require(actor, _compiling(whole))
    form = EditionForm.blank(visibility=Visibility.public, sort=EditionSort.newest)
    return _edit_page(request, form, None, 200, market=whole)


@router.post("/desk/catalogues/new", name="edition_create")
async def create_edition(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Save a draft, and show what it takes."""
    form = EditionForm.of(await request.form())
    whole = _is_market(actor, form.value("market"))
    require(actor, _compiling(whole))
    try:
        content = await _parse(tx, form, market=whole)
        made = await tx.run(
            service.draft_edition, actor=actor, content=content, market=whole, key=form.key()
        )
    except DomainError as error:
        form.refuse(error)
        return _edit_page(request, form, None, error.status, market=whole)
    return to_edition(request, made)


@router.get("/desk/catalogues/{edition_id}", name="edition_draft")
async def show_draft(
    request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep, part: int = 1
) -> Response:
    """A draft with what it takes now; a published one is shown to everybody."""
    return await _draft_page(request, tx, actor, edition_id, Form(), part, 200)


@router.get("/desk/catalogues/{edition_id}/edit", name="edition_edit")
async def show_edit(request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The form of a draft."""
    view = await tx.run(service.show_draft, actor=actor, edition_id=edition_id)
    market = view.facts.owner_id is None
    require(actor, _compiling(market))
    if view.facts.state is not EditionState.draft:
        return to_edition(request, view.facts)
    form = EditionForm.filled(view.content, view.facts.version)
    form.typed["owner_name"] = view.owner_name
    return _edit_page(request, form, view.facts, 200, market=market)


@router.post("/desk/catalogues/{edition_id}/edit", name="edition_save")
async def save_edition(request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Save words and selection."""
    view = await tx.run(service.show_draft, actor=actor, edition_id=edition_id)
    form = EditionForm.of(await request.form())
    market = view.facts.owner_id is None
    try:
        content = await _parse(tx, form, market=market)
        made = await tx.run(
            service.edit_edition,
            actor=actor,
            edition_id=edition_id,
            version=form.version(),
            content=content,
        )
    except DomainError as error:
        if not may(actor, _compiling(market)):
            raise
        form.refuse(error)
        return _edit_page(request, form, view.facts, error.status, market=market)
    return to_edition(request, made)


@router.post("/desk/catalogues/{edition_id}/rows", name="edition_rows")
async def choose_rows(request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take out what is not ticked."""
    form = ChoiceForm.of(await request.form())
    try:
        shown, included = form.parse()
        made = await tx.run(
            service.choose_rows,
            actor=actor,
            edition_id=edition_id,
            version=form.version(),
            shown=shown,
            included=included,
        )
    except DomainError as error:
        return await _refused(request, tx, actor, edition_id, form, error)
    return to_edition(request, made)


@router.post("/desk/catalogues/{edition_id}/publish", name="edition_publish")
async def publish_edition(
    request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Freeze it."""
    return await _step(request, tx, actor, edition_id, service.publish_edition)


@router.post("/desk/catalogues/{edition_id}/discard", name="edition_discard")
async def discard_edition(
    request: Request, edition_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Give a draft up."""
    return await _step(request, tx, actor, edition_id, service.discard_edition)


# ---------------------------------------------------------------- pages


_PART = 100  # rows of a draft on one page


async def _draft_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    edition_id: UUID,
    form: Form,
    part: int,
    status: int,
) -> Response:
    view = await tx.run(service.show_draft, actor=actor, edition_id=edition_id)
    if view.facts.state is EditionState.published:
        return to_edition(request, view.facts)
    parts = max(1, -(-len(view.rows) // _PART))
    part = min(max(part, 1), parts)
    market = view.facts.owner_id is None
    return page(
        request,
        "editions/draft.html",
        status=status,
        view=view,
        facts=view.facts,
        rows=view.rows[(part - 1) * _PART : part * _PART],
        part=part,
        parts=parts,
        form=form,
        may_write=may(actor, _compiling(market)),
    )


def _edit_page(
    request: Request, form: EditionForm, facts: EditionFacts | None, status: int, *, market: bool
) -> Response:
    return page(
        request,
        "editions/edit.html",
        status=status,
        form=form,
        facts=facts,
        market_wide=market,
        fields=options(request, NationalField),
        regions=options(request, Region),
        kinds=options(request, AchievementKind),
        sorts=options(request, EditionSort),
        visibilities=options(request, Visibility),
        trl_options=[
            (str(n), f"{n} {translate(locale_of(request), name)}")
            for n, (name, _) in TRL_LEVELS.items()
        ],
        title_length=TITLE_LENGTH,
        period_length=PERIOD_LENGTH,
        foreword_length=FOREWORD_LENGTH,
    )


def _labels() -> dict[str, Any]:
    """Words of what stands in frozen rows, by code."""
    return {
        "kind": {one.value: one.label for one in AchievementKind},
        "region": {one.value: one.label for one in Region},
        "disposal": {one.value: one.label for one in Disposal},
        "right": {one.value: one.label for one in IpKind},
        "legal": {one.value: one.label for one in LegalStatus},
        "status": {one.value: one.label for one in ConversionStatus},
        "route": {one.value: one.label for one in PlanRoute},
    }


def _is_market(actor: Actor, asked: str) -> bool:
    """The market's side for its publisher, unless he also acts for a unit and asks for that."""
    if not may(actor, access.COMPILE_MARKET):
        return False
    return bool(asked) or not may(actor, access.SEE_UNIT_EDITIONS)


def _compiling(market: bool) -> Permission:
    """Who writes the market's editions, or those of a unit."""
    return access.COMPILE_MARKET if market else access.COMPILE_UNIT


async def _parse(tx: Tx, form: EditionForm, *, market: bool) -> EditionContent:
    """The content, with the organisation that was named looked up."""
    name = form.value("owner_name").strip()
    if market and name:
        found = await tx.run(find_organisations, word=name)
        if len(found) != 1:
            exact = [one for one in found if one.name == name]
            if len(exact) != 1:
                raise Invalid([FieldError("owner_name", _NO_OWNER)])
            found = exact
        form.typed["owner_id"] = str(found[0].id)
    else:
        form.typed.pop("owner_id", None)
    return form.parse()


async def _step(
    request: Request, tx: Tx, actor: Actor, edition_id: UUID, verb: Callable[..., Awaitable[Any]]
) -> Response:
    form = VersionForm.of(await request.form())
    try:
        made = await tx.run(verb, actor=actor, edition_id=edition_id, version=form.version())
    except DomainError as error:
        return await _refused(request, tx, actor, edition_id, form, error)
    return to_edition(request, made)


async def _refused(
    request: Request, tx: Tx, actor: Actor, edition_id: UUID, form: Form, error: DomainError
) -> Response:
    """The draft with what was refused; who may not see it gets that refusal instead."""
    form.refuse(error, but=UNSEEN)
    return await _draft_page(request, tx, actor, edition_id, form, 1, error.status)


def to_edition(request: Request, made: EditionFacts) -> Response:
    """On to the page of an edition, by how far it is."""
    routes = request.app.url_path_for
    if made.number is not None:
        return RedirectResponse(routes("edition_show", number=made.number), 303)
    if made.state is EditionState.discarded:
        market = "?market=1" if made.owner_id is None else ""
        return RedirectResponse(f"{routes('edition_desk')}{market}", 303)
    return RedirectResponse(routes("edition_draft", edition_id=str(made.id)), 303)
