"""What every search engine must do."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.core.errors import Invalid
from search.documents import Facet, Kind
from search.index import SearchIndex
from search.types import SearchRequest, SearchResult, Sort
from tests.contract.search.conftest import DOCUMENTS, Ask, document, entries


def found(result: SearchResult) -> list[int]:
    """The numbers of the found documents, in order."""
    return [hit.id.int for hit in result.hits]


def counts(result: SearchResult, facet: Facet) -> dict[str, int]:
    return {value.value: value.count.value for value in result.facets[facet]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("锂电池 隔膜", {1, 5}),  # a synonym in one, other words in the other
        ("鋰電池隔膜", {1, 5}),
        ("污水 脱氮", {2}),
        ("废水处理", {2}),
        ("反硝化", {2}),
        ("北京科技大学 高炉", {3, 4}),
        ("北京科技大学", {3, 4}),
        ("锟铻", {6}),  # in no dictionary
        ("王锟", {6}),
        ("Al7O3N5", {7}),
        ("ＡＬ7o3n5", {7}),
        ("3.5W", {8}),
        ("CN201220249767.4", {1}),
        ("201220249767", {1}),
        ("cn2012202", {1}),
        ("xq-2026-000005", {5}),
        ("XQ2026000005", {5}),
        ("cj 2026 000007", {7}),
    ],
)
async def test_finds(ask: Ask, text: str, expected: set[int]) -> None:
    result = await ask(text)
    assert set(found(result)) == expected
    assert result.total.value == len(expected)
    assert not result.total.capped
    assert not result.relaxed


async def test_a_word_in_the_title_comes_before_one_in_the_text(ask: Ask) -> None:
    assert found(await ask("高炉")) == [3, 4]
    assert found(await ask("隔膜")) == [1, 5]


async def test_nothing_asked_shows_everything_newest_first(ask: Ask) -> None:
    result = await ask("  ")
    assert found(result) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert result.total.value == 8


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.newest, [8, 7, 6, 5, 4, 3, 2, 1]),
        (Sort.price_low, [2, 6, 4, 1, 3, 5, 7, 8]),
        (Sort.price_high, [1, 4, 6, 2]),
    ],
)
async def test_sorts(ask: Ask, sort: Sort, expected: list[int]) -> None:
    assert found(await ask(sort=sort)) == expected


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("text", ["", "高炉 隔膜 材料 脱氮"])
async def test_pages_follow_one_another_without_gap_or_double(
    ask: Ask, sort: Sort, text: str
) -> None:
    whole = await ask(text, sort=sort)
    seen: list[int] = []
    after = None
    for _ in range(len(whole.hits) + 1):
        part = await ask(text, sort=sort, limit=1, after=after)
        seen += found(part)
        after = part.next
        if after is None:
            break
    assert seen == found(whole)


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "W10",  # []
        "WyJuZXdlc3QiLCJ4IiwieCIsIngiXQ",  # a date that is none
        "WyJuZXdlc3QiLCIyMDI2LTAxLTAxIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAxIiwibG90Il0",
    ],
)
async def test_a_broken_page_mark_is_refused(ask: Ask, after: str) -> None:
    with pytest.raises(Invalid):
        await ask(after=after)


async def test_a_page_mark_of_another_sort_is_refused(ask: Ask) -> None:
    mark = (await ask(limit=1, sort=Sort.price_low)).next
    assert mark
    with pytest.raises(Invalid):
        await ask(sort=Sort.price_high, after=mark)


async def test_facets_are_counted_over_all_matches(ask: Ask) -> None:
    result = await ask(limit=1)
    assert counts(result, Facet.region) == {"北京": 3, "河南": 1, "浙江": 1}
    assert counts(result, Facet.kind) == {"achievement": 5, "demand": 1, "lot": 1, "offer": 1}


async def test_values_of_one_facet_add_and_facets_narrow(ask: Ask) -> None:
    filters = {Facet.region: ["北京", "浙江"], Facet.field: ["节能环保"]}
    result = await ask(filters=filters)
    assert set(found(result)) == {2, 4}
    assert result.total.value == 2


async def test_a_filtered_facet_is_counted_as_if_it_were_not_filtered(ask: Ask) -> None:
    result = await ask(filters={Facet.region: ["北京"]})
    assert counts(result, Facet.region) == {"北京": 3, "河南": 1, "浙江": 1}
    assert [v.value for v in result.facets[Facet.region] if v.chosen] == ["北京"]
    assert counts(result, Facet.field) == {"节能环保": 2, "高端装备": 1}


async def test_a_filter_that_nothing_holds_stays_visible(ask: Ask) -> None:
    result = await ask("高炉", filters={Facet.region: ["火星"]})
    assert found(result) == []
    chosen = [value for value in result.facets[Facet.region] if value.chosen]
    assert [(value.value, value.count.value) for value in chosen] == [("火星", 0)]


async def test_the_number_of_facet_values_is_bounded(ask: Ask) -> None:
    result = await ask(facet_values=1)
    assert list(counts(result, Facet.region)) == ["北京"]


SYMBOLS = ["H01M", "H01M", "H01M", "H02J", "H02J", "H04L", "B02C", "B02C", "A01B"]


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("", {"H": 6, "B": 2}),
        ("H", {"H": 6, "B": 2, "H01": 3, "H02": 2}),
        ("H01", {"H": 6, "B": 2, "H01": 3, "H02": 2, "H01M": 3}),
        ("A01B", {"H": 6, "B": 2, "A01": 1, "A01B": 1}),
        ("G06F", {"H": 6, "B": 2, "G06F": 0}),
    ],
)
async def test_each_level_of_the_classification_has_room(
    index: SearchIndex, chosen: str, shown: dict[str, int]
) -> None:
    await index.upsert(
        entries(
            document(at, Kind.lot, "高炉", facets={Facet.ipc: [code[:1], code[:3], code]})
            for at, code in enumerate(SYMBOLS, 1)
        )
    )
    filters = {Facet.ipc: [chosen]} if chosen else {}
    result = await index.search(SearchRequest(filters=filters, facet_values=2))
    assert counts(result, Facet.ipc) == shown
    assert [v.value for v in result.facets[Facet.ipc] if v.chosen] == ([chosen] if chosen else [])


async def test_words_are_left_out_when_nothing_holds_them_all(ask: Ask) -> None:
    result = await ask("高炉 雷达 石墨烯")
    assert result.relaxed
    assert found(result)[0] == 3  # two of the three words
    assert set(found(result)) in ({3, 4}, {3, 4, 8})  # an engine may keep the first words alone


async def test_rare_words_are_what_remains_of_words_that_never_meet(ask: Ask) -> None:
    result = await ask("石墨烯 脱氮")
    assert result.relaxed
    assert set(found(result)) in ({2, 8}, {8})  # an engine may keep the first words alone


async def test_a_long_unknown_word_is_searched_by_its_parts(ask: Ask) -> None:
    result = await ask("石墨烯烯")
    assert found(result) == [8]


async def test_hits_are_marked_as_they_are_written(ask: Ask) -> None:
    (hit, *_) = (await ask("鋰電池 隔膜")).hits
    assert [piece.text for piece in hit.title_pieces if piece.hit] == ["锂离子电池隔膜"]
    assert [piece.text for piece in hit.snippet if piece.hit] == ["隔膜"]


async def test_a_result_carries_what_a_page_shows(ask: Ask) -> None:
    (hit,) = (await ask("污水 脱氮")).hits
    assert (hit.kind, hit.number, hit.price_minor) == (
        Kind.achievement,
        "CG-2026-000002",
        80_000_00,
    )
    assert hit.facets[Facet.field] == ["节能环保"]
    assert hit.holder == "北京工业大学"


ODD = [
    "😀",
    "😀 高炉",
    "\0",
    "\ud800高炉",
    "'; DROP TABLE search_document; --",
    "高炉 & | ! ( ) <-> :* \\ ' \"",
    "<script>alert(1)</script>",
    "高" * 100_000,
    "高炉 " * 30_000,
    "a" * 5_000,
    " ".join(f"词{at}" for at in range(500)),
    "的 了 和",
    "１２３　４５６",
    "\u202e\u200b",
    "ﷺ" * 300,
    "%_%",
    "NULL",
    "-1 OR 1=1",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
async def test_any_text_gets_an_answer(ask: Ask, text: str) -> None:
    for sort in Sort:
        result = await ask(text, sort=sort)
        assert result.total.value >= len(result.hits)
    assert (await ask()).total.value == 8


async def test_hostile_filters_get_an_answer(ask: Ask) -> None:
    for value in ["'", "\\", "{}", "a,b", "\0", "\ud800", '"', "x" * 10_000]:
        result = await ask(filters={Facet.region: [value]})
        assert found(result) == []


async def test_page_sizes_are_bounded(ask: Ask) -> None:
    assert len((await ask(limit=0)).hits) == 1
    assert len((await ask(limit=10**9)).hits) == 8


async def test_an_older_version_never_replaces_a_newer_one(ask: Ask, index: SearchIndex) -> None:
    newer = replace(DOCUMENTS[7], version=3, title="氮化镓散热片")
    await index.upsert(entries([newer]))
    await index.upsert(entries([replace(newer, version=2, title="旧题")]))
    assert found(await ask("氮化镓")) == [8]
    assert found(await ask("石墨烯", sort=Sort.newest)) == []
    assert (await ask("旧题")).total.value == 0


async def test_the_same_version_again_replaces(ask: Ask, index: SearchIndex) -> None:
    await index.upsert(entries([replace(DOCUMENTS[7], title="氮化镓散热片")]))
    assert found(await ask("氮化镓")) == [8]


async def test_removed_documents_are_gone_and_missing_ones_no_error(
    ask: Ask, index: SearchIndex
) -> None:
    await index.remove(Kind.achievement, [UUID(int=8), UUID(int=99)])
    await index.remove(Kind.lot, [UUID(int=1)])  # another kind's id
    assert found(await ask()) == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("锂离", "锂离子"),
        ("污", "污水深度脱氮除磷工艺"),
        ("高炉 雷", "高炉雷达料面监测系统"),
        ("石墨", "石墨烯"),
        ("鋰離", "锂离子"),
    ],
)
async def test_suggests_what_can_be_found(
    ask: Ask, index: SearchIndex, typed: str, first: str
) -> None:
    await ask()
    found_so = await index.suggest(typed)
    assert first in found_so
    for words in found_so:
        assert (await ask(words)).total.value


BEGINNINGS = {
    "果蔬分选线的自动上料装置": ["果", "果蔬", "果蔬分", "果蔬分选", "果蔬分选线的自动上料装"],
    "一种锂离子电池隔膜及其制备方法": ["一种锂离子电池隔", "鋰離子電池隔", "锂离子电池隔膜及"],
    "雙層車輛温度调节装置": ["双", "双层车", "雙層車", "双层车辆温"],
    "切刀刀背双面护手套": ["切刀刀背双面护手"],
    "免疫调节剂Y-320的应用": ["免疫调节剂y-3", "免疫調節劑Ｙ－３２"],
    "PVC管材挤出机": ["p", "PVC管", "ＰＶＣ管材", "pvc管材挤"],
    "３Ｄ打印喷头": ["3d", "3D打", "３ｄ打印喷"],
    "100%生物基聚酯": ["1", "100%", "100%生", "１００％生物"],
}
"""Titles, and what may be typed of each: cut elsewhere than its words, in other forms."""


@pytest.mark.parametrize(
    ("typed", "title"), [(typed, title) for title, many in BEGINNINGS.items() for typed in many]
)
async def test_a_title_is_suggested_by_any_beginning(
    index: SearchIndex, typed: str, title: str
) -> None:
    titles = [*BEGINNINGS, "大果蔬分选", "1000吨压机"]  # these begin otherwise
    await index.upsert(
        entries(document(at, Kind.achievement, name) for at, name in enumerate(titles, 1))
    )
    assert title in await index.suggest(typed)


async def test_titles_that_begin_so_come_before_those_that_hold_the_words(
    index: SearchIndex,
) -> None:
    titles = ["大型果蔬分选线", "果蔬分选线乙", "果蔬分选线甲"]
    await index.upsert(entries(document(at, Kind.lot, name) for at, name in enumerate(titles, 1)))
    assert await index.suggest("果蔬分选线", 2) == ["果蔬分选线乙", "果蔬分选线甲"]
    assert await index.suggest("果蔬分选线", 3) == [
        "果蔬分选线乙",
        "果蔬分选线甲",
        "大型果蔬分选线",
    ]


async def test_signs_are_no_wildcards_in_what_is_typed(index: SearchIndex) -> None:
    await index.upsert(entries([document(1, Kind.lot, "100型压力机")]))
    assert await index.suggest("100型")
    for typed in ("1_0型", "1%0型", "_"):
        assert await index.suggest(typed) == []


@pytest.mark.parametrize("typed", ["", " ", "😀", "%", "_", "\\", "'", "\0", "高" * 100_000])
async def test_suggesting_never_fails(ask: Ask, index: SearchIndex, typed: str) -> None:
    await ask()
    assert len(await index.suggest(typed, 5)) <= 5
