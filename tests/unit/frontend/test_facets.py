"""The column of facets: long ones fold, IPC is a tree, a chosen value never hides."""

from __future__ import annotations

import pytest
from starlette.datastructures import QueryParams

from frontend.facets import NARROW, WIDE, Group, deepest
from frontend.finding import ask, view_results
from search.documents import Facet
from search.types import Count, FacetValue, SearchResult


def groups(query: str, facet: Facet, values: list[FacetValue]) -> list[Group]:
    params = QueryParams(query)
    result = SearchResult([], Count(3), {facet: values})
    return list(view_results(ask(params), result, params).groups)


def many(count: int, chosen: int = -1) -> list[FacetValue]:
    return [FacetValue(f"单位{at:03d}", Count(count - at), at == chosen) for at in range(count)]


def test_a_short_facet_stands_there_whole() -> None:
    (group,) = groups("q=a", Facet.holder, many(9))
    assert len(group.open) == 9
    assert group.folded == []
    assert group.more_href == ""


def test_a_long_one_folds_and_keeps_what_is_chosen_in_sight() -> None:
    (group,) = groups("q=a&holder=单位020", Facet.holder, many(22, chosen=20))
    assert [choice.value for choice in group.open][-1] == "单位020"
    assert len(group.open) == 9
    assert len(group.folded) == 13
    assert group.more_href == ""


def test_a_very_long_one_has_a_page_of_its_own() -> None:
    (group,) = groups("q=a", Facet.holder, many(NARROW))
    assert len(group.open) + len(group.folded) == 24
    assert group.more_href == "/search?q=a&more=holder#facet-holder"
    assert ask(QueryParams("q=a&more=holder")).facet_values == WIDE
    (group,) = groups("q=a&more=holder", Facet.holder, many(NARROW))
    assert len(group.open) == NARROW
    assert (group.folded, group.more_href) == ([], "")
    (group,) = groups("", Facet.holder, many(NARROW))
    assert group.more_href == "/search?more=holder#facet-holder"


IPC = [
    FacetValue(code, Count(count))
    for code, count in (("H", 9), ("H01", 7), ("H01M", 5), ("H04", 2), ("C", 4), ("C08", 4))
]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", [("C", 0, False), ("H", 0, False)]),
        ("ipc=H", [("C", 0, False), ("H", 0, True), ("H01", 1, False), ("H04", 1, False)]),
        (
            "ipc=H&ipc=H01",
            [
                *(("C", 0, False), ("H", 0, True), ("H01", 1, True)),
                *(("H01M", 2, False), ("H04", 1, False)),
            ],
        ),
        ("ipc=B", [("B", 0, True), ("C", 0, False), ("H", 0, False)]),
    ],
)
def test_ipc_opens_below_what_is_chosen(query: str, shown: list[tuple[str, int, bool]]) -> None:
    (group,) = groups(query, Facet.ipc, IPC)
    assert [(one.value, one.level, one.chosen) for one in group.open] == shown


def test_the_deepest_codes_count_and_others_are_no_codes() -> None:
    assert deepest(["H", "H01", "C", "x", "H01M10", "h01", "H0"]) == ["H01", "C"]
    assert ask(QueryParams("ipc=H&ipc=H01&ipc=ZZ")).filters == {Facet.ipc: ["H01"]}
