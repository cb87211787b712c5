"""Counting what is new: a cheap question each, only what is due, no longer than a page has."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

from app.searches.counting import ask_new, count_new
from app.searches.types import Counted, SavedSearch
from search.documents import Facet
from search.types import Count, SearchRequest, SearchResult, Sort

THEN = datetime(2026, 5, 1, tzinfo=UTC)
QUESTION = SearchRequest("隔膜", {Facet.region: ["北京"]}, Sort.price_low, after="x", limit=20)


class Engine:
    """Answers every question with a number, after a while."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.asked: list[SearchRequest] = []
        self.takes_s = takes_s

    async def search(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        time.sleep(self.takes_s)
        return SearchResult((), Count(len(self.asked)), {})


def saved(at: int, *, due: bool = True) -> SavedSearch:
    return SavedSearch(UUID(int=at), "隔膜", QUESTION, False, THEN, THEN, None, due)


def test_the_question_is_the_same_and_cheap() -> None:
    new = ask_new(QUESTION, THEN)
    assert (new.text, new.filters, new.published_after) == ("隔膜", QUESTION.filters, THEN)
    assert new.strict, "a word left out would count what was never asked for"
    assert (new.semantic, new.facet_values, new.limit, new.after) == (0.0, 0, 1, None)
    assert new.sort is Sort.newest


async def test_only_what_is_due_is_counted() -> None:
    engine = Engine()
    counts = await count_new(engine, [saved(1), saved(2, due=False), saved(3)])
    assert counts == {
        UUID(int=1): Counted(THEN, Count(1)),
        UUID(int=3): Counted(THEN, Count(2)),
    }
    assert len(engine.asked) == 2


async def test_a_slow_engine_is_not_asked_on() -> None:
    engine = Engine(takes_s=0.01)
    counts = await count_new(engine, map(saved, range(10)), budget_s=0.005)
    assert len(counts) == len(engine.asked) == 1
