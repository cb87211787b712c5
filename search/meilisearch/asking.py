"""A question in the server's words, and its answers in ours. Pure.

One question becomes several that are asked at once: the page with its counts; for each facet that
is filtered by, its counts as if it were not; and the neighbours in meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from meilisearch_python_sdk.models.search import Hybrid, SearchParams, SearchResultsWithUID

from app.core.errors import FieldError, Invalid
from app.core.paging import decode_cursor, encode_cursor
from search import analysis
from search.documents import Facet
from search.faceting import list_values
from search.meilisearch.configuration import SHOWN, Embedder, facet_attribute
from search.meilisearch.shapes import facet_filter, stored_value
from search.query import Plan, Term
from search.types import COUNT_CAP, LARGEST_PAGE, Count, FacetValue, SearchRequest, Sort, Vector

RANKED: Final = 1_000
"""Hits by words that are weighed against meaning; as many as PostgreSQL ranks."""

NEIGHBOURS: Final = 100
"""How many of the nearest in meaning are looked at; as many as PostgreSQL looks at."""

_NUMBER_DIGITS: Final = 6  # a run of so many is a number that people type without its dashes
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ORDERS: Final = {
    Sort.newest: ["published_us:desc", "uuid:desc", "kind:desc"],
    Sort.price_low: ["price_minor:asc", "uuid:asc", "kind:asc"],
    Sort.price_high: ["price_minor:desc", "uuid:desc", "kind:desc"],
}
_FACETS: Final = [facet_attribute(facet) for facet in Facet]
_RETRIEVED: Final = ["id", *SHOWN]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, read: what stands in it, how it is sorted, where its page begins."""

    request: SearchRequest
    plan: Plan
    sort: Sort
    offset: int
    limit: int
    filters: Mapping[Facet, Sequence[str]]

    @property
    def empty(self) -> bool:
        """Something was typed, but nothing that can be searched."""
        return not self.plan.blank and not self.plan.terms

    @property
    def weighs_meaning(self) -> bool:
        """Whether meaning may say something: not to a number, nor to an order by date or price."""
        number = all(term.prefix for term in self.plan.terms)
        return self.sort is Sort.relevance and self.request.semantic > 0 and not number

    def words(self) -> str:
        """The text as the server is asked: analysed words that are required, then numbers, and the
        last one by its beginning only where it is typed so."""
        terms = sorted(self.plan.required(), key=lambda term: term.prefix)
        text = " ".join(_written(term) for term in terms)
        return text if terms and terms[-1].prefix else f"{text} "

    def narrowed(self, *, but: Facet | None = None) -> list[str]:
        """The filters, all of which must hold; ``but`` one facet."""
        found = [facet_filter(name, v) for name, v in self.filters.items() if name != but]
        if self.sort is Sort.price_high:  # why: dearest first must not begin with "no price"
            found.append("price_minor EXISTS")
        if after := self.request.published_after:
            found.append(f"published_us > {(after - _EPOCH) // timedelta(microseconds=1)}")
        return found

    def page(self, uid: str, *, relaxed: bool, fused: bool) -> SearchParams:
        """The page with all counts; for fusing, the ids of the best instead."""
        return SearchParams(
            index_uid=uid,
            q=self.words(),
            filter=self.narrowed() or None,
            facets=_FACETS if self.request.facet_values else None,
            sort=None if self.sort is Sort.relevance else _ORDERS[self.sort],
            offset=0 if fused else self.offset,
            limit=RANKED if fused else self.limit + 1,
            matching_strategy="last" if relaxed else "all",
            attributes_to_retrieve=["id"] if fused else _RETRIEVED,
            locales=["cmn"],
        )

    def queries(self, uid: str, *, relaxed: bool, fused: bool) -> list[SearchParams]:
        """The page; then for each facet that is filtered by, its counts as if it were not."""
        page = self.page(uid, relaxed=relaxed, fused=fused)
        return [page] + [
            page.model_copy(
                update={
                    "filter": self.narrowed(but=name) or None,
                    "facets": [facet_attribute(name)],
                    "offset": 0,
                    "limit": 0,
                }
            )
            for name in (self.filters if self.request.facet_values else ())
        ]

    def neighbours(
        self, uid: str, vector: Vector, embedder: Embedder, *, most: int, floor: float
    ) -> SearchParams:
        """The nearest in meaning whose cosine is at least ``floor``."""
        return SearchParams(
            index_uid=uid,
            q=None,
            vector=list(vector),
            hybrid=Hybrid(semantic_ratio=1.0, embedder=embedder.name),
            filter=self.narrowed() or None,
            limit=most,
            ranking_score_threshold=score_of(floor),
            attributes_to_retrieve=["id"],
        )

    def facets(
        self, found: SearchResultsWithUID[Any], unfiltered: Sequence[SearchResultsWithUID[Any]]
    ) -> dict[Facet, list[FacetValue]]:
        """The counts, those of a filtered facet as if it were not; its chosen values are among
        them, also when nothing has them any more."""
        answers = dict(zip(self.filters, unfiltered, strict=False))
        facets = {}
        for facet in Facet:
            chosen = self._chosen(facet) if facet in answers else {}
            counted = _counts(answers.get(facet, found), facet)
            # what is chosen has the same count with and without its own filter
            counted |= {v: n for v, n in _counts(found, facet).items() if v in chosen}
            facets[facet] = list_values(facet, counted, chosen, self.request.facet_values)
        return {facet: values for facet, values in facets.items() if values}

    def no_facets(self) -> dict[Facet, list[FacetValue]]:
        """The counts when nothing is found: the chosen values alone."""
        return {facet: list_values(facet, {}, self._chosen(facet), 0) for facet in self.filters}

    def _chosen(self, facet: Facet) -> dict[str, str]:
        """What is filtered by, as it is stored and as it was asked."""
        return {stored_value(facet, value): value for value in self.filters[facet]}

    def next(self) -> str:
        """The mark of the following page."""
        return encode_cursor(self.sort.value, self.offset + self.limit)


