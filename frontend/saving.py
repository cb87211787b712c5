"""Saved searches on pages: the button beside results, names, and what a question looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import Request

from app.core.actor import Actor
from app.core.i18n import translate
from app.core.tx import Tx
from app.searches import service
from app.searches.types import MAX_NAME, SavedSearch
from frontend import show
from frontend.finding import address, read_instant
from search.documents import Facet
from search.finder import Finder
from search.types import Count, SearchRequest

__all__ = ["SavingView", "default_name", "labels", "view_saving"]

NEW: Final = "/desk/searches/new"


@dataclass(frozen=True, slots=True)
class SavingView:
    """What stands beside results for keeping their question.

    ``question`` is its address's query; empty where nothing is asked, so that there is nothing to
    keep. ``saved`` is what the reader keeps of it already, ``done`` says that he did so just now.
    ``new`` counts what came after ``last``, his look before this one, when he came from his list;
    ``new_href`` shows only that.
    """

    question: str
    name: str
    form_href: str
    saved: SavedSearch | None = None
    done: bool = False
    last: datetime | None = None
    new: Count | None = None
    new_href: str = ""


async def view_saving(
    request: Request, actor: Actor, tx: Tx, finder: Finder, asked: SearchRequest, locale: str
) -> SavingView:
    """One statement for who is signed in, none for others; a count for who comes from his list."""
    plain = replace(asked, published_after=None)
    question = address(plain).partition("?")[2]
    view = SavingView(
        question if asked.text or asked.filters else "",
        default_name(plain, locale),
        f"{NEW}?{question}",
    )
    if not view.question or not actor.signed_in:
        return view
    view = replace(view, saved=await tx.run(service.find_saved, actor=actor, question=plain))
    if view.saved is None:
        return view
    view = replace(view, done=request.query_params.get("saved") == "1")
    last = read_instant(request.query_params.get("last", ""))
    if last is None or asked.after is not None:
        return view
    new = await service.try_count(finder, plain, last)
    if new is None:
        return view
    return replace(
        view,
        last=last,
        new=new,
        new_href=address(replace(plain, published_after=last)),
    )


def default_name(asked: SearchRequest, locale: str) -> str:
    """A name from the words and the filters, as long as a name may be."""
    words = [asked.text] if asked.text else []
    name = " · ".join([*words, *(translate(locale, label) for label in labels(asked))])
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"


def labels(asked: SearchRequest) -> list[str]:
    """The filters of a question as Chinese source texts, in the order in which they were chosen."""
    return [
        show.facet_label(facet.value, value)
        for facet, values in asked.filters.items()
        for value in values
    ]


def with_mark(asked: SearchRequest, **marks: str) -> str:
    """The address of a question with a mark for the page that is no part of it."""
    here = address(asked)
    return f"{here}{'&' if '?' in here else '?'}{urlencode(marks)}"


def chips(asked: SearchRequest) -> Sequence[tuple[str, str]]:
    """(what it narrows, to what) of each filter; the kind is a word of its own."""
    return [
        ("" if facet is Facet.kind else show.FACETS[facet.value], label)
        for facet, values in asked.filters.items()
        for label in (show.facet_label(facet.value, value) for value in values)
    ]
