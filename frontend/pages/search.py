"""Search results, and suggestions while typing."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.limits import AtOnce
from app.core.paging import Page
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.comparing import KINDS, MOST, read_basket
from frontend.exports.platform import FOUND
from frontend.finding import LONGEST, SORTS, FinderDep, ask, clean, view_results
from frontend.finding_help import find_help
from frontend.pages.compare import COOKIE
from frontend.render import locale_of, page
from frontend.saving import view_saving
from search.bounds import TooCostly
from search.finder import Finder
from search.types import Hit, SearchRequest

router = APIRouter(include_in_schema=False)

RUNNING: Final = AtOnce(6)  # of one address; an office is one, and asks seldom and briefly
LARGEST = 100  # hits of one question while a file is made
_SUGGESTED = 8
_FRESH_S = 60  # a suggestion may be a minute old; typing back and forth then asks nothing


@router.get("/search", name="search")
async def results(request: Request, actor: ActorDep, tx: TxDep, finder: FinderDep) -> Response:
    """What was found, with facets; any address gets an answer, also one with odd words."""
    with RUNNING.hold(request):
        return await answer(request, actor, tx, finder)


async def answer(request: Request, actor: Actor, tx: Tx, finder: Finder) -> Response:
    """The page, or the file."""
    asked = ask(request.query_params)
    if exports.asked(request):
        return await exports.send(request, tx, actor, FOUND, find_pages(finder, asked))
    try:
        result = await finder.search(asked)
    except Invalid:  # a page mark that is broken or of another sort: from the beginning
        asked = replace(asked, after=None)
        result = await finder.search(asked)
    return page(
        request,
        "search/results.html",
        view=view_results(asked, result, request.query_params),
        help=await find_help(finder, asked, result),
        saving=await view_saving(request, actor, tx, finder, asked, locale_of(request)),
        sorts=SORTS,
        longest=LONGEST,
        basket=read_basket(request.cookies.get(COOKIE, "")),
        comparable=KINDS,
        compare_most=MOST,
        export_most=FOUND.most,
    )


def find_pages(finder: Finder, asked: SearchRequest) -> exports.Fetch[Hit]:
    """Everything that an address finds, a large page at a time."""

    async def fetch(after: str | None) -> Page[Hit]:
        found = await finder.search_own(replace(asked, after=after, limit=LARGEST))
        return Page(found.hits, found.next)

    return fetch


@router.get("/search/suggest", name="search_suggest")
async def suggestions(finder: FinderDep, q: Annotated[str, Query()] = "") -> JSONResponse:
    """``{"suggestions": [...]}``: up to eight ways to go on with ``q``; plain text, not HTML."""
    try:
        found = await finder.suggest(clean(q[:LONGEST]), _SUGGESTED)
    except TooCostly:
        found = []
    headers = {"Cache-Control": f"private, max-age={_FRESH_S}"}
    return JSONResponse({"suggestions": found}, headers=headers)
