"""`/readyz` and `/metrics`: what a balancer and Prometheus learn, and what a stranger does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from app.accounts.types import Role
from app.core.db import make_engine, make_sessions
from app.core.settings import Mode, Settings
from app.core.signs import SignOf, give_sign, read_signs
from app.core.tx import Tx
from app.main import create_app
from app.operations import queries, service
from app.operations.types import Machine, RoleFacts, State
from search.following import queries as followers
from search.following.registering import register
from tests.world import World

TOKEN = "figures-of-the-market"
KEY = "Vq3xN7sJ0wLr5bYt9KdZ2mPf8hCg4eXu6aRn1oTi"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
AWAY = "postgresql+asyncpg://market_app@127.0.0.1:1/market"


def production(metrics_token: str = "") -> Settings:
    return Settings(
        mode=Mode.production,
        secret_key=KEY,
        public_url="https://market.test",
        database_url=AWAY,
        owner_database_url=AWAY,
        metrics_token=metrics_token,
    )


def browser(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="https://market.test")


@pytest.fixture
async def serious(tx: Tx) -> AsyncIterator[httpx2.AsyncClient]:
    """A market in production with a token for its figures."""
    async with browser(create_app(production(metrics_token=TOKEN), tx=tx)) as opened:
        yield opened


async def test_a_stranger_learns_whether_it_serves_and_nothing_else(
    serious: httpx2.AsyncClient,
) -> None:
    answer = await serious.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    for wrong in ("Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer "):
        again = await serious.get("/readyz", headers={"Authorization": wrong})
        assert again.json() == {"status": "ready"}


async def test_the_token_and_the_administrator_see_every_point(
    serious: httpx2.AsyncClient, client: httpx2.AsyncClient, world: World
) -> None:
    told = (await serious.get("/readyz", headers=BEARER)).json()
    assert told["checks"]["schema"]["state"] == "ok"
    assert told["checks"]["worker"]["state"] == "bad"
    assert told["checks"]["mail"]["state"] == "bad"
    assert not told["checks"]["worker"]["stops"]
    await world.logged_in_client(client, await world.person(platform={Role.administrator}))
    assert "checks" in (await client.get("/readyz")).json()


async def test_every_fault_of_search_is_told_in_the_readers_language(
    serious: httpx2.AsyncClient, tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "is_encoder_missing", lambda _: True)
    await register(tx, "meilisearch")
    await tx.run(followers.rest, "meilisearch", "no answer", [60.0])
    answer = await serious.get("/readyz", headers=BEARER)
    search = answer.json()["checks"]["search"]
    assert (answer.status_code, search["state"], search["stops"]) == (200, "warn", False)
    assert "没有安装 MARKET_EMBEDDING=bundled 的编码器" in search["found"]
    assert search["lines"] == ["Meilisearch暂停更新：no answer"]
    english = await serious.get("/readyz", headers={**BEARER, "Accept-Language": "en"})
    told = english.json()["checks"]["search"]
    assert "is not installed, so search goes by words alone" in told["found"]
    assert told["lines"] == ["Meilisearch takes no changes: no answer"]


async def test_a_database_away_is_503_and_says_no_more() -> None:
    engine = make_engine(AWAY)
    app = create_app(production(metrics_token=TOKEN), tx=Tx(make_sessions(engine)))
    async with browser(app) as away:
        answer = await away.get("/readyz", headers={"Cookie": "session=whoever"})
        assert (answer.status_code, answer.json()) == (503, {"status": "unready"})
        known = await away.get("/readyz", headers=BEARER)
        assert known.json()["checks"]["database"]["state"] == "bad"
        figures = await away.get("/metrics", headers=BEARER)
        assert "market_database_up 0.0" in figures.text
        assert (await away.get("/healthz")).status_code == 200
    await engine.dispose()


async def test_figures_are_for_the_holder_of_the_token(serious: httpx2.AsyncClient, tx: Tx) -> None:
    assert (await serious.get("/metrics")).status_code == 401
    assert (await serious.get("/metrics", headers={"Authorization": "Bearer x"})).status_code == 401
    await tx.run(give_sign, of=SignOf.worker)
    answer = await serious.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    for name in (
        "market_http_requests_total",
        "market_http_request_seconds_bucket",
        "market_db_connections_in_use",
        "market_transactions_retried_total",
        "market_sweep_lag_seconds",
        "market_database_up 1.0",
        "market_disk_free_bytes",
        'market_sign_age_seconds{of="worker"}',
    ):
        assert name in answer.text, name


async def test_without_a_token_a_market_in_production_shows_no_figures(tx: Tx) -> None:
    async with browser(create_app(production(), tx=tx)) as closed:
        assert (await closed.get("/metrics")).status_code == 404


async def test_a_schema_of_another_revision_stops_service(tx: Tx, settings: Settings) -> None:
    report = await service.check_ready(tx, Machine(settings, "9999"))
    assert not report.ready
    assert [(p.key, p.state) for p in report.points] == [("schema", State.bad)]


async def test_signs_are_overwritten(tx: Tx) -> None:
    await tx.run(give_sign, of=SignOf.backup, facts={"bytes": 1})
    await tx.run(give_sign, of=SignOf.backup, facts={"bytes": 2})
    signs = await tx.run(read_signs)
    assert signs[SignOf.backup].facts == {"bytes": 2}


async def test_the_serving_role_is_as_weak_as_it_should_be(tx: Tx) -> None:
    role = await tx.run(queries.get_role)
    assert role == RoleFacts("market_app", False, False, False, False)


async def test_every_table_of_rules_is_found_by_its_columns(tx: Tx) -> None:
    tables = await tx.run(queries.list_dated_tables)
    assert {"exclusion_rule", "rulebook"} <= set(tables)
    rows = await tx.run(queries.count_unread, table="rulebook")
    assert rows.unread + rows.ours > 0
