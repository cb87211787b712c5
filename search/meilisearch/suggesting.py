"""Ways to go on with what was typed, as questions to the server. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from meilisearch_python_sdk.models.search import SearchParams, SearchResultsWithUID

from search import analysis
from search.meilisearch.configuration import HEADS
from search.meilisearch.shapes import begun_by
from search.query import make_plan


@dataclass(frozen=True, slots=True)
class Ways:
    """What was typed, and the terms of the dictionary that begin so."""

    key: str
    terms: Sequence[str]
    limit: int

    def queries(self, uid: str) -> list[SearchParams]:
        """Titles that begin so, however their words are cut; titles with these words, the last of
        them begun; then whether each term is found."""
        begun = SearchParams(
            index_uid=uid,
            q="",
            filter=begun_by(self.key),
            sort=["title_key:asc"],
            attributes_to_retrieve=["title"],
            limit=self.limit,
        )
        holding = SearchParams(
            index_uid=uid,
            q=" ".join(analysis.words(self.key)) or self.key,
            attributes_to_search_on=["words_title"],
            attributes_to_retrieve=["title"],
            matching_strategy="all",
            limit=self.limit,
            locales=["cmn"],
        )
        terms = [
            holding.model_copy(
                update={"query": f"{term} ", "attributes_to_search_on": list(HEADS), "limit": 0}
            )
            for term in self.terms
        ]
        return [begun, holding, *terms]

    def pick(self, answers: Sequence[SearchResultsWithUID[Any]]) -> list[str]:
        """Terms that are found, titles that begin so, other titles; each once."""
        begun, holding, *found = answers
        terms = [
            term
            for term, answer in zip(self.terms, found, strict=True)
            if answer.estimated_total_hits
        ]
        titles = [row["title"] for row in [*begun.hits, *holding.hits]]
        return list(dict.fromkeys([*terms, *titles]))[: self.limit]


def read(typed: str, limit: int) -> Ways | None:
    """What was typed; None when nothing in it can be searched."""
    key = analysis.title_key(typed)
    if limit < 1 or not key or not make_plan(typed).terms:
        return None
    terms = (term for term in analysis.dictionary_from(key) if term != key)
    return Ways(key, list(islice(terms, limit)), limit)
