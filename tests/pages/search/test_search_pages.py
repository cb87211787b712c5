"""The result page and the suggestions, as a browser without JavaScript sees them."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import NoReturn
from urllib.parse import quote
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI, Request

from app.accounts.types import SESSION_COOKIE
from app.core.tx import Tx
from frontend.pages.search import RUNNING
from search import service
from search.bounds import TooCostly
from search.documents import Document, Facet, Kind
from search.finder import Finder
from search.types import Count, Hit, Piece, SearchRequest, SearchResult
from tests.world import World

PUBLISHED = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>耐火砖"


@pytest.fixture(autouse=True)
async def documents(tx: Tx) -> None:
    """Twenty-five achievements of two regions, and one whose title is hostile."""
    given = [
        Document(
            Kind.achievement,
            UUID(int=at),
            1,
            f"第{at}号锂电池隔膜",
            PUBLISHED,
            number=f"CG-2026-{at:06d}",
            holder="宁波某公司",
            facets={Facet.region: ["浙江" if at % 2 else "北京"]},
        )
        for at in range(1, 26)
    ]
    hostile = '<img src=x onerror="alert(1)">耐火砖'
    given.append(
        Document(Kind.achievement, UUID(int=99), 1, hostile, PUBLISHED, number="CG-2026-000099")
    )
    await tx.run(service.index_documents, given)


async def test_results_are_shown_with_marks_and_counts(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "鋰電池"})
    assert page.status_code == 200
    assert "<mark>锂电池</mark>" in page.text
    assert "25" in page.text
    assert "/achievements/CG-2026-000025" in page.text


async def test_the_next_page_goes_on(client: httpx2.AsyncClient) -> None:
    first = await client.get("/search", params={"q": "锂电池"})
    after = first.text.split("after=")[1].split('"')[0].split("&")[0]
    second = await client.get("/search", params={"q": "锂电池", "after": after})
    assert second.status_code == 200
    assert second.text.count("<mark>") == 5


async def test_a_filter_narrows(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "锂电池", "region": "北京"})
    assert page.text.count("<mark>") == 12


async def test_what_others_wrote_is_only_text(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "耐火砖<script>alert(2)</script>"})
    assert "耐火砖" in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "query",
    [
        "q=",
        "q=%F0%9F%98%80",
        "q=%00",
        "q=%ff%fe",
        "q=" + "a" * 20_000,
        "q=" + "%E9%AB%98" * 5_000,
        "q='%3B+DROP+TABLE+search_document%3B--",
        "q=a%26!b|(c)%3C-%3E",
        "sort=none&kind=none&region=%00&region='",
        "after=broken",
        "sort=newest&after=WyJyZWxldmFuY2UiLDEsIngiLCJ5Il0",
        "trl=" + "&trl=".join(str(at) for at in range(200)),
    ],
    ids=range(12),
)
async def test_any_address_gets_an_answer(client: httpx2.AsyncClient, query: str) -> None:
    page = await client.get(f"/search?{query}")
    assert page.status_code == 200
    assert len(page.text) < 200_000


async def test_suggestions_are_plain_text_in_json(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/search/suggest", params={"q": "耐火"})
    assert answer.status_code == 200
    found = answer.json()["suggestions"]
    assert (
        '<img src=x onerror="alert(1)">耐火砖' not in found
        or "json" in answer.headers["content-type"]
    )
    assert (await client.get("/search/suggest")).json() == {"suggestions": []}


async def test_a_single_result_is_named_as_one(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search?q=隔膜", headers={"Accept-Language": "en"})
    assert '<span class="badge badge-info">Achievement</span>' in page.text
    assert '<span class="badge badge-info">Achievements</span>' not in page.text


@pytest.mark.parametrize("typed", ["膜\0", "\0", "膜\ud800x", "耐火\u202e"])
async def test_what_nobody_can_type_is_no_part_of_a_suggestion(
    client: httpx2.AsyncClient, typed: str
) -> None:
    words = quote(typed.encode("utf-8", "surrogatepass"))
    answer = await client.get(f"/search/suggest?q={words}")
    assert answer.status_code == 200
    assert isinstance(answer.json()["suggestions"], list)


class Costly(Finder):
    """Takes too long over everything."""

    async def search(self, request: SearchRequest) -> NoReturn:
        raise TooCostly()

    async def suggest(self, typed: str, limit: int = 8) -> NoReturn:
        raise TooCostly()


async def test_what_takes_too_long_is_answered_with_a_sentence(
    client: httpx2.AsyncClient, application: FastAPI
) -> None:
    application.state.finder = Costly(application.state.finder.own)
    page = await client.get("/search?q=膜")
    assert page.status_code == 422
    assert "请减少检索词或筛选条件后再试" in page.text
    english = await client.get("/search?q=膜", headers={"Accept-Language": "en"})
    assert "use fewer words or filters" in english.text
    assert (await client.get("/search/suggest?q=膜")).json() == {"suggestions": []}


async def test_a_crowd_of_one_address_is_told_to_wait_and_nobody_else(
    client: httpx2.AsyncClient, application: FastAPI
) -> None:
    assert client
    crowd, reader = (
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=application, client=(address, 1)),
            base_url="http://market.test",
        )
        for address in ("203.0.113.9", "203.0.113.10")
    )
    one_of_it = Request({"type": "http", "headers": [], "client": ("203.0.113.9", 2)})
    async with crowd, reader:
        with ExitStack() as running:
            for _ in range(RUNNING.most):
                running.enter_context(RUNNING.hold(one_of_it))
            refused = await crowd.get("/search?q=膜")
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "2"
            assert "请稍等几秒再试" in refused.text
            assert (await reader.get("/search?q=膜")).status_code == 200
        assert (await crowd.get("/search?q=膜")).status_code == 200


async def test_too_many_filters_are_said_and_the_page_stays_small(
    client: httpx2.AsyncClient,
) -> None:
    names = ("field", "region", "trl", "disposal", "state", "origin", "holder", "ipc")
    odd = [(name, f"{at}" + "甲" * 25) for name in names for at in range(20)]
    page = await client.get("/search", params=[("q", "膜"), *odd])
    assert "筛选条件过多或过长" in page.text
    assert len(page.content) < 300_000
    few = await client.get("/search?q=膜&region=北京&region=上海&field=新材料")
    assert "筛选条件过多或过长" not in few.text


async def test_an_empty_answer_says_what_stands_in_the_way(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "锂电池隔膜", "region": "西藏"})
    assert "没有找到“锂电池隔膜”" in page.text
    assert "去掉“地区：西藏”" in page.text
    assert "有 25 条" in page.text
    assert "/desk/demands/new?title=%E9%94%82%E7%94%B5%E6%B1%A0" in page.text
    words = await client.get("/search", params={"q": "耐火砖 隔膜"})
    assert "去掉“" in words.text


async def test_the_words_of_an_empty_answer_stand_in_the_form_of_a_demand(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("西山公司")
    client.cookies.set(SESSION_COOKIE, await world.token(org.head))
    page = await client.get("/desk/demands/new", params={"title": "<b>隔膜</b>" * 100})
    assert page.status_code == 200
    assert "&lt;b&gt;隔膜" in page.text


class Meaning:
    """A finder that finds one thing by meaning, and words where they are asked for alone."""

    async def search(self, request: SearchRequest) -> SearchResult:
        pieces = (Piece("耐热<涂层>"),)
        hit = Hit(
            kind=Kind.achievement,
            id=UUID(int=7),
            number="CG-2026-000007",
            title="耐热<涂层>",
            holder="",
            title_pieces=pieces,
            holder_pieces=(),
            snippet=(),
            facets={Facet.state: ["供给中"]},
            published_at=PUBLISHED,
            by_meaning=True,
        )
        if not request.semantic:
            return SearchResult([], Count(0), {})
        return SearchResult([hit], Count(0), {}, by_meaning=1)

    async def suggest(self, typed: str, limit: int) -> list[str]:
        return [typed + "膜"][:limit]


async def test_what_was_found_by_meaning_is_marked_and_can_be_left_out(
    client: httpx2.AsyncClient, application: FastAPI
) -> None:
    application.state.finder = Meaning()
    page = await client.get("/search", params={"q": "防火"})
    assert "没有内容包含这些检索词，找到 1 条意思相近" in page.text
    assert "耐热&lt;涂层&gt;" in page.text
    assert "语义相近</span>" in page.text
    assert "semantic=0" in page.text
    assert "防火膜" in page.text
    words = await client.get("/search", params={"q": "防火", "semantic": "0"})
    assert "语义相近</span>" not in words.text
    assert "兼顾语义" in words.text


async def test_the_address_of_a_page_is_said(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"after": "x", "q": "锂电池", "region": "北京"})
    assert '<link rel="canonical" href="/search?q=%E9%94%82%E7%94%B5%E6%B1%A0&amp;region=' in (
        page.text
    )
    assert "noindex" in page.text
    browse = await client.get("/search")
    assert '<link rel="canonical" href="/search">' in browse.text
    assert "<h1>浏览全部内容</h1>" in browse.text


async def test_a_too_long_query_is_cut_and_said_to_be(client: httpx2.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "锂电池隔膜" * 100})
    assert "检索词过长" in page.text
    assert 'value="' + "锂电池隔膜" * 60 + '"' in page.text
