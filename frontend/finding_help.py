"""When nothing was found: which filters and words stand in the way, and how else to ask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.core.i18n import _n
from frontend import show
from frontend.facets import SHOWN
from frontend.finding import address, without
from search.bounds import TooCostly
from search.documents import Facet
from search.finder import Finder
from search.types import Count, SearchRequest, SearchResult

_MOST_FILTERS: Final = 6  # each costs a search
_MOST_WORDS: Final = 4
_SUGGESTED: Final = 6
_BUDGET_S: Final = 1.5  # what a page may spend on ways on; none is looked for after that
_SHORTEST: Final = 2  # characters of what was typed that suggestions still begin with


@dataclass(frozen=True, slots=True)
class Way:
    """A question that finds something: what is left out of it, its address, how much it finds.

    ``facet`` is the label of the filters' facet (Chinese source text), empty for a word. Nothing
    in ``left_out`` means all filters.
    """

    left_out: Sequence[str]
    href: str
    count: Count
    facet: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """Ways on from an answer that holds nothing, or not all of the words."""

    ways: Sequence[Way] = ()
    spellings: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class _Asking:
    """Counts what other questions find, until its time is up."""

    finder: Finder
    until: float

    async def count(self, asked: SearchRequest) -> Count | None:
        """How much holds all of it; None for nothing, and when there is no time to know."""
        if time.monotonic() >= self.until:
            return None
        counting = replace(asked, limit=1, facet_values=0, semantic=0.0, strict=True)
        try:
            total = (await self.finder.search(counting)).total
        except TooCostly:
            return None
        return total if total.value else None


async def find_help(finder: Finder, asked: SearchRequest, result: SearchResult) -> Help:
    """Ways on: none when the answer needs none. Each is a question asked here, so they are few."""
    if asked.after is not None or (result.total.value and not result.relaxed):
        return Help()
    asking = _Asking(finder, time.monotonic() + _BUDGET_S)
    ways = await _fewer_words(asking, asked, result)
    if result.total.value:
        return Help(ways)
    filters = await _fewer_filters(asking, asked)
    unknown = asked.text and not filters
    return Help([*filters, *ways], await _spellings(finder, asked) if unknown else ())


async def _fewer_filters(asking: _Asking, asked: SearchRequest) -> list[Way]:
    """The question without each of its filters in turn, and without any."""
    facets = [facet for facet in (Facet.kind, *SHOWN) if facet in asked.filters]
    ways = []
    for facet in facets[:_MOST_FILTERS]:
        count = await asking.count(without(asked, facet))
        if count:
            values = [show.facet_label(facet.value, value) for value in asked.filters[facet]]
            label = show.FACETS.get(facet.value, _n("类别"))
            ways.append(Way(values, address(without(asked, facet)), count, label))
    if not ways and len(facets) > 1 and asked.text:
        bare = replace(asked, filters={}, after=None)
        if count := await asking.count(bare):
            ways.append(Way((), address(bare), count))
    return ways


async def _fewer_words(asking: _Asking, asked: SearchRequest, result: SearchResult) -> list[Way]:
    """The question without each of its words in turn; not of a whole sentence."""
    words = list(result.words)
    if not 2 <= len(words) <= _MOST_WORDS:
        return []
    ways = []
    for at, word in enumerate(words):
        fewer = replace(asked, text=" ".join(words[:at] + words[at + 1 :]), after=None)
        if count := await asking.count(fewer):
            ways.append(Way((word,), address(fewer), count))
    return ways


async def _spellings(finder: Finder, asked: SearchRequest) -> list[tuple[str, str]]:
    """What begins like what was typed, and if nothing does, like the first part of it."""
    typed = asked.text
    for length in dict.fromkeys((len(typed), len(typed) * 2 // 3, len(typed) // 2)):
        if length < _SHORTEST:
            break
        try:
            found = await finder.suggest(typed[:length], _SUGGESTED)
        except TooCostly:
            break
        near = [text for text in found if text != typed]
        if near:
            return [(text, address(replace(asked, text=text, filters={}))) for text in near]
    return []
