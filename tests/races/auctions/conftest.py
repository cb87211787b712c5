"""A market of its own with real commits, and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auctions import bidding
from app.core.tx import Tx
from tests import databases
from tests.world import World

Advance = Callable[[float], Awaitable[None]]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rivals on a slow machine may wait longer for the lot than the market lets them."""
    monkeypatch.setattr(bidding, "LONGEST_WAIT", [timedelta(seconds=30)])


@pytest.fixture
def real_world(real_tx: Tx) -> World:
    return World(real_tx)


@pytest.fixture
async def owner(real_database: str) -> AsyncIterator[AsyncEngine]:
    engine = databases.connect(real_database, role=None, pool=4)
    yield engine
    await engine.dispose()


@pytest.fixture
def advance(owner: AsyncEngine) -> Advance:
    """Moves the market's clock for everybody, committed."""

    async def move(seconds: float) -> None:
        async with owner.begin() as connection:
            await connection.execute(
                text("UPDATE market_clock SET offset_by = offset_by + :by"),
                {"by": timedelta(seconds=seconds)},
            )

    return move


@asynccontextmanager
async def holding(engine: AsyncEngine, lot_id: UUID) -> AsyncIterator[None]:
    """A rival that holds the lot's row for as long as the block lasts."""
    async with engine.begin() as rival:
        await rival.execute(text("SELECT 1 FROM lot WHERE id = :id FOR UPDATE"), {"id": lot_id})
        yield


async def until_waiting(engine: AsyncEngine, count: int) -> None:
    """Return when so many sessions wait for a lock of this database."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(30), engine.connect() as connection:
        while (await connection.execute(query)).scalar_one() < count:
            await connection.rollback()
