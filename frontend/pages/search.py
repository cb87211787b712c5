"""Search results, and suggestions while typing."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.core.errors import Invalid
from app.core.web import ActorDep, TxDep
from frontend.finding import SORTS, ask, view_results
from frontend.render import page
from search import service

router = APIRouter(include_in_schema=False)

_SUGGESTED = 8
_FRESH_S = 60  # a suggestion may be a minute old; typing back and forth then asks nothing


@router.get("/search", name="search")
async def results(request: Request, _actor: ActorDep, tx: TxDep) -> Response:
    """What was found, with facets; any address gets an answer, also one with odd words."""
    asked = ask(request.query_params)
    try:
        result = await tx.run(service.search, request=asked)
    except Invalid:  # a page mark that is broken or of another sort: from the beginning
        asked = replace(asked, after=None)
        result = await tx.run(service.search, request=asked)
    return page(request, "search/results.html", view=view_results(asked, result), sorts=SORTS)


@router.get("/search/suggest", name="search_suggest")
async def suggestions(tx: TxDep, q: Annotated[str, Query()] = "") -> JSONResponse:
    """``{"suggestions": [...]}``: up to eight ways to go on with ``q``; plain text, not HTML."""
    found = await tx.run(service.suggest, typed=q, limit=_SUGGESTED)
    headers = {"Cache-Control": f"private, max-age={_FRESH_S}"}
    return JSONResponse({"suggestions": found}, headers=headers)
