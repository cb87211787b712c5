"""An empty answer says what stands in the way: each filter, each word, near spellings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from starlette.datastructures import QueryParams

from frontend.finding import ask
from frontend.finding_help import Help, find_help
from search.documents import Facet
from search.finder import Finder
from search.types import Count, SearchRequest, SearchResult


@dataclass
class Index:
    """Answers questions by a rule, and keeps them."""

    count: Callable[[SearchRequest], int]
    near: dict[str, list[str]] = field(default_factory=dict)
    asked: list[SearchRequest] = field(default_factory=list)

    async def search(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        return SearchResult((), Count(self.count(request)), {})

    async def suggest(self, typed: str, limit: int) -> list[str]:
        assert limit > 0
        return self.near.get(typed, [])


async def help_for(index: Index, query: str, words: Sequence[str] = (), **answer: Any) -> Help:
    result = replace(SearchResult((), Count(0), {}, words=words), **answer)
    return await find_help(cast("Finder", index), ask(QueryParams(query)), result)


async def test_each_filter_is_tried_without() -> None:
    index = Index(lambda asked: 0 if Facet.region in asked.filters else 12)
    found = await help_for(index, "q=隔膜&region=北京&region=上海&kind=offer&after=")
    (way,) = found.ways
    assert (way.facet, way.left_out, way.count) == ("地区", ["北京", "上海"], Count(12))
    assert way.href.startswith("/search?q=")
    assert "kind=offer" in way.href
    assert "region" not in way.href
    assert all(asked.limit == 1 and asked.strict and not asked.semantic for asked in index.asked)


async def test_all_filters_go_when_no_single_one_helps() -> None:
    found = await help_for(Index(lambda asked: 0 if asked.filters else 3), "q=a&trl=1-3&field=x")
    assert [(way.left_out, way.href) for way in found.ways] == [((), "/search?q=a")]


async def test_each_word_is_tried_without_and_long_sentences_are_not() -> None:
    index = Index(lambda asked: 5 if asked.text == "锂电池 涂覆" else 0)
    found = await help_for(index, "q=锂电池隔膜涂覆", ["锂电池", "隔膜", "涂覆"])
    assert [way.left_out for way in found.ways] == [("隔膜",)]
    index.asked.clear()
    assert (await help_for(index, "q=abcde", list("abcde"))).ways == []
    assert index.asked == []


async def test_words_that_were_left_out_are_named_beside_the_results() -> None:
    index = Index(lambda _: 4)
    found = await help_for(index, "q=a b", ["a", "b"], total=Count(9), relaxed=True)
    assert [way.left_out for way in found.ways] == [("a",), ("b",)]
    assert found.spellings == ()


@pytest.mark.parametrize("query", ["q=a", "q=a&after=x"])
async def test_a_full_answer_and_a_further_page_ask_nothing(query: str) -> None:
    index = Index(lambda _: 1)
    total = Count(0 if "after" in query else 7)
    assert await help_for(index, query, ["a", "b"], total=total) == Help()
    assert index.asked == []


async def test_near_spellings_begin_alike() -> None:
    index = Index(lambda _: 0, {"锂电池隔": ["锂电池隔膜", "锂电池隔"]})
    found = await help_for(index, "q=锂电池隔莫膜")
    assert [text for text, _ in found.spellings] == ["锂电池隔膜", "锂电池隔"]
    assert (await help_for(index, "q=龘")).spellings == []


async def test_no_spelling_is_offered_where_a_filter_is_the_reason() -> None:
    index = Index(lambda asked: 0 if asked.filters else 3, {"隔膜": ["隔膜涂覆"]})
    assert (await help_for(index, "q=隔膜&trl=1-3")).spellings == ()
    assert (await help_for(index, "q=隔膜")).spellings != ()
