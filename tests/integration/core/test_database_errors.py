"""What a reader is told when the database cannot be asked, or cannot store what was typed."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx2
import pytest
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.tx import Tx
from tests.world import World


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError(111, "refused"),
        FileNotFoundError(2, "no socket while the server starts again"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("too many clients"),
        asyncpg.InterfaceError("connection is closed"),
        InterfaceError("SELECT 1", {}, Exception("gone"), connection_invalidated=True),
        PoolTimeout("no connection in time"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_database_that_is_away_is_503_and_may_be_tried_again(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(Tx, "run", fail)
    page = await client.get("/lots")
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert page.headers["content-type"].startswith("text/html")
    problem = await client.get("/api/v1/lots")
    assert (problem.status_code, problem.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("path", ["/lots/%00", "/lots/rules/%00", "/deals/%00", "/api/v1/lots/%00"])
async def test_a_name_that_no_database_stores_names_nothing(
    client: httpx2.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 404


async def test_content_that_no_database_stores_is_invalid(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.logged_in_client(client, (await world.organisation()).head)
    body = {
        "offer_number": "\0",
        "start_minor": 1,
        "step_minor": 1,
        "free_ends_at": "2099-01-01T00:00:00Z",
        "window_s": 300,
    }
    answer = await client.post("/api/v1/lots", json=body, headers={"Idempotency-Key": "k" * 8})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_any_other_fault_of_the_database_is_ours(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise asyncpg.UndefinedColumnError("no such column")

    monkeypatch.setattr(Tx, "run", fail)
    assert (await client.get("/api/v1/lots")).status_code == 500


async def test_a_file_that_is_missing_is_ours(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise FileNotFoundError(2, "gone", "content")

    monkeypatch.setattr(Tx, "run", fail)
    assert (await client.get("/api/v1/lots")).status_code == 500
