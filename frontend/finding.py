"""Search on pages: from the address to a question, and from an answer to what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, cast
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from app.core.i18n import _n
from frontend import show
from search.documents import Facet, Kind
from search.finder import Finder
from search.types import Count, FacetValue, SearchRequest, SearchResult, Sort


def get_finder(request: Request) -> Finder:
    """What answers questions in this process."""
    return cast("Finder", request.app.state.finder)


FinderDep = Annotated[Finder, Depends(get_finder)]

PAGE: Final = 20
# Kinds that have pages, in the order of the tabs.
TABS: Final = (Kind.achievement, Kind.offer, Kind.demand, Kind.lot)
# Facets that can be chosen, in the order of the column.
SHOWN: Final = (
    Facet.field,
    Facet.disposal,
    Facet.trl,
    Facet.state,
    Facet.region,
    Facet.origin,
    Facet.holder,
)
SORTS: Final = (
    (Sort.relevance, _n("最相关")),
    (Sort.newest, _n("最新发布")),
    (Sort.price_low, _n("价格从低到高")),
    (Sort.price_high, _n("价格从高到低")),
)
_MOST_VALUES: Final = 20
_LONGEST: Final = 300  # characters of a query that are read and repeated in every link


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of result: label (Chinese source text), address, count (None: not counted)."""

    label: str
    href: str
    current: bool
    count: Count | None


@dataclass(frozen=True, slots=True)
class Group:
    """A facet with its values, for the column beside the results."""

    name: str
    label: str
    values: Sequence[FacetValue]


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """All that `search/results.html` shows."""

    asked: SearchRequest
    result: SearchResult
    tabs: Sequence[Tab]
    groups: Sequence[Group]
    chips: Sequence[Chip]
    clear_href: str
    first: bool

    @property
    def kind(self) -> str:
        """The one kind that is looked at, empty for all."""
        kinds = self.asked.filters.get(Facet.kind, ())
        return kinds[0] if len(kinds) == 1 else ""


def ask(params: QueryParams) -> SearchRequest:
    """The question of an address; a sort or facet it does not know is left out, not refused."""
    filters = {}
    for facet in (Facet.kind, *SHOWN):
        values = list(dict.fromkeys(value for value in params.getlist(facet.value) if value))
        if values:
            filters[facet] = values[:_MOST_VALUES]
    sort = params.get("sort", "")
    return SearchRequest(
        text=params.get("q", "")[:_LONGEST],
        filters=filters,
        sort=Sort(sort) if sort in Sort.__members__ else Sort.relevance,
        after=params.get("after") or None,
        limit=PAGE,
    )


def view_results(asked: SearchRequest, result: SearchResult) -> ResultsView:
    """Tabs, facets and removable filters of an answer."""
    return ResultsView(
        asked=asked,
        result=result,
        tabs=_tabs(asked, result),
        groups=[
            Group(facet.value, show.FACETS[facet.value], values)
            for facet in SHOWN
            if (values := result.facets.get(facet, ()))
        ],
        chips=_chips(asked),
        clear_href=_address(asked, {Facet.kind: asked.filters.get(Facet.kind, ())}),
        first=asked.after is None,
    )


def _tabs(asked: SearchRequest, result: SearchResult) -> list[Tab]:
    chosen = list(asked.filters.get(Facet.kind, ()))
    counts = {value.value: value.count for value in result.facets.get(Facet.kind, ())}
    others = {**asked.filters}
    others.pop(Facet.kind, None)
    tabs = [Tab(_n("全部"), _address(asked, others), not chosen, None if chosen else result.total)]
    for kind in TABS:
        address = _address(asked, {Facet.kind: [kind.value], **others})
        count = counts.get(kind.value, Count(0))
        tabs.append(Tab(show.kind_label(kind), address, chosen == [kind.value], count))
    return tabs


def _chips(asked: SearchRequest) -> list[Chip]:
    chips = []
    for facet in SHOWN:
        values = asked.filters.get(facet, ())
        for value in values:
            rest = {**asked.filters}
            rest[facet] = [other for other in values if other != value]
            chips.append(Chip(show.facet_label(facet.value, value), _address(asked, rest)))
    return chips


def _address(asked: SearchRequest, filters: dict[Facet, Sequence[str]]) -> str:
    """The first page of the same question with other filters."""
    pairs = [("q", asked.text)] if asked.text else []
    pairs += [(facet.value, value) for facet, values in filters.items() for value in values]
    if asked.sort is not Sort.relevance:
        pairs.append(("sort", asked.sort.value))
    return f"/search?{urlencode(pairs)}" if pairs else "/search"
