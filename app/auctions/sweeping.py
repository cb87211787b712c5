"""One lot of a sweep that cannot be moved holds up no other."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from app.core.db import is_lost
from app.core.metrics import SWEEPS_FAILED
from app.core.tx import UnitOfWork, is_retryable

log = logging.getLogger("market.auctions")


@asynccontextmanager
async def alone(uow: UnitOfWork, *, sweep: str, lot: str) -> AsyncIterator[None]:
    """Move one lot in a savepoint of its own: what fails is undone, counted and logged.

    What concerns the whole transaction (a database that is away, a deadlock) goes on to the caller.
    """
    try:
        async with uow.part():
            yield
    except Exception as error:
        if is_lost(error) or (isinstance(error, DBAPIError) and is_retryable(error)):
            raise
        SWEEPS_FAILED.labels(sweep=sweep).inc()
        log.exception("a lot could not be moved", extra={"lot": lot})
