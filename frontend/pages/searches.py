"""Saved searches: keep a question, see what is new, look, rename, be told, let it go."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.access import require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.searches import access, service
from app.searches.types import MAX_NAME, MOST_SAVED, SavedSearch
from frontend import exports
from frontend.exports.searches import SAVED
from frontend.finding import FinderDep, address, ask
from frontend.forms import CLOSED, Form
from frontend.forms.searches import SavedSearchForm
from frontend.render import locale_of, page
from frontend.saving import chips, default_name, with_mark
from search.types import SearchRequest

router = APIRouter(include_in_schema=False)

SEARCHES: Final = "/desk/searches"
_DONE: Final = frozenset({"edited", "deleted"})


@router.get(SEARCHES, name="searches")
async def list_searches(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    finder: FinderDep,
    after: str = "",
    done: str = "",
) -> Response:
    """One's own, with what is new in each; only what this page shows is counted, and only when the
    last count is old."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_searches, actor=actor)
        return await exports.send(request, tx, actor, SAVED, fetch)
    found = await tx.run(service.list_searches, actor=actor, after=after or None)
    counts = await service.count_new(finder, found.items)
    if counts:
        await tx.run(service.keep_counts, actor=actor, counts=counts)
    return page(
        request,
        "searches/index.html",
        found=found,
        new={one.id: counts[one.id].new if one.id in counts else one.new for one in found.items},
        chips=chips,
        first=not after,
        done=done if done in _DONE else "",
        most=MOST_SAVED,
    )


@router.get(f"{SEARCHES}/new", name="search_new")
async def show_new(request: Request, actor: ActorDep) -> Response:
    """The question of this address, with a name to be kept under; whoever signs in on the way
    comes back with it."""
    require(actor, access.KEEP)
    asked = ask(request.query_params)
    form = SavedSearchForm.blank(name=default_name(asked, locale_of(request)))
    return _new_page(request, form, asked, 200)


@router.post(SEARCHES, name="search_save")
async def save(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Keep a question and go back to its results."""
    form = SavedSearchForm.of(await request.form())
    asked = form.question()
    try:
        require(actor, access.KEEP)
        name, news = form.parse(default_name(asked, locale_of(request)))
        await tx.run(service.save_search, actor=actor, question=asked, name=name, news=news)
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return _new_page(request, form, asked, error.status)
    return RedirectResponse(with_mark(asked, saved="1"), 303)


@router.get(f"{SEARCHES}/{{search_id}}", name="search_edit")
async def show_edit(request: Request, search_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """One of one's own, to be renamed or deleted."""
    kept = await tx.run(service.show_search, actor=actor, search_id=search_id)
    form = SavedSearchForm.blank(name=kept.name, news="1" if kept.news else None)
    return _edit_page(request, form, kept, 200)


@router.post(f"{SEARCHES}/{{search_id}}", name="search_change")
async def edit(request: Request, search_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Another name; to be told of what is new, or no more."""
    form = SavedSearchForm.of(await request.form())
    try:
        await tx.run(service.show_search, actor=actor, search_id=search_id)  # before what was typed
        name, news = form.parse()
        await tx.run(service.edit_search, actor=actor, search_id=search_id, name=name, news=news)
    except DomainError as error:
        return await _refused(request, tx, actor, search_id, form, error)
    return _to_list("edited")


@router.post(f"{SEARCHES}/{{search_id}}/look", name="search_look")
async def look(request: Request, search_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Go to the results, all of them or only what is new, and count from now on."""
    form = Form.of(await request.form())
    before = await tx.run(service.look, actor=actor, search_id=search_id)
    since = before.looked_at.isoformat()
    mark = {"since": since} if form.value("show") == "new" else {"last": since}
    return RedirectResponse(with_mark(before.question, **mark), 303)


@router.post(f"{SEARCHES}/{{search_id}}/delete", name="search_delete")
async def delete(search_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Let one go."""
    await tx.run(service.delete_search, actor=actor, search_id=search_id)
    return _to_list("deleted")


async def _refused(
    request: Request,
    tx: Tx,
    actor: Actor,
    search_id: UUID,
    form: SavedSearchForm,
    error: DomainError,
) -> Response:
    form.refuse(error, but=CLOSED)
    kept = await tx.run(service.show_search, actor=actor, search_id=search_id)
    return _edit_page(request, form, kept, error.status)


def _new_page(
    request: Request, form: SavedSearchForm, asked: SearchRequest, status: int
) -> Response:
    return page(
        request,
        "searches/new.html",
        status=status,
        form=form,
        asked=asked,
        chips=chips,
        back=address(asked),
        question=address(asked).partition("?")[2],
        name_length=MAX_NAME,
    )


def _edit_page(request: Request, form: SavedSearchForm, kept: SavedSearch, status: int) -> Response:
    return page(
        request,
        "searches/edit.html",
        status=status,
        form=form,
        kept=kept,
        chips=chips,
        name_length=MAX_NAME,
    )


def _to_list(done: str) -> Response:
    return RedirectResponse(f"{SEARCHES}?done={done}", 303)
