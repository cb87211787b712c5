"""What every engine must do when it is filled: anew, late, twice, and with whatever values."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from search.documents import Document, Facet, Kind
from search.index import Entry, SearchIndex
from search.knowledge.ipc import ipc_keys
from search.types import SearchRequest
from tests.contract.search.conftest import DOCUMENTS, Ask, document, entries
from tests.contract.search.test_index import found

ODD_VALUES = [
    "a'b",
    'a"b',
    "a\\",
    '\\"',
    '" OR kind = "lot',
    "' OR 1=1 --",
    'x"] OR facet_kind IN ["lot',
    "新\n材料",
    "新\t材料",
    "😀",
    "AND",
    "NULL",
    "_geoRadius(1, 2, 3)",
    "{a,b}",
    "100%",
    "\\n",
    "长" * 190,
]


async def batches(*parts: Sequence[Document]) -> AsyncIterator[list[Entry]]:
    for part in parts:
        yield entries(part)


async def everything(index: SearchIndex) -> list[int]:
    return found(await index.search(SearchRequest(limit=100)))


async def test_a_rebuilt_index_holds_exactly_what_it_was_given(
    ask: Ask, index: SearchIndex
) -> None:
    await ask()
    new = document(9, Kind.achievement, "钙钛矿太阳能电池")
    await index.rebuild(batches(DOCUMENTS[:2], [new]))
    assert await everything(index) == [9, 2, 1]
    assert found(await ask("钙钛矿", strict=True)) == [9]


async def test_what_changes_during_a_rebuild_stays_though_it_was_not_given(
    ask: Ask, index: SearchIndex
) -> None:
    await ask()

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:2])
        await index.upsert(entries([replace(DOCUMENTS[7], version=2)]))

    await index.rebuild(source())
    assert await everything(index) == [8, 2, 1]


async def test_an_empty_index_is_built(index: SearchIndex) -> None:
    await index.rebuild(batches(DOCUMENTS[:3]))
    assert await everything(index) == [3, 2, 1]
    await index.rebuild(batches())
    assert await everything(index) == []


async def test_what_is_written_meanwhile_is_there_and_all_questions_are_answered(
    ask: Ask, index: SearchIndex
) -> None:
    await ask()

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:4])
        assert len(await everything(index)) == 8  # the old one answers
        newer = replace(DOCUMENTS[7], version=2, title="氮化镓散热片")
        await index.upsert(entries([newer, document(9, Kind.lot, "新挂牌的标的")]))
        await index.remove(Kind.achievement, [UUID(int=1)])
        yield entries(DOCUMENTS[4:])  # with the old version of what was written
        assert found(await index.search(SearchRequest("氮化镓"))) == [8]

    await index.rebuild(source())
    assert await everything(index) == [9, 8, 7, 6, 5, 4, 3, 2]
    assert found(await ask("氮化镓", strict=True)) == [8]
    assert found(await ask("石墨烯散热", strict=True)) == []


async def test_a_source_that_breaks_leaves_what_was_there(ask: Ask, index: SearchIndex) -> None:
    await ask()

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:1])
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        await index.rebuild(source())
    assert len(await everything(index)) == 8
    await index.rebuild(batches(DOCUMENTS))
    assert len(await everything(index)) == 8


async def test_of_one_batch_the_newest_version_stays(ask: Ask, index: SearchIndex) -> None:
    newer = replace(DOCUMENTS[7], version=3, title="氮化镓散热片")
    await ask()
    await index.upsert(entries([newer, replace(newer, version=2, title="旧题")]))
    await index.upsert(entries([replace(newer, version=1, title="更旧的题")]))
    assert found(await ask("氮化镓")) == [8]
    assert (await ask("旧题", strict=True)).total.value == 0


async def test_nothing_to_write_is_no_error(index: SearchIndex) -> None:
    await index.upsert([])
    await index.remove(Kind.lot, [])
    await index.remove(Kind.lot, [UUID(int=1)])


async def test_the_same_id_of_two_kinds_are_two_documents(index: SearchIndex) -> None:
    await index.upsert(entries([document(1, Kind.lot, "电池"), document(1, Kind.offer, "电池")]))
    result = await index.search(SearchRequest("电池"))
    assert {hit.kind for hit in result.hits} == {Kind.lot, Kind.offer}
    await index.remove(Kind.lot, [UUID(int=1)])
    result = await index.search(SearchRequest("电池"))
    assert [hit.kind for hit in result.hits] == [Kind.offer]


async def test_any_value_is_filtered_by_and_breaks_out_of_nothing(index: SearchIndex) -> None:
    await index.upsert(
        entries(
            document(at, Kind.achievement, "电池", facets={Facet.field: [value]})
            for at, value in enumerate(ODD_VALUES, 1)
        )
    )
    for at, value in enumerate(ODD_VALUES, 1):
        result = await index.search(SearchRequest(filters={Facet.field: [value]}))
        assert found(result) == [at], value
        (hit,) = result.hits
        assert hit.facets[Facet.field] == [value]
        assert [v.value for v in result.facets[Facet.field] if v.chosen] == [value]
    chosen = SearchRequest("电池", filters={Facet.field: ODD_VALUES}, limit=100)
    assert len(found(await index.search(chosen))) == len(ODD_VALUES)


async def test_many_filters_with_many_values_get_an_answer(ask: Ask) -> None:
    many = {facet: [f"值{at}'\"\\" for at in range(50)] for facet in Facet if facet != Facet.kind}
    assert found(await ask("高炉", filters=many)) == []
    some = {Facet.region: [*many[Facet.region], "北京"], Facet.kind: [k.value for k in Kind]}
    assert found(await ask("高炉", filters=some)) == [3, 4]


@pytest.mark.parametrize("text", ["H01M 10/0525", "h01m10/0525", "H01M", "H01M10/00 隔膜"])
async def test_symbols_of_the_classification_find(index: SearchIndex, text: str) -> None:
    keys = ipc_keys(["H01M10/0525; H01M 10/00"])
    await index.upsert(
        entries(
            [
                document(1, Kind.achievement, "电池隔膜", numbers=keys),
                document(2, Kind.achievement, "电池隔膜", numbers=ipc_keys(["H01G 9/02"])),
            ]
        )
    )
    assert found(await index.search(SearchRequest(text, strict=True))) == [1]


async def test_it_says_how_it_is(ask: Ask, index: SearchIndex) -> None:
    await ask()
    state = await index.check()
    assert state.name in {"postgresql", "meilisearch"}
    assert state.fault == ""
