"""One lot with a deposit and those who may pay it, built once; each test is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker

from app.core.actor import Actor
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx
from tests.conftest import TEST_SECRET
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale


@dataclass(frozen=True, slots=True)
class Stage:
    """A running lot that asks for a deposit, who can pay one, and two operators."""

    sale: Sale
    payers: list[tuple[Org, str]]  # with the number of its verified account; none has applied
    operators: list[Actor]


@pytest.fixture(scope="package")
async def stage_connection(serving_engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """The connection of all tests here, with the stage on it."""
    async with serving_engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()


@pytest.fixture(scope="package")
async def stage(stage_connection: AsyncConnection, settings: Settings) -> Stage:
    """Built once for the package."""
    sessions = async_sessionmaker(
        bind=stage_connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
    )
    world = World(Tx(sessions, Sealer(TEST_SECRET)), settings.files_dir)
    await world.beat()
    sale = await world.lot_with_deposit()
    orgs = [await world.organisation() for _ in range(3)]
    payers = [(org, await world.bank_account(org)) for org in orgs]
    return Stage(sale, payers, [await world.operator(), await world.operator()])


@pytest.fixture
async def connection(
    stage_connection: AsyncConnection, stage: Stage
) -> AsyncIterator[AsyncConnection]:
    """The stage as it was built, whatever the test before has done."""
    savepoint = await stage_connection.begin_nested()
    yield stage_connection
    await savepoint.rollback()
