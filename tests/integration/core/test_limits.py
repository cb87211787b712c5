"""The limit on the wire: 429 with Retry-After, for pages and for the API, and no more work done."""

import httpx2
from httpx2 import ASGITransport

from app.core.settings import Settings
from app.core.tx import Tx
from app.main import create_app


def from_address(settings: Settings, tx: Tx, address: str, most: int) -> httpx2.AsyncClient:
    app = create_app(settings.model_copy(update={"requests_per_minute": most}), tx=tx)
    transport = ASGITransport(app=app, client=(address, 4711))
    return httpx2.AsyncClient(transport=transport, base_url=settings.public_url)


async def test_an_address_that_asks_too_often_is_told_to_wait(settings: Settings, tx: Tx) -> None:
    async with from_address(settings, tx, "203.0.113.9", 2) as client:
        answers = [await client.get("/api/v1/achievements") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == "too-many"
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        page = await client.get("/help")
        assert page.status_code == 429
        assert "操作过于频繁" in page.text
        assert (await client.get("/healthz")).status_code == 200


async def test_the_machine_itself_is_not_counted(settings: Settings, tx: Tx) -> None:
    async with from_address(settings, tx, "127.0.0.1", 1) as client:
        assert {(await client.get("/help")).status_code for _ in range(3)} == {200}


async def test_no_limit_is_no_limit(settings: Settings, tx: Tx) -> None:
    async with from_address(settings, tx, "203.0.113.9", 0) as client:
        assert {(await client.get("/help")).status_code for _ in range(3)} == {200}
