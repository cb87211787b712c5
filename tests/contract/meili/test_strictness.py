"""The server of the tests is as strict as the documented one: else it would prove nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.contract.meili.app import ADMIN, MASTER, SEARCH
from tests.contract.meili.server import FakeMeilisearch

SETTINGS = {
    "searchableAttributes": ["title"],
    "filterableAttributes": ["place"],
    "sortableAttributes": ["price"],
    "facetSearch": False,
    "embedders": {"m": {"source": "userProvided", "dimensions": 2}},
}
MEANT = {"embedder": "m", "semanticRatio": 1}
NONE: dict[str, Any] = {"_vectors": {"m": None}}


@pytest.fixture(scope="module")
def server() -> Any:
    fake = FakeMeilisearch()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
async def http(server: FakeMeilisearch) -> AsyncIterator[httpx2.AsyncClient]:
    server.state.clear()
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, verify=False) as client:
        await done(client, await client.patch("/indexes/i/settings", json=SETTINGS))
        rows = [
            {"id": 1, "title": "高炉 电池", "place": "北京", "price": 2, **NONE},
            {"id": 2, "title": "电池", "place": "浙江", "_vectors": {"m": [1, 0]}},
        ]
        assert (await done(client, await client.post("/indexes/i/documents", json=rows)))[
            "status"
        ] == "succeeded"
        yield client


async def done(http: httpx2.AsyncClient, accepted: httpx2.Response) -> dict[str, Any]:
    """The task of an accepted request, when it is over."""
    assert accepted.status_code == 202
    while True:
        task: dict[str, Any] = (await http.get(f"/tasks/{accepted.json()['taskUid']}")).json()
        if task["status"] not in {"enqueued", "processing"}:
            return task


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"marin": "x"}, "bad_request"),
        ({"q": ["x"]}, "invalid_search_q"),
        ({"limit": -1}, "invalid_search_limit"),
        ({"limit": "1"}, "invalid_search_limit"),
        ({"filter": "title = x"}, "invalid_search_filter"),
        ({"filter": "place = "}, "invalid_search_filter"),
        ({"filter": 'place = "x'}, "invalid_search_filter"),
        ({"filter": "place = x OR"}, "invalid_search_filter"),
        ({"filter": "place = x XOR place = y"}, "invalid_search_filter"),
        ({"filter": "place = x'"}, "invalid_search_filter"),
        ({"filter": "place STARTS x"}, "invalid_search_filter"),
        ({"filter": "title STARTS WITH x"}, "invalid_search_filter"),
        ({"filter": 'place = "\\q"'}, "invalid_search_filter"),
        ({"filter": True}, "invalid_search_filter"),
        ({"facets": ["title"]}, "invalid_search_facets"),
        ({"sort": ["place:asc"]}, "invalid_search_sort"),
        ({"sort": ["price"]}, "invalid_search_sort"),
        ({"attributesToSearchOn": ["place"]}, "invalid_search_attributes_to_search_on"),
        ({"matchingStrategy": "some"}, "invalid_search_matching_strategy"),
        ({"locales": ["zz"]}, "invalid_search_locales"),
        ({"vector": [1, 0]}, "missing_search_hybrid"),
        ({"hybrid": {"embedder": "x"}}, "invalid_search_embedder"),
        ({"vector": [1], "hybrid": MEANT}, "invalid_vector_dimensions"),
        ({"hybrid": {"embedder": "m", "semanticRatio": 2}}, "invalid_search_semantic_ratio"),
        ({"q": "x", "hybrid": MEANT}, "vector_embedding_error"),
        ({"rankingScoreThreshold": 2}, "invalid_search_ranking_score_threshold"),
    ],
)  # fmt: skip
async def test_refuses_questions(http: httpx2.AsyncClient, body: dict[str, Any], code: str) -> None:
    answer = await http.post("/indexes/i/search", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == {"message", "code", "type", "link"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"title": "x", **NONE}, "missing_document_id"),
        ({"id": "a b", **NONE}, "invalid_document_id"),
        ({"id": 3}, "vector_embedding_error"),
        ({"id": 3, "_vectors": {"m": [1, 2, 3]}}, "invalid_vector_dimensions"),
        ({"id": 3, "_vectors": {"m": {"embeddings": [1, 2]}}}, "invalid_vectors_type"),
    ],
)
async def test_fails_tasks_of_documents(
    http: httpx2.AsyncClient, row: dict[str, Any], code: str
) -> None:
    good = {"id": 9, **NONE}
    task = await done(http, await http.post("/indexes/i/documents", json=[good, row]))
    assert (task["status"], task["error"]["code"]) == ("failed", code)
    count = (await http.get("/indexes/i/stats")).json()["numberOfDocuments"]
    assert count == 2  # all or none


@pytest.mark.parametrize(
    ("key", "method", "path", "status"),
    [
        ("", "GET", "/indexes", 401),
        ("nobody", "GET", "/indexes", 403),
        (SEARCH, "GET", "/indexes", 403),
        (SEARCH, "POST", "/indexes/i/documents", 403),
        (SEARCH, "POST", "/swap-indexes", 403),
        (SEARCH, "POST", "/indexes/i/search", 200),
        (ADMIN, "GET", "/keys", 403),
        (MASTER, "GET", "/keys", 200),
        ("", "GET", "/health", 200),
    ],
)
async def test_keys_open_what_they_are_for(
    http: httpx2.AsyncClient, key: str, method: str, path: str, status: int
) -> None:
    http.headers.pop("Authorization")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body: dict[str, Any] | None = {} if method == "POST" else None
    answer = await http.request(method, path, headers=headers, json=body)
    assert answer.status_code == status


async def test_routes_that_are_odd_are_refused(http: httpx2.AsyncClient) -> None:
    for path, body, code in [
        ("/indexes/none/search", {}, "index_not_found"),
        ("/indexes/i/facet-search", {}, "facet_search_disabled"),
        ("/indexes/i/similar", {"id": 1, "embedder": "m"}, "not_found_similar_id"),
        ("/indexes/i/similar", {"id": "http://x", "embedder": "m"}, "invalid_similar_id"),
        ("/indexes/i/similar", {"id": 2}, "missing_similar_embedder"),
        ("/indexes/i/documents/fetch", {"id": 1}, "bad_request"),
        ("/multi-search", {"queries": [{"q": ""}]}, "missing_index_uid"),
        ("/swap-indexes", [{"indexes": ["i", "i"]}], "invalid_swap_duplicate_index_found"),
        ("/swap-indexes", [{"indexes": ["i"]}], "invalid_swap_indexes"),
    ]:
        assert (await http.post(path, json=body)).json()["code"] == code
    task = await done(http, await http.post("/swap-indexes", json=[{"indexes": ["i", "j"]}]))
    assert (task["status"], task["error"]["code"]) == ("failed", "index_not_found")
    raw = await http.post("/multi-search", content=b"{", headers={"Content-Type": "text/plain"})
    assert raw.status_code == 415


async def test_matches_words_and_not_their_insides(http: httpx2.AsyncClient) -> None:
    for query, expected in [("高炉 电池", [1]), ("电", [2, 1]), ("电 ", []), ('"炉 电池"', []),
                            ("电池 -高炉", [2])]:  # fmt: skip
        body = {"q": query, "matchingStrategy": "all"}
        hits = (await http.post("/indexes/i/search", json=body)).json()["hits"]
        assert sorted(hit["id"] for hit in hits) == sorted(expected), query


async def test_who_leaves_in_the_middle_of_a_question_is_no_fault_of_the_server(
    server: FakeMeilisearch, http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    server.state.requests.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST /multi-search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SEARCH}\r\n"
    body = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    writer.write((head + body).encode())
    await writer.drain()
    while not server.state.requests:
        await asyncio.sleep(0.01)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)
    assert (await http.get("/health")).status_code == 200
    assert "Exception in ASGI application" not in caplog.text
