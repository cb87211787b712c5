"""The command ``market reindex`` itself, on a database and an engine of its own."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest
import typer
from rich.console import Console
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app import search_cli, terminal
from app.core.db import make_sessions
from app.core.tx import Tx, UnitOfWork
from app.searching import ENGINE
from search.documents import Kind
from search.following import queries
from search.following.registering import register
from tests import databases
from tests.conftest import TEST_SECRET
from tests.contract.meili.app import ADMIN, SEARCH
from tests.contract.meili.server import FakeMeilisearch
from tests.following import make, write
from tests.world import World

R = TypeVar("R")


class Market:
    """The command on a market of its own, and what it printed."""

    def __init__(self, database: str, environment: dict[str, str], printed: io.StringIO) -> None:
        self.database, self.environment, self.printed = database, environment, printed
        self.app = typer.Typer()
        search_cli.add_search(self.app)

    def run(self, work: Callable[[Tx], Awaitable[R]]) -> R:
        """Some work on its database."""

        async def connected() -> R:
            engine = databases.connect(self.database, role="market_app")
            try:
                return await work(Tx(make_sessions(engine)))
            finally:
                await engine.dispose()

        return asyncio.run(connected())

    def call(self, *arguments: str) -> Result:
        """The command; ``printed`` holds what it says this time."""
        self.printed.seek(0)
        self.printed.truncate()
        return CliRunner().invoke(self.app, list(arguments), env=self.environment)

    @property
    def told(self) -> str:
        """What it said."""
        return self.printed.getvalue()

    def waiting(self) -> int:
        """How many documents wait for the engine."""
        (found,) = self.run(lambda tx: tx.run(queries.list_standings))
        return found.waiting


@pytest.fixture
def market(real_database: str, meili: FakeMeilisearch, monkeypatch: pytest.MonkeyPatch) -> Market:
    """A market with an achievement and its offer, and an engine that was not filled yet."""
    printed = io.StringIO()
    for module in (terminal, search_cli):
        monkeypatch.setattr(module, "console", Console(file=printed, width=120, highlight=False))
    address = databases.server_url(real_database).render_as_string(hide_password=False)
    market = Market(
        real_database,
        {
            "MARKET_MODE": "test",
            "MARKET_SECRET_KEY": TEST_SECRET,
            "MARKET_DATABASE_URL": address,
            "MARKET_OWNER_DATABASE_URL": address,
            "MARKET_EMBEDDING": "none",
            "MARKET_MEILI_URL": meili.url,
            "MARKET_MEILI_ADMIN_KEY": ADMIN,
            "MARKET_MEILI_SEARCH_KEY": SEARCH,
        },
        printed,
    )

    async def found(tx: Tx) -> None:
        world = World(tx)
        seller = await world.organisation()
        await world.offer(seller)
        await register(tx, ENGINE)

    market.run(found)
    return market


def versions(meili: FakeMeilisearch) -> dict[tuple[str, UUID], int]:
    """What the engine answers with."""
    held = meili.state.indexes["market"].documents.values()
    return {(one["kind"], UUID(one["uuid"])): int(one["version"]) for one in held}


def indexed(market: Market) -> dict[tuple[str, UUID], int]:
    """What the index in the database holds."""

    async def read(uow: UnitOfWork) -> dict[tuple[str, UUID], int]:
        rows = await uow.session.execute(text("SELECT kind, id, version FROM search_document"))
        return {(row.kind, row.id): row.version for row in rows}

    return market.run(lambda tx: tx.run(read))


def test_a_rebuild_replaces_the_engines_index_and_says_how_far_it_is(
    market: Market, meili: FakeMeilisearch
) -> None:
    first = market.call("--rebuild")
    assert (first.exit_code, market.told.count("Meilisearch 索引已重建并替换。")) == (0, 1)
    (bar,) = [line for line in market.told.splitlines() if line.startswith("Meilisearch ━")]
    assert "2/2" in bar
    assert versions(meili) == indexed(market)
    assert len(versions(meili)) == 2
    meili.state.indexes["market-of-a-killed-rebuild"] = meili.state.indexes["market"]
    meili.state.indexes["market"].documents.clear()
    assert market.call("--rebuild").exit_code == 0
    assert list(meili.state.indexes) == ["market"]
    assert versions(meili) == indexed(market)


def test_a_check_ends_with_1_for_a_drift_and_changes_nothing(market: Market) -> None:
    market.run(lambda tx: write(tx, make(1, title="没有这个需求")))
    found = market.call("--check")
    assert found.exit_code == 1
    assert "需求：缺少 0，内容不符 0，多余 1。" in market.told
    assert "有 1 条不符，去掉 --check 再运行即可修复" in market.told
    assert len(indexed(market)) == 3
    assert market.call("--check").exit_code == 1

    mended = market.call("--rebuild")
    assert mended.exit_code == 0
    assert "需求：缺少 0，内容不符 0，多余 1，已修复。" in market.told
    assert "修复 1 条" in market.told
    assert len(indexed(market)) == 2
    well = market.call("--check")
    assert well.exit_code == 0
    assert "核对 2 条，与业务数据一致" in market.told


def test_what_the_engine_lost_waits_for_the_worker(market: Market, meili: FakeMeilisearch) -> None:
    market.call("--rebuild")
    market.run(lambda tx: tx.run(forget_queue))
    assert market.call().exit_code == 0
    assert "Meilisearch 与索引一致。" in market.told
    lost = next(iter(meili.state.indexes["market"].documents))
    del meili.state.indexes["market"].documents[lost]
    assert market.call().exit_code == 0
    assert "Meilisearch 有 1 条与索引不符，已排队，由后台进程处理。" in market.told
    assert "还有 1 条等待后台进程送到 meilisearch。" in market.told
    assert market.waiting() == 1


async def forget_queue(uow: UnitOfWork) -> None:
    await uow.session.execute(text("DELETE FROM search_change"))


def test_an_engine_that_is_away_or_fails_is_said_with_status_1(
    market: Market, meili: FakeMeilisearch
) -> None:
    market.call("--rebuild")
    meili.state.fail_task("indexSwap", "no_space_left_on_device", "system")
    full = market.call("--rebuild")
    assert full.exit_code == 1
    assert "Meilisearch 没有完成：" in market.told
    assert "no_space_left_on_device" in market.told
    assert "已重建" not in market.told
    assert list(meili.state.indexes) == ["market"]
    with meili.away():
        assert market.call("--rebuild").exit_code == 1
        assert "Meilisearch 没有完成：" in market.told
    assert market.call("--rebuild").exit_code == 0


def test_what_was_given_up_is_queued_again(market: Market) -> None:
    async def give_up(uow: UnitOfWork) -> None:
        await uow.session.execute(text("UPDATE search_change SET dead_at = market_now()"))

    (offer, *_) = indexed(market)
    market.run(lambda tx: tx.run(queries.enqueue, [ENGINE], [offer]))
    market.run(lambda tx: tx.run(give_up))
    assert market.call("--check").exit_code == 0
    assert "meilisearch 有 1 条多次被拒绝而搁置" in market.told
    assert market.call("--retry-dead").exit_code == 0
    assert "1 个文档已重新排队，由后台进程处理。" in market.told
    assert market.waiting() == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--check", "--rebuild"), "--check 只核对"),
        (("--check", "--retry-dead"), "--check 只核对"),
        (("--kind", Kind.notice.value), "没有可以搜索的内容"),
    ],
)
def test_what_cannot_be_is_refused(market: Market, arguments: tuple[str, ...], said: str) -> None:
    result = market.call(*arguments)
    assert result.exit_code == 1
    assert said in market.told


def test_without_an_engine_there_is_nothing_to_rebuild(market: Market) -> None:
    market.environment |= {
        "MARKET_MEILI_URL": "",
        "MARKET_MEILI_ADMIN_KEY": "",
        "MARKET_MEILI_SEARCH_KEY": "",
    }
    assert market.call("--rebuild").exit_code == 1
    assert "不需要 --rebuild" in market.told
