"""Rivals of one thing: calls run at once, and the wait until they meet at its lock."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import text

from app.core.errors import DomainError
from tests import databases


async def together(*calls: Any) -> tuple[list[Any], list[DomainError]]:
    """Run calls at once; what they gave, and how they were refused."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    refused = [result for result in results if isinstance(result, DomainError)]
    return [result for result in results if result not in refused], refused


async def wait_for_waiters(database: str, count: int) -> None:
    """Until so many connections of this database wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    engine = databases.connect(database, role=None)  # why: the serving role may not see waits
    try:
        for _ in range(500):
            async with engine.connect() as connection:
                if await connection.scalar(query) == count:
                    return
            await asyncio.sleep(0.01)
        raise AssertionError("the rivals never met at the lock")
    finally:
        await engine.dispose()
