"""How the matches spread over facets.

PostgreSQL puts what it looked at into one string of numbers (``packs``), and numpy counts them
here: a tenth of the time of taking them apart there. The words of the few that are shown are read
from one document each, and remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.documents import SEPARATOR, Facet, facet_word
from search.faceting import list_values
from search.postgres.packs import SHIFT, Packed, facets_by_number, number_of, recall, remember
from search.types import COUNT_CAP, Count, FacetValue

Facets = dict[Facet, list[FacetValue]]
Filters = Mapping[Facet, Sequence[str]]
Chosen = Mapping[Facet, Mapping[str, str]]
"""The values of each filter as they are stored, and as they were asked."""

Times = dict[Facet, dict[int, int]]
"""How many documents have a value, by its number."""

Counted = dict[str, int]
"""How many documents have a value, by the value."""

CAP: Final = COUNT_CAP + 1
"""So many matches are looked at: enough to tell that there are more than the cap."""

CAP_BESIDE: Final = 3_001
"""So many are looked at of what would match without one of the filters. Beyond them the values one
could choose instead are counted in a part: looking at ten thousand for each filter was most of what
a filtered question cost."""

_WORDS: Final = text(
    """
    SELECT DISTINCT unnest(d.facets) FROM search_document AS d
      JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS key (kind, id)
        ON d.kind = key.kind AND d.id = key.id
    """
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: so many documents, no more than ``cap``."""

    total: int
    documents: Packed
    cap: int = CAP

    @classmethod
    def of(cls, documents: Packed) -> Self:
        """All of these."""
        return cls(documents.kinds.size, documents)

    @property
    def whole(self) -> bool:
        """Whether all that match are here."""
        return self.total < self.cap

    def count(self) -> Count:
        """How many match, up to the cap."""
        return Count(min(self.total, self.cap - 1), not self.whole)


async def count(
    uow: UnitOfWork,
    matches: Looked,
    wider: Mapping[Facet, Looked],
    filters: Filters,
    most: int,
) -> Facets:
    """The values of each facet, the most frequent first. ``wider``: for each facet that is filtered
    by, what would match without its filter."""
    chosen = _chosen(filters)
    times = _count(matches, chosen, most)
    beside = {facet: _count(part, chosen, most).get(facet, {}) for facet, part in wider.items()}
    await _learn(uow, [(matches, times), *((wider[f], {f: mine}) for f, mine in beside.items())])
    found = no_facets(filters)
    for facet, mine in times.items():
        if facet not in wider:
            found[facet] = list_values(facet, _name(mine), {}, most, beyond=not matches.whole)
    for facet, others in beside.items():
        sure = _within(facet, _name(times.get(facet, {})), chosen[facet])
        counted = _name(others) | sure
        listed = list_values(facet, counted, chosen[facet], most, beyond=not wider[facet].whole)
        found[facet] = [_make_sure(facet, value, sure, matches) for value in listed]
    return found


def _within(facet: Facet, counted: Counted, chosen: Mapping[str, str]) -> Counted:
    """Of what was counted in the matches what would be counted so without the filter, too: what is
    chosen, and the parts of a chosen part of the classification."""
    parts = tuple(chosen) if facet is Facet.ipc else ()
    return {v: often for v, often in counted.items() if v in chosen or v.startswith(parts)}


def _make_sure(facet: Facet, value: FacetValue, sure: Counted, matches: Looked) -> FacetValue:
    """The value with what was counted of it in the matches, if it was."""
    often = sure.get(facet_word(facet, value.value).partition(SEPARATOR)[2])
    if often is None:
        return value
    return replace(value, count=Count(min(often, COUNT_CAP), not matches.whole))


def no_facets(filters: Filters) -> Facets:
    """The facets of an answer without matches: what is chosen."""
    chosen = _chosen(filters).items()
    return {facet: list_values(facet, {}, values, 0) for facet, values in chosen}


def _chosen(filters: Filters) -> Chosen:
    return {
        facet: {facet_word(facet, value).partition(SEPARATOR)[2]: value for value in values}
        for facet, values in filters.items()
    }


def _count(looked: Looked, chosen: Chosen, most: int) -> Times:
    """How often each value is there that may be shown: the ``most`` frequent, what is chosen, and
    all of the classification, whose levels only its words tell."""
    values, times = np.unique(looked.documents.facets(), return_counts=True)
    ends = np.flatnonzero(np.diff(values >> SHIFT)) + 1
    counted: Times = {}
    for mine, often in zip(np.split(values, ends), np.split(times, ends), strict=True):
        facet = facets_by_number().get(int(mine[0]) >> SHIFT) if mine.size else None
        if facet:
            kept = np.argsort(-often, kind="stable")[: None if facet is Facet.ipc else most]
            asked = [number_of(facet_word(facet, value)) for value in chosen.get(facet, ())]
            if asked:
                also = np.isin(mine, np.array(asked, np.uint64))
                kept = np.union1d(kept, np.flatnonzero(also))
            counted[facet] = dict(zip(mine[kept].tolist(), often[kept].tolist(), strict=True))
    return counted


def _name(times: Mapping[int, int]) -> Counted:
    words = {recall(number): often for number, often in times.items()}
    return {word.partition(SEPARATOR)[2]: often for word, often in words.items() if word}


async def _learn(uow: UnitOfWork, counted: Sequence[tuple[Looked, Times]]) -> None:
    """Remember the words of all numbers that were counted, from one document of each that is new.
    A document that changed in between may leave a value out of this answer."""
    keys = {
        part.documents.first_with(number)
        for part, facets in counted
        for times in facets.values()
        for number in times
        if recall(number) is None
    }
    if keys:
        values = {"kinds": [kind for kind, _ in keys], "ids": [row_id for _, row_id in keys]}
        remember((await uow.session.execute(_WORDS, values)).scalars())
