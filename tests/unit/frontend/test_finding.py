"""From the address to a question and from an answer to tabs, facets and chips."""

import pytest
from starlette.datastructures import QueryParams

from app.core.errors import Invalid
from app.core.paging import encode_cursor
from frontend.finding import TABS, ask, clean, read_instant, view_results
from search.documents import Facet
from search.postgres.cursors import read_cursor
from search.types import Count, FacetValue, SearchResult, Sort


def test_a_question_is_read_from_the_address() -> None:
    asked = ask(QueryParams("q=隔膜&kind=offer&field=现代能源&field=现代能源&field=&sort=newest"))
    assert asked.text == "隔膜"
    assert asked.filters == {Facet.kind: ["offer"], Facet.field: ["现代能源"]}
    assert asked.sort is Sort.newest
    assert asked.after is None


def test_strange_parts_are_left_out() -> None:
    asked = ask(
        QueryParams("sort=drop&color=red&after=&" + "&".join(f"field={n}" for n in range(50)))
    )
    assert asked.sort is Sort.relevance
    assert len(asked.filters[Facet.field]) == 20
    assert asked.after is None


def test_chips_take_one_filter_away() -> None:
    asked = ask(QueryParams("q=a&kind=offer&field=x&field=y&trl=4-6"))
    view = view_results(asked, SearchResult([], Count(0), {}))
    assert [(chip.label, chip.href) for chip in view.chips] == [
        ("x", "/search?q=a&kind=offer&field=y&trl=4-6"),
        ("y", "/search?q=a&kind=offer&field=x&trl=4-6"),
        ("TRL 4–6", "/search?q=a&kind=offer&field=x&field=y"),
    ]
    assert view.clear_href == "/search?q=a&kind=offer"
    assert view.kind == "offer"


def test_tabs_keep_the_other_filters() -> None:
    facets = {Facet.kind: [FacetValue("offer", Count(10_000, capped=True))]}
    asked = ask(QueryParams("q=a&field=x&after=deep"))
    view = view_results(asked, SearchResult([], Count(3), facets))
    assert [tab.href for tab in view.tabs][:2] == [
        "/search?q=a&field=x",
        "/search?q=a&kind=achievement&field=x",
    ]
    assert view.tabs[0].current
    assert view.tabs[0].count == Count(3)
    assert view.tabs[2].count == Count(10_000, capped=True)
    assert not view.first


def test_words_alone_are_asked_for_by_the_address_and_can_be_left_again() -> None:
    asked = ask(QueryParams("q=a&semantic=0&field=x"))
    assert asked.semantic == 0.0
    assert ask(QueryParams("q=a&semantic=1&semantic=x")).semantic > 0
    view = view_results(asked, SearchResult([], Count(0), {}))
    assert view.here == "/search?q=a&field=x&semantic=0"
    assert view.meaning_href == "/search?q=a&field=x"
    assert view.words_href == ""


def test_the_choice_of_words_alone_is_offered_where_meaning_found_something() -> None:
    found = SearchResult([], Count(1), {}, by_meaning=3)
    assert view_results(ask(QueryParams("q=a")), found).words_href == "/search?q=a&semantic=0"
    assert view_results(ask(QueryParams("q=a&sort=newest")), found).words_href == ""
    assert view_results(ask(QueryParams("q=a")), SearchResult([], Count(1), {})).words_href == ""


def test_only_kinds_with_pages_are_kinds() -> None:
    assert ask(QueryParams("kind=none&kind=lot&kind=../x")).filters == {Facet.kind: ["lot"]}
    assert [kind.value for kind in TABS][:2] == ["achievement", "offer"]


def test_a_long_query_is_cut_and_said_to_be() -> None:
    params = QueryParams({"q": "高" * 100_000})
    asked = ask(params)
    assert asked.text == "高" * 300
    view = view_results(asked, SearchResult([], Count(0), {}), params)
    assert view.cut
    assert len(view.here) < 4_000
    assert not view_results(asked, SearchResult([], Count(0), {}), QueryParams("q=a")).cut


def test_too_many_filters_or_too_long_ones_are_left_out_and_said_to_be() -> None:
    nothing = SearchResult([], Count(0), {})
    names = ("field", "region", "disposal", "state", "origin", "holder")
    for address in (
        "&".join(f"{name}={n}" for name in names for n in range(21)),
        "&".join(f"{name}={'甲' * 60}{n}" for name in names for n in range(20)),
        "holder=" + "甲" * 201,
        "&".join(f"kind={kind}&field={kind}" for kind in "abcdefghijklmnopqrstuvwxyz"),
    ):
        params = QueryParams(address)
        view = view_results(ask(params), nothing, params)
        assert view.fewer, address[:40]
        assert len(view.chips) <= 40
        assert sum(len(chip.href) for chip in view.chips) < 250_000
    for address in ("q=a", "kind=no&kind=lot&field=x&field=x&ipc=H01&ipc=H01M&ipc=%00", "field="):
        params = QueryParams(address)
        assert not view_results(ask(params), nothing, params).fewer, address


def test_what_nobody_sees_is_no_part_of_a_query() -> None:
    assert clean("\u202e锂\0电\ud800池\u2066 \n隔膜\u200f") == "锂 电 池  隔膜"
    assert ask(QueryParams("q=%00&region=%00&holder=" + "a" * 999)).filters == {}


def test_nothing_asked_for_is_browsing() -> None:
    nothing = SearchResult([], Count(0), {})
    assert view_results(ask(QueryParams("kind=lot")), nothing).browsing
    assert not view_results(ask(QueryParams("field=x")), nothing).browsing
    assert not view_results(ask(QueryParams("q=x")), nothing).browsing


EDGES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
)


@pytest.mark.parametrize("typed", [*EDGES, "9999-12-31T23:59:59+00:00", "2026-01-01", "9" * 99, ""])
def test_an_instant_that_no_page_could_show_is_none(typed: str) -> None:
    assert read_instant(typed) is None


@pytest.mark.parametrize("edge", [*EDGES, "2026-01-01T00:00:00"])
def test_a_page_mark_beyond_the_calendar_is_broken(edge: str) -> None:
    mark = encode_cursor("newest", edge, "01980000-0000-7000-8000-000000000000", "offer")
    with pytest.raises(Invalid):
        read_cursor(mark, Sort.newest)
