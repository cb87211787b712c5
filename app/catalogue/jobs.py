"""Timed work: offers whose six months are over end, views older than a year go; and the writing of
views that a web process has counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.catalogue.service import (
    ViewCounter,
    add_views,
    sweep_expired_offers,
    sweep_old_views,
)
from app.core.tx import Tx

__all__ = ["sweep_expired_offers", "sweep_old_views", "write_views", "writing_views"]

log = logging.getLogger("market.views")
WRITE_EVERY_S = 5


@asynccontextmanager
async def writing_views(counter: ViewCounter, tx: Tx) -> AsyncIterator[None]:
    """While a web process lives, write its counts every few seconds, and once more at the end."""
    task = asyncio.create_task(_write_forever(counter, tx))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await _survive(counter, tx)


async def write_views(counter: ViewCounter, tx: Tx) -> None:
    """Write what was counted; what could not be written is counted again."""
    taken = counter.take()
    if not taken:
        return
    try:
        await tx.run(add_views, seen=taken)
    except BaseException:
        counter.put_back(taken)
        raise


async def _write_forever(counter: ViewCounter, tx: Tx) -> None:
    while True:
        await asyncio.sleep(WRITE_EVERY_S)
        await _survive(counter, tx)


async def _survive(counter: ViewCounter, tx: Tx) -> None:
    """A database that is away must not end the counting."""
    try:
        await write_views(counter, tx)
    except Exception:
        log.exception("views not written yet")
