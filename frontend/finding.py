"""Search on pages: from the address to a question, and from an answer to what is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final, cast
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n
from frontend import show
from frontend.facets import NARROW, SHOWN, WIDE, Group, deepest, view_facets
from search.documents import Facet, Kind
from search.finder import Finder
from search.types import Count, SearchRequest, SearchResult, Sort


def get_finder(request: Request) -> Finder:
    """What answers questions in this process."""
    return cast("Finder", request.app.state.finder)


FinderDep = Annotated[Finder, Depends(get_finder)]

PAGE: Final = 20
# Kinds that have pages, in the order of the tabs.
TABS: Final = tuple(kind for kind in Kind if kind.value in show.KINDS)
SORTS: Final = (
    (Sort.relevance, _n("最相关")),
    (Sort.newest, _n("最新发布")),
    (Sort.price_low, _n("价格从低到高")),
    (Sort.price_high, _n("价格从高到低")),
)
LONGEST: Final = 300
"""Characters of a query that are read, and repeated in every link."""

_MOST_VALUES: Final = 20  # of one facet
_MOST_CHOSEN: Final = 40  # of all
_MOST_CHARACTERS: Final = 600  # of all: each filter has a link that repeats the others
_LONGEST_VALUE: Final = 200
_WEIGHT: Final = SearchRequest().semantic
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of result: label (Chinese source text), address, count (None: not counted)."""

    label: str
    href: str
    current: bool
    count: Count | None


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force: of which facet, which value, and the address without it."""

    facet: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """All that `search/results.html` shows.

    ``here`` is the address of the question itself, without page; ``cut``: only the beginning of
    what was typed counts; ``fewer``: only some of the filters do.
    ``words_href`` asks the same by words alone, ``meaning_href`` by meaning
    too; each is empty where the choice says nothing.
    """

    asked: SearchRequest
    result: SearchResult
    tabs: Sequence[Tab]
    groups: Sequence[Group]
    chips: Sequence[Chip]
    here: str
    clear_href: str
    words_href: str
    meaning_href: str
    first: bool
    cut: bool
    fewer: bool

    @property
    def kind(self) -> str:
        """The one kind that is looked at, empty for all."""
        kinds = self.asked.filters.get(Facet.kind, ())
        return kinds[0] if len(kinds) == 1 else ""

    @property
    def browsing(self) -> bool:
        """Whether nothing is asked for yet: everything is shown, newest first."""
        return not self.asked.text and not self.chips


def ask(params: QueryParams) -> SearchRequest:
    """The question of an address; a sort, kind or facet it does not know is left out."""
    filters, _ = read_filters(params)
    sort = params.get("sort", "")
    wide = params.get("more") in SHOWN or Facet.ipc in filters
    return SearchRequest(
        text=clean(params.get("q", "")[:LONGEST]),
        filters=filters,
        sort=Sort(sort) if sort in Sort.__members__ else Sort.relevance,
        after=params.get("after") or None,
        limit=PAGE,
        facet_values=WIDE if wide else NARROW,
        semantic=0.0 if params.get("semantic") == "0" else _WEIGHT,
        published_after=read_instant(params.get("since", "")),
    )


def read_filters(params: QueryParams) -> tuple[dict[Facet, Sequence[str]], bool]:
    """The filters of an address, and whether some were left out because they are too many or too
    long; what makes no sense is left out without a word."""
    filters: dict[Facet, Sequence[str]] = {}
    fewer, room, characters = False, _MOST_CHOSEN, _MOST_CHARACTERS
    for facet in (Facet.kind, *SHOWN):
        given = [value for value in params.getlist(facet.value) if value]
        short = [value for value in given if len(value) <= _LONGEST_VALUE]
        values = _sensible(facet, [value for value in map(clean, short) if value])
        kept = []
        for value in values[: min(room, _MOST_VALUES)]:
            characters -= len(value)
            if characters >= 0:
                kept.append(value)
        room -= len(kept)
        fewer = fewer or len(kept) < len(values) or len(short) < len(given)
        if kept:
            filters[facet] = kept
    return filters, fewer


def _sensible(facet: Facet, values: Sequence[str]) -> list[str]:
    """Each value once, of those that the facet can have."""
    if facet is Facet.kind:
        values = [value for value in values if value in TABS]
    elif facet is Facet.ipc:
        values = deepest(list(dict.fromkeys(values))[: _MOST_CHOSEN * 2])
    return list(dict.fromkeys(values))


def read_instant(typed: str) -> datetime | None:
    """An instant of an address, as ``isoformat`` writes it; None when it is none with a zone, or
    one that has no date in Beijing, where the calendar ends eight hours earlier."""
    try:
        at = datetime.fromisoformat(typed)
        return at.astimezone(SHANGHAI).astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def clean(typed: str) -> str:
    """What was typed, without what nobody can see and what turns the direction of writing."""
    seen = (
        " " if unicodedata.category(one) in _UNSEEN else one for one in typed if one not in _TURNING
    )
    return "".join(seen).strip()


def view_results(
    asked: SearchRequest, result: SearchResult, params: QueryParams | None = None
) -> ResultsView:
    """Tabs, facets and removable filters of an answer to the question of these parameters."""
    params = params or QueryParams()
    more = params.get("more", "")
    weighed = bool(asked.text) and asked.sort is Sort.relevance
    return ResultsView(
        asked=asked,
        result=result,
        tabs=_tabs(asked, result),
        groups=view_facets(asked, result, more, _more_href(asked)),
        chips=_chips(asked),
        here=address(asked),
        clear_href=address(asked, {Facet.kind: asked.filters.get(Facet.kind, ())}),
        words_href=address(replace(asked, semantic=0.0)) if weighed and result.by_meaning else "",
        meaning_href=address(replace(asked, semantic=_WEIGHT))
        if weighed and not asked.semantic
        else "",
        first=asked.after is None,
        cut=result.cut or len(params.get("q", "")) > LONGEST,
        fewer=read_filters(params)[1],
    )


def address(asked: SearchRequest, filters: Mapping[Facet, Sequence[str]] | None = None) -> str:
    """The first page of a question, with other filters where they are given."""
    chosen = asked.filters if filters is None else filters
    pairs = [("q", asked.text)] if asked.text else []
    pairs += [(facet.value, value) for facet, values in chosen.items() for value in values]
    if asked.sort is not Sort.relevance:
        pairs.append(("sort", asked.sort.value))
    if not asked.semantic:
        pairs.append(("semantic", "0"))
    if asked.published_after is not None:
        pairs.append(("since", asked.published_after.isoformat()))
    return f"/search?{urlencode(pairs)}" if pairs else "/search"


def _more_href(asked: SearchRequest) -> Callable[[str], str]:
    here = address(asked)
    joint = "&" if "?" in here else "?"
    return lambda name: f"{here}{joint}more={name}#facet-{name}"


def without(asked: SearchRequest, facet: Facet, value: str = "") -> SearchRequest:
    """The question less one filter: a value of it, or all of the facet."""
    rest = {
        name: [other for other in values if name is not facet or (value and other != value)]
        for name, values in asked.filters.items()
    }
    kept = {name: values for name, values in rest.items() if values}
    return replace(asked, filters=kept, after=None)


def _tabs(asked: SearchRequest, result: SearchResult) -> list[Tab]:
    chosen = list(asked.filters.get(Facet.kind, ()))
    counts = {value.value: value.count for value in result.facets.get(Facet.kind, ())}
    others = {**asked.filters}
    others.pop(Facet.kind, None)
    tabs = [Tab(_n("全部"), address(asked, others), not chosen, None if chosen else result.total)]
    for kind in TABS:
        href = address(asked, {Facet.kind: [kind.value], **others})
        count = counts.get(kind.value, Count(0))
        tabs.append(Tab(show.kind_label(kind), href, chosen == [kind.value], count))
    return tabs


def _chips(asked: SearchRequest) -> list[Chip]:
    since = asked.published_after
    after = Message(_n("%(time)s 之后"), time=show.datetime_cn(since))
    everything = address(replace(asked, published_after=None))
    dated = [Chip(_n("发布时间"), after, everything)] if since else []
    return dated + [
        Chip(
            show.FACETS[facet.value],
            show.facet_label(facet.value, value),
            address(without(asked, facet, value)),
        )
        for facet in SHOWN
        for value in asked.filters.get(facet, ())
    ]
