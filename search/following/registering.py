"""Who follows: a follower begins, is filled with what was there before, and ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import DBAPIError

from app.core.tx import Tx, UnitOfWork
from search.following import queries

log = logging.getLogger("market.search")

CHUNK: Final = 2_000
PATIENCE: Final = timedelta(seconds=2)
"""How long writers may be kept waiting behind us, when a long transaction keeps us waiting."""

_AGAIN_S: Final = 1.0
_TRIES: Final = 60
_LOCK_NOT_AVAILABLE: Final = "55P03"


class Crowded(Exception):
    """A long transaction wrote to the index all the time; another try may find it ended."""


async def register(tx: Tx, name: str) -> None:
    """Let a follower be told of every change from now on; ``fill`` queues what was there before.

    Once is enough. Raises ``Crowded`` when writers that never end leave it no moment.
    """
    if name not in await tx.run(queries.list_names):
        await _alone(tx, _add, name)
        log.info("follower registered", extra={"follower": name})


async def unregister(tx: Tx, name: str) -> None:
    """Tell a follower no more, and forget its queue. Raises ``Crowded`` as ``register`` does."""
    if name in await tx.run(queries.list_names):
        await _alone(tx, _drop, name)
        log.info("follower unregistered", extra={"follower": name})
    while await tx.run(queries.clear, name, CHUNK):
        pass


async def fill(tx: Tx, name: str, tell: Callable[[int], None] = lambda _: None) -> None:
    """Queue everything that is not queued yet, a chunk a transaction; goes on where it was
    stopped. ``tell`` is called with the size of each chunk."""
    while (queued := await tx.run(_fill, name)) is not None:
        tell(queued)


async def _fill(uow: UnitOfWork, name: str) -> int | None:
    """One chunk; None when there is no more, or another process is at it."""
    place = await queries.lock_filling(uow, name)
    if place is None or place.done:
        return None
    queued = await queries.fill(uow, name, place, CHUNK)
    if queued < CHUNK:
        await queries.end_filling(uow, name)
    return queued


async def _add(uow: UnitOfWork, name: str) -> None:
    await queries.lock_writers_out(uow, PATIENCE)
    await queries.add(uow, name)


async def _drop(uow: UnitOfWork, name: str) -> None:
    await queries.lock_writers_out(uow, PATIENCE)
    await queries.drop(uow, name)


async def _alone(tx: Tx, verb: Callable[[UnitOfWork, str], Awaitable[None]], name: str) -> None:
    """Run a verb that keeps writers out, again and again until it got its moment."""
    for _ in range(_TRIES):
        try:
            await tx.run(verb, name)
        except DBAPIError as error:
            cause = getattr(error.orig, "__cause__", None)
            if getattr(cause, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
            log.warning("a long transaction keeps a follower waiting", extra={"follower": name})
            await asyncio.sleep(_AGAIN_S)
        else:
            return
    raise Crowded("writers of the index left no moment to register a follower")
