"""What is new since an instant, counted the same by every engine."""

from datetime import timedelta

import pytest

from search.documents import Facet
from search.types import Sort
from tests.contract.search.conftest import START, Ask


def day(at: int) -> dict[str, object]:
    """Only what came after document number ``at``, which is one day younger than the one before."""
    return {"published_after": START + timedelta(days=at)}


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("高炉", 2, {3, 4}),
        ("高炉", 3, {4}),  # an instant is not after itself
        ("高炉", 4, set()),
        ("", 6, {7, 8}),
        ("cn2012202", 0, {1}),
        ("cn2012202", 1, set()),
    ],
)
@pytest.mark.parametrize("sort", [Sort.relevance, Sort.newest, Sort.price_low])
async def test_only_what_came_after_an_instant(
    ask: Ask, text: str, after: int, expected: set[int], sort: Sort
) -> None:
    result = await ask(text, sort=sort, strict=True, **day(after))
    assert {hit.id.int for hit in result.hits} == expected
    assert result.total.value == len(expected)


async def test_facets_count_what_came_after_too(ask: Ask) -> None:
    result = await ask(filters={Facet.region: ["北京"]}, **day(2))
    assert result.total.value == 2
    regions = {value.value: value.count.value for value in result.facets[Facet.region]}
    assert regions == {"北京": 2, "河南": 1}


async def test_a_strict_question_leaves_no_word_out(ask: Ask) -> None:
    words = "高炉 隔膜 材料 脱氮"
    assert (await ask(words)).relaxed
    result = await ask(words, strict=True)
    assert (result.total.value, list(result.hits), result.relaxed) == (0, [], False)


async def test_a_count_alone_needs_no_facets(ask: Ask) -> None:
    result = await ask("高炉", filters={Facet.region: ["北京"]}, facet_values=0, limit=1)
    assert result.total.value == 2
    assert len(result.hits) == 1
