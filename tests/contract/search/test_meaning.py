"""What every engine does with meaning. The encoder has eight axes and knows a few words of each."""

from dataclasses import replace
from uuid import UUID

import pytest

from search.documents import Facet, Kind
from search.index import SearchIndex
from search.types import SearchRequest, SearchResult, Sort
from tests.contract.search.conftest import DOCUMENTS, KNOWING, Ask, entries, meant
from tests.contract.search.test_index import found
from tests.encoders import point

EVERY = list(Kind)
BATTERY = point("储能")  # a word of no document


@pytest.fixture(params=KNOWING)
def index(request: pytest.FixtureRequest) -> SearchIndex:
    """Each engine that knows meaning."""
    engine: SearchIndex = request.getfixturevalue(f"{request.param}_index")
    return engine


@pytest.fixture
async def ask(index: SearchIndex) -> Ask:
    """Asks the small market, whose documents have meaning; ``vector`` is that of the text."""
    await index.upsert(meant(DOCUMENTS))
    return asking(index)


def asking(index: SearchIndex) -> Ask:
    async def run(text: str = "", vector: object = None, **more: object) -> SearchResult:
        return await index.search(SearchRequest(text, **more), vector)  # type: ignore[arg-type]

    return run


async def test_what_no_word_leads_to_is_found_by_meaning_and_counted_apart(ask: Ask) -> None:
    result = await ask("储能", BATTERY)
    assert set(found(result)) == {1, 5}
    assert all(hit.by_meaning for hit in result.hits)
    assert (result.total.value, result.by_meaning, result.relaxed) == (0, 2, False)


async def test_words_and_meaning_are_one_order(ask: Ask) -> None:
    result = await ask("纳滤膜", point("纳滤膜"))
    assert found(result)[0] == 6  # first by both
    assert {hit.id.int: hit.by_meaning for hit in result.hits}[6] is False
    assert {hit.id.int for hit in result.hits if hit.by_meaning} == {1, 5}
    assert (result.total.value, result.by_meaning) == (1, 2)


async def test_without_weight_words_alone_count(ask: Ask) -> None:
    assert found(await ask("储能", BATTERY, semantic=0.0)) == []
    assert found(await ask("高炉", BATTERY, semantic=0.0)) == [3, 4]


@pytest.mark.parametrize("sort", [Sort.newest, Sort.price_low, Sort.price_high])
async def test_another_order_than_relevance_asks_no_meaning(ask: Ask, sort: Sort) -> None:
    result = await ask("高炉", BATTERY, sort=sort)
    assert 1 not in found(result)
    assert result.by_meaning == 0


async def test_a_number_means_nothing(ask: Ask) -> None:
    assert found(await ask("CN201220249767.4", BATTERY)) == [1]


async def test_filters_hold_for_meaning_too(ask: Ask) -> None:
    result = await ask("储能", BATTERY, filters={Facet.kind: [Kind.demand]})
    assert found(result) == [5]
    assert found(await ask("储能", BATTERY, filters={Facet.region: ["火星"]})) == []


async def test_pages_of_words_and_meaning_have_no_gap_or_double(ask: Ask) -> None:
    whole = await ask("高炉 监测", point("高炉 监测 电池"))
    seen, after = [], None
    for _ in range(10):
        part = await ask("高炉 监测", point("高炉 监测 电池"), limit=1, after=after)
        seen += found(part)
        after = part.next
        if after is None:
            break
    assert seen == found(whole)
    assert len(seen) == len(set(seen)) > 2


async def test_what_has_no_meaning_yet_is_found_by_words(index: SearchIndex) -> None:
    await index.upsert([*entries(DOCUMENTS[:1]), *meant(DOCUMENTS[1:])])
    ask = asking(index)
    assert set(found(await ask("锂离子电池隔膜", point("电池")))) == {1, 5}
    assert found(await ask("储能", BATTERY)) == [5]


async def test_a_new_version_means_something_else(ask: Ask, index: SearchIndex) -> None:
    await index.upsert(meant([replace(DOCUMENTS[0], version=2, title="耐火材料", summary="")]))
    assert found(await ask("储能", BATTERY)) == [5]


async def test_similar_are_the_nearest_of_these_kinds_without_itself(
    ask: Ask, index: SearchIndex
) -> None:
    await ask()
    hits = await index.similar(Kind.demand, UUID(int=5), kinds=EVERY, limit=2)
    assert len(hits) == 2
    assert hits[0].id.int == 1
    hits = await index.similar(Kind.demand, UUID(int=5), kinds=[Kind.achievement])
    assert hits
    assert {hit.kind for hit in hits} == {Kind.achievement}
    assert not any(piece.hit for hit in hits for piece in hit.title_pieces)


async def test_nothing_is_similar_to_what_is_not_known(ask: Ask, index: SearchIndex) -> None:
    await ask()
    assert not await index.similar(Kind.lot, UUID(int=999), kinds=EVERY)
    assert not await index.similar(Kind.lot, UUID(int=7), kinds=[])
    other = replace(DOCUMENTS[0], version=2, title="另一种结构", summary="")
    await index.upsert(entries([other]))  # a text whose meaning is not made yet
    assert not await index.similar(Kind.achievement, UUID(int=1), kinds=EVERY)
