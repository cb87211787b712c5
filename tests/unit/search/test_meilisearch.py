"""Settings, filters, texts and counts of the Meilisearch adapter, without a server."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meilisearch_python_sdk.models.search import SearchResultsWithUID
from pydantic import ValidationError

from app.core.settings import Mode, Settings
from search.documents import Facet, Kind
from search.meilisearch import asking
from search.meilisearch.configuration import MARK, Embedder, make_settings, version_in, version_of
from search.meilisearch.index import make_meilisearch
from search.meilisearch.shapes import (
    any_of,
    begun_by,
    document_id,
    facet_filter,
    quote,
    stored_value,
)
from search.query import make_plan
from search.types import Count, FacetValue, SearchRequest
from tests.conftest import TEST_SECRET
from tests.contract.meili.filters import folded, make_filter

KEYS = {"meili_search_key": "for-asking", "meili_admin_key": "for-writing"}


def make(mode: Mode = Mode.test, **given: Any) -> Settings:
    none = {"meili_url": "", "meili_search_key": "", "meili_admin_key": ""}  # whatever is exported
    return Settings(mode=mode, secret_key=TEST_SECRET, **none | given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"meili_url": "ftp://search"}, "http://"),
        ({"meili_url": "http://"}, "http://"),
        ({"meili_url": "http://user:secret@search:7700"}, "只写地址"),
        ({"meili_url": "http://search:7700?key=1"}, "只写地址"),
        ({"meili_search_key": "k"}, "MARKET_MEILI_URL"),
        (
            {"meili_url": "http://search:7700", "meili_search_key": "k", "meili_admin_key": "k"},
            "相同",
        ),
        ({"mode": Mode.production, "meili_url": "http://search:7700"}, "MARKET_MEILI_SEARCH_KEY"),
        ({"mode": Mode.production, "meili_url": "http://search.example.cn", **KEYS}, "https://"),
        ({"mode": Mode.production, "meili_url": "http://8.8.8.8:7700", **KEYS}, "https://"),
    ],
)
def test_contradictions_are_refused_and_say_no_key(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make(**given)
    (error,) = refused.value.errors()
    assert sentence in error["msg"]


@pytest.mark.parametrize(
    "url",
    [
        "https://search.example.cn",
        "http://meilisearch:7700/",
        "http://127.0.0.1:7700",
        "http://10.1.2.3:7700",
        "http://[::1]:7700",
        "http://search.internal",
    ],
)
def test_a_server_of_ones_own_or_over_tls_is_taken_in_production(url: str) -> None:
    made = make(Mode.production, meili_url=url, **KEYS)
    assert made.meili_url == url.rstrip("/")
    assert make_meilisearch(made, admin=False)


def test_without_an_address_there_is_none() -> None:
    assert make_meilisearch(make(), admin=True) is None


def test_the_version_changes_with_the_settings_alone() -> None:
    one, other = make_settings(Embedder()), make_settings(Embedder("m", 8))
    versions = {version_in(s.dictionary or []) for s in (one, other, make_settings(Embedder()))}
    assert len(versions) == 2
    assert all(len(version) == 10 for version in versions)
    assert version_of(one) != version_of(one.model_copy(update={"stop_words": ["的"]}))


@pytest.mark.parametrize("words", [[], ["电池"], [MARK + "a", MARK + "b"]])
def test_an_index_that_says_no_version_or_two_has_none(words: list[str]) -> None:
    assert version_in(words) == ""


def test_synonyms_are_those_of_the_other_engine_both_ways() -> None:
    synonyms = make_settings(Embedder()).synonyms or {}
    assert "反硝化" in synonyms["脱氮"]
    assert "脱氮" in synonyms["反硝化"]


@pytest.mark.parametrize(
    ("model", "name"), [("use-m3-0.2.1", "use-m3-0-2-1"), ("BAAI/bge-m3", "baai-bge-m3"), ("", "")]
)
def test_a_models_name_becomes_one_that_the_server_takes(model: str, name: str) -> None:
    assert Embedder(model, 8).name == name
    assert bool(Embedder(model, 8)) is bool(name)


# what a person may type as a value, and what would like to be more
hostile = st.text(max_size=40) | st.lists(
    st.sampled_from(["\\", '"', "'", "]", "[", ",", " OR ", " = ", "1", "\n", "n", "facet_kind"]),
    max_size=12,
).map("".join)


@settings(max_examples=60)
@given(hostile)
def test_a_quoted_value_is_that_value_and_nothing_more(value: str) -> None:
    test = make_filter(f"name = {quote(value)}", {"name"}, "invalid_search_filter")
    assert test({"name": value})
    assert not test({"name": value + "x"})
    assert not test({"other": value})


@settings(max_examples=30)
@given(st.lists(hostile, min_size=1, max_size=20))
def test_many_quoted_values_are_one_condition(values: list[str]) -> None:
    text = facet_filter(Facet.region, values)
    test = make_filter([text], {"facet_region"}, "invalid_search_filter")
    for value in values:
        assert test({"facet_region": [stored_value(Facet.region, value)]})
    assert not test({"facet_region": ["no such place"]})


@settings(max_examples=60)
@given(hostile, hostile)
def test_what_is_typed_is_only_a_beginning(typed: str, rest: str) -> None:
    test = make_filter(begun_by(typed), {"title_key"}, "invalid_search_filter")
    assert test({"title_key": typed + rest})
    assert test({"title_key": rest}) is folded(rest).startswith(folded(typed))
    assert not test({"facet_kind": typed})


def test_an_empty_list_of_values_holds_nothing() -> None:
    assert not make_filter(any_of("id", []), {"id"}, "code")({"id": "a"})


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("锂电池 隔膜", "锂电池 隔膜 "),  # the blank at the end: the last word is whole
        ("CN201220249767.4", "cn2012202497674"),
        ("xq-2026-000005", "xq2026000005"),
        ("201220249767 隔膜", "隔膜 201220249767"),  # what is typed by its beginning comes last
        ("3.5W", "3.5w"),
        ("H01M 10/0525", "h01m00100525"),
        ("隔膜 装置", "隔膜 "),  # what names only a kind of thing is not required
        ("高温合金", "高温 合金 "),
        ("锟铻", '"锟铻" '),
        ('"-高炉', "高炉 "),
        ("", " "),
    ],
)
def test_texts_are_asked_in_the_servers_words(text: str, asked: str) -> None:
    assert asking.read(SearchRequest(text), make_plan(text)).words() == asked


def answer(total: int, **facets: dict[str, int]) -> SearchResultsWithUID[Any]:
    return SearchResultsWithUID[Any](
        hits=[], processing_time_ms=0, query="", index_uid="market",
        estimated_total_hits=total, facet_distribution=facets,
    )  # fmt: skip


def test_counts_stop_at_the_cap() -> None:
    assert asking.count_of(answer(10_000)) == Count(10_000)
    assert asking.count_of(answer(10_001)) == Count(10_000, capped=True)
    read = asking.read(SearchRequest(), make_plan(""))
    facets = read.facets(answer(10_001, facet_region={"北京": 50_000, "浙江": 3}), [])
    assert facets == {
        Facet.region: [FacetValue("北京", Count(10_000, capped=True)), FacetValue("浙江", Count(3))]
    }


def test_a_chosen_value_beyond_those_that_are_counted_keeps_its_count() -> None:
    request = SearchRequest(filters={Facet.holder: ["某厂", "某校"]}, facet_values=1)
    read = asking.read(request, make_plan(""))
    narrow = answer(7, facet_holder={"某厂": 7})
    wide = answer(99, facet_holder={"大厂": 92})
    assert read.facets(narrow, [wide])[Facet.holder] == [
        FacetValue("大厂", Count(92)),
        FacetValue("某厂", Count(7), chosen=True),
        FacetValue("某校", Count(0), chosen=True),
    ]


def test_ids_hold_nothing_that_the_server_refuses() -> None:
    found = document_id(Kind.achievement, UUID(int=1))
    assert found == "achievement-00000000-0000-0000-0000-000000000001"
