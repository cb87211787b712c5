"""The result page and the suggestions, as a browser without JavaScript sees them."""

from datetime import UTC, datetime
from uuid import UUID

import httpx2
import pytest

from app.core.tx import Tx
from search import service
from search.documents import Document, Facet, Kind

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