def read(request: SearchRequest, plan: Plan) -> Asked:
    """Read a question. Invalid when its page mark is broken or of another sort."""
    sort = Sort.newest if plan.blank and request.sort is Sort.relevance else request.sort
    return Asked(
        request=request,
        plan=plan,
        sort=sort,
        offset=_read_offset(request.after, sort) if request.after else 0,
        limit=max(1, min(request.limit, LARGEST_PAGE)),
        filters={name: list(values) for name, values in request.filters.items() if values},
    )


def count_of(found: SearchResultsWithUID[Any]) -> Count:
    """How many documents hold the words."""
    number = found.estimated_total_hits or 0
    return Count(min(number, COUNT_CAP), number > COUNT_CAP)


def score_of(cosine: float) -> float:
    """The server's score of a cosine: 0 for opposite, 1 for equal."""
    return (1 + cosine) / 2


def retrieve(uid: str, filters: list[str], limit: int) -> SearchParams:
    """Documents that pass these filters, whole."""
    return SearchParams(
        index_uid=uid, q="", filter=filters, limit=limit, attributes_to_retrieve=_RETRIEVED
    )


def _counts(found: SearchResultsWithUID[Any], facet: Facet) -> dict[str, int]:
    """How many of all that is found have each value of a facet."""
    return dict((found.facet_distribution or {}).get(facet_attribute(facet), {}))


def _written(term: Term) -> str:
    """A term as words with blanks between; never a quotation mark or a leading dash, which would
    mean something to the server."""
    if len(term.words) == 1 and term.prefix:
        return term.words[0]  # the key of a symbol of the classification, or it is its own
    if term.prefix:
        keys = analysis.number_keys(term.text)
        run = max((len(part) for part in _digits(keys[0])), default=0) if keys else 0
        return keys[0] if run >= _NUMBER_DIGITS else term.text
    halves = term.groups[0] if term.groups and len(term.words) == 1 else ()
    if len(halves) == 2 and all(map(analysis.is_word, halves)):
        return " ".join(halves)  # 污水处理 is also 污水 … 处理
    if len(term.text) > 1 and not analysis.is_word(term.text) and analysis.word_pairs(term.text):
        return f'"{term.text}"'  # in no dictionary: its characters side by side
    return term.text


def _digits(key: str) -> list[str]:
    return "".join(c if c.isdigit() else " " for c in key).split()


def _read_offset(after: str, sort: Sort) -> int:
    """The offset in a page mark of this sort; Invalid for any other."""
    name, offset = decode_cursor(after, str, int)
    if name != sort.value or not 0 < offset <= COUNT_CAP:
        raise Invalid([FieldError("after", "翻页标记无效，请从第一页重新开始")])
    return int(offset)
