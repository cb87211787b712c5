"""Ways to go on with what was typed, as questions to the server. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from meilisearch_python_sdk.models.search import SearchParams, SearchResultsWithUID

from search import analysis
from search.meilisearch.configuration import HEADS
from search.query import make_plan


@dataclass(frozen=True, slots=True)
class Ways:
    """What was typed, and the terms of the dictionary that begin so."""

    key: str
    terms: Sequence[str]
    limit: int

    def queries(self, uid: str) -> list[SearchParams]:
        """Titles with these words, the last of them begun; then whether each term is found."""
        titles = SearchParams(
            index_uid=uid,
            q=" ".join(analysis.words(self.key)) or self.key,
            attributes_to_search_on=["words_title"],
            attributes_to_retrieve=["title"],
            matching_strategy="all",
            limit=4 * self.limit,
            locales=["cmn"],
        )
        terms = [
            titles.model_copy(
                update={"query": f"{term} ", "attributes_to_search_on": list(HEADS), "limit": 0}
            )
            for term in self.terms
        ]
        return [titles, *terms]

    def pick(self, answers: Sequence[SearchResultsWithUID[Any]]) -> list[str]:
        """Terms that are found, titles that begin so, other titles; each once."""
        titles, *found = answers
        terms = [
            term
            for term, answer in zip(self.terms, found, strict=True)
            if answer.estimated_total_hits
        ]
        named = sorted(
            (row["title"] for row in titles.hits),
            key=lambda title: not analysis.title_key(title).startswith(self.key),
        )
        return list(dict.fromkeys([*terms, *named]))[: self.limit]


def read(typed: str, limit: int) -> Ways | None:
    """What was typed; None when nothing in it can be searched."""
    key = analysis.title_key(typed)
    if limit < 1 or not key or not make_plan(typed).terms:
        return None
    terms = (term for term in analysis.dictionary_from(key) if term != key)
    return Ways(key, list(islice(terms, limit)), limit)
