"""Which words are left out of a question that nothing holds whole."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.tx import Tx
from search import service
from search.documents import Document, Kind
from search.postgres import PostgresIndex, relaxing
from search.types import SearchRequest, SearchResult

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ENOUGH = relaxing.ENOUGH


async def ask(tx: Tx, words: str, market: Mapping[str, int]) -> SearchResult:
    """The answer in a market with so many documents of each title, the later ones newer."""
    titles = [title for title, times in market.items() for _ in range(times)]
    documents = [
        Document(Kind.achievement, UUID(int=at), 1, title, NOW + timedelta(hours=at))
        for at, title in enumerate(titles, 1)
    ]
    await tx.run(service.index_documents, documents)
    result = await PostgresIndex(tx).search(SearchRequest(words, limit=100))
    assert result.relaxed
    return result


def titles(result: SearchResult) -> list[str]:
    return list(dict.fromkeys(hit.title for hit in result.hits))


async def test_one_word_is_left_out_where_that_fills_a_page(tx: Tx) -> None:
    market = {"高炉 雷达": ENOUGH - 1, "雷达 石墨烯": 1, "高炉": 3, "石墨烯": 1}
    result = await ask(tx, "高炉 雷达 石墨烯", market)
    assert result.total.value == ENOUGH
    assert set(titles(result)) == {"高炉 雷达", "雷达 石墨烯"}


async def test_more_words_are_left_out_until_a_page_is_full(tx: Tx) -> None:
    market = {"高炉 雷达": ENOUGH - 1, "高炉": 3, "石墨烯": 1}
    result = await ask(tx, "高炉 雷达 石墨烯", market)
    assert result.total.value == ENOUGH + 3
    assert titles(result)[0] == "高炉 雷达"  # what holds more of the words still comes first
    assert set(titles(result)) == market.keys()


async def test_two_words_are_left_out_before_all_but_one(tx: Tx) -> None:
    market = {"高炉 雷达 石墨烯": 1, "高炉 雷达": ENOUGH, "隔膜": 5}
    result = await ask(tx, "高炉 雷达 石墨烯 隔膜", market)
    assert titles(result) == ["高炉 雷达 石墨烯", "高炉 雷达"]


async def test_common_words_do_not_push_out_what_holds_most(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaxing, "RANKED_RELAXED", ENOUGH + 10)
    market = {"高炉 雷达": 1, "石墨烯": 4, "雷达": 8, "高炉": 30}
    result = await ask(tx, "高炉 雷达 石墨烯", market)
    assert titles(result) == ["高炉 雷达", "石墨烯"]  # 高炉 and 雷达 would be more than are ranked


async def test_common_words_remain_where_there_are_no_others(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaxing, "RANKED_RELAXED", ENOUGH)
    result = await ask(tx, "高炉 雷达", {"高炉": 3, "雷达": 2})
    assert result.total.value == 5


async def test_a_word_that_names_no_subject_does_not_stand_for_one_that_does(tx: Tx) -> None:
    market = {"高炉 雷达": 1, "高炉 装置": 1}
    result = await ask(tx, "高炉 雷达 石墨烯 装置", market)
    assert titles(result) == ["高炉 雷达", "高炉 装置"]
