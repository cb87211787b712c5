"""From the address to a question and from an answer to tabs, facets and chips."""

from starlette.datastructures import QueryParams

from frontend.finding import ask, view_results
from search.documents import Facet
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
