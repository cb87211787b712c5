"""Words and meaning in one order in PostgreSQL: pages, filters, floors and what is marked."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.errors import Invalid
from app.core.tx import Tx
from search.documents import Document, Facet, Kind
from search.embedding import meaning_text
from search.index import Entry
from search.postgres import PostgresIndex, hybrid
from search.store import prepare
from search.types import Meaning, SearchRequest, SearchResult, Sort, Vector
from tests.encoders import TinyEncoder, point
from tests.following import NOW

QUESTION = "隔膜 储能"
MEANING = point(QUESTION)


def make(at: int) -> Document:
    """Every third holds the words, every other third means the same, the last neither."""
    title = (f"隔膜 储能 {at}", f"充电蓄电 {at}", f"污水 {at}")[at % 3]
    kind = Kind.demand if at % 2 else Kind.achievement
    facets = {Facet.region: ["北京" if at % 5 else "河南"]}
    return Document(kind, UUID(int=at), 1, title, NOW + timedelta(days=at), facets=facets)


@pytest.fixture
async def index(tx: Tx) -> PostgresIndex:
    made = PostgresIndex(tx)
    rows = prepare([make(at) for at in range(1, 31)])
    await made.upsert([Entry(row, point(meaning_text(row.title, "", ""))) for row in rows])
    return made


async def pages(
    index: PostgresIndex, vectors: Sequence[Vector | None], **more: object
) -> list[int]:
    """All pages of three; the vector of each page in turn, the last one for all further."""
    seen: list[int] = []
    after = None
    for at in range(20):
        vector = vectors[min(at, len(vectors) - 1)]
        request = SearchRequest(QUESTION, limit=3, after=after, **more)  # type: ignore[arg-type]
        result = await index.search(request, vector)
        seen += [hit.id.int for hit in result.hits]
        after = result.next
        if after is None:
            return seen
    raise AssertionError("pages without end")


async def ask(
    index: PostgresIndex,
    vector: Vector | None = MEANING,
    filters: Mapping[Facet, Sequence[str]] | None = None,
    **more: object,
) -> SearchResult:
    request = SearchRequest(QUESTION, filters or {}, limit=100, **more)  # type: ignore[arg-type]
    return await index.search(request, vector)


WORDS = {at for at in range(1, 31) if at % 3 == 0}
MEANT = {at for at in range(1, 31) if at % 3 == 1}


async def test_totals_count_words_and_meaning_is_marked(index: PostgresIndex) -> None:
    result = await ask(index)
    assert {hit.id.int for hit in result.hits if not hit.by_meaning} == WORDS
    assert {hit.id.int for hit in result.hits if hit.by_meaning} == MEANT
    assert (result.total.value, result.by_meaning) == (len(WORDS), len(MEANT))
    kinds = {value.value: value.count.value for value in result.facets[Facet.kind]}
    assert sum(kinds.values()) == len(WORDS)


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0])
async def test_pages_hold_each_result_once(index: PostgresIndex, weight: float) -> None:
    whole = [hit.id.int for hit in (await ask(index, semantic=weight)).hits]
    assert await pages(index, [MEANING], semantic=weight) == whole
    assert set(whole) == WORDS | MEANT


async def test_what_began_by_words_goes_on_by_words(index: PostgresIndex) -> None:
    by_words = [hit.id.int for hit in (await ask(index, None)).hits]
    assert await pages(index, [None, MEANING]) == by_words


async def test_what_began_by_meaning_shows_the_rest_when_the_vector_is_late(
    index: PostgresIndex,
) -> None:
    seen = await pages(index, [MEANING, None])
    assert seen[:3] == (await pages(index, [MEANING]))[:3]
    assert set(seen) >= WORDS


async def test_a_mark_of_meaning_is_of_no_other_order(index: PostgresIndex) -> None:
    request = SearchRequest(QUESTION, limit=3)
    mark = (await index.search(request, MEANING)).next
    with pytest.raises(Invalid):
        await index.search(SearchRequest(QUESTION, sort=Sort.newest, after=mark), MEANING)


@pytest.mark.parametrize(
    "filters",
    [
        {Facet.kind: ["demand"]},
        {Facet.region: ["河南"]},
        {Facet.kind: ["demand", "nonsense"], Facet.region: ["北京"]},
    ],
)
async def test_filters_hold_for_what_meaning_found(
    index: PostgresIndex, filters: dict[Facet, list[str]]
) -> None:
    def holds(at: int) -> bool:
        words = make(at).facet_words()
        return all(
            any(f"{name}={value}" in words for value in values) for name, values in filters.items()
        )

    result = await ask(index, filters=filters)
    assert {hit.id.int for hit in result.hits} == {at for at in WORDS | MEANT if holds(at)}


@pytest.mark.parametrize("value", ["nonsense", "", "'", "\0"])
async def test_a_kind_that_there_is_not_has_nothing(index: PostgresIndex, value: str) -> None:
    result = await ask(index, filters={Facet.kind: [value]})
    assert not result.hits
    assert result.by_meaning == 0


async def test_only_what_came_after_an_instant_is_near(index: PostgresIndex) -> None:
    result = await ask(index, published_after=NOW + timedelta(days=25))
    assert {hit.id.int for hit in result.hits} == {at for at in WORDS | MEANT if at > 25}


async def test_neighbours_beyond_the_best_by_words_are_not_called_meant(
    index: PostgresIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.postgres.lexical.RANKED", 4)
    if hasattr(hybrid, "RANKED"):
        monkeypatch.setattr(hybrid, "RANKED", 4)
    result = await ask(index)
    assert {hit.id.int for hit in result.hits if hit.by_meaning} == MEANT
    assert result.by_meaning == len(MEANT)


async def test_a_floor_keeps_far_neighbours_out(tx: Tx, index: PostgresIndex) -> None:
    assert (await ask(PostgresIndex(tx, floor=0.85))).by_meaning == len(MEANT)
    askew = point("电池 污水 污水")
    assert (await ask(PostgresIndex(tx, floor=0.95), askew)).by_meaning == 0
    assert (await ask(PostgresIndex(tx, floor=0.3), askew)).by_meaning > 0


@pytest.mark.parametrize(
    "vector", [(1.0, 0.0), Meaning(MEANING, "another/1"), (0.0,) * TinyEncoder.dimensions]
)
async def test_a_vector_that_nothing_can_be_compared_with_leaves_the_words(
    index: PostgresIndex, vector: Vector
) -> None:
    result = await ask(index, vector)
    assert {hit.id.int for hit in result.hits} == WORDS
    assert result.by_meaning == 0
