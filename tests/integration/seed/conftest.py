"""One seeded database for all tests here; each test rolls its own changes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import make_sessions
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.seed.market import ensure_demo
from tests import databases

DEMO = Settings(mode=Mode.demo)


@dataclass(frozen=True)
class Seeded:
    """A database and what the first and the second seeding said."""

    database: str
    first: bool
    second: bool


async def _seed_twice(database: str) -> Seeded:
    engine = databases.connect(database, role="market_app")
    tx = Tx(make_sessions(engine), Sealer(DEMO.secret_key))
    try:
        return Seeded(database, await ensure_demo(tx, DEMO), await ensure_demo(tx, DEMO))
    finally:
        await engine.dispose()


@pytest.fixture(scope="package")
def seeded(template: str) -> Iterator[Seeded]:
    """The demonstration, seeded with real commits."""
    cloning = databases.clone(template)
    with asyncio.Runner() as runner:
        database = runner.run(cloning.__aenter__())
        yield runner.run(_seed_twice(database))
        runner.run(cloning.__aexit__(None, None, None))


@pytest.fixture
async def connection(seeded: Seeded) -> AsyncIterator[AsyncConnection]:
    """One connection to the seeded database whose outer transaction is rolled back."""
    engine = databases.connect(seeded.database, role="market_app")
    async with engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()
    await engine.dispose()
