"""The transaction boundary: one verb, one transaction, committed before we answer.

The only module that begins or commits (an architecture test looks for others).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.clock import read_now
from app.core.facts import FACT_JOB, Fact, FactRow
from app.core.ids import new_id
from app.core.jobs import enqueue
from app.core.metrics import RETRIED
from app.core.sealing import Sealer

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 4
_SERIALISATION_FAILURE, _DEADLOCK, _UNIQUE_VIOLATION = "40001", "40P01", "23505"


def is_retryable(error: DBAPIError) -> bool:
    """Deadlocks, serialisation failures, and a key submitted twice, which will find its twin."""
    cause = getattr(error.orig, "__cause__", None)
    state = getattr(cause, "sqlstate", None)
    constraint = getattr(cause, "constraint_name", None) or ""
    return state in {_SERIALISATION_FAILURE, _DEADLOCK} or (
        state == _UNIQUE_VIOLATION and constraint.endswith("idempotency_key")
    )


@dataclass
class UnitOfWork:
    """What a verb may touch: the session, the clock, the facts and the job queue.

    ``sealer`` is for the one room function that opens a sale's secrets; None in a process that was
    given no secret key.
    """

    session: AsyncSession
    now: datetime
    sealer: Sealer | None = field(default=None, repr=False)
    _facts: list[Fact] = field(default_factory=list)
    _counts: list[Counter] = field(default_factory=list)

    async def stamp(self) -> datetime:
        """Read the market's clock again. Call it after the lock that decides the order."""
        return await read_now(self.session)

    def record(self, fact: Fact) -> None:
        """Announce what happened; stored and delivered only if this transaction commits."""
        self._facts.append(fact)

    def count(self, counter: Counter) -> None:
        """Add one to a counter (``core.metrics``), only if this transaction commits."""
        self._counts.append(counter)

    async def enqueue(self, job: str, payload: dict[str, Any]) -> None:
        """Ask the worker for something outside the database; at least once, after the commit."""
        await enqueue(self.session, job, [payload])

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part of the verb that fails alone: what it wrote, announced and counted is undone, the
        error goes on to the caller, and the rest of the transaction stands."""
        facts, counts = len(self._facts), len(self._counts)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self._facts[facts:]
            del self._counts[counts:]
            raise

    async def write_facts(self) -> None:
        """Store the facts with one delivery job each. Called by Tx, last before the commit."""
        if not self._facts:
            return
        rows = [
            FactRow(id=new_id(), topic=f.topic, payload=f.payload(), occurred_at=self.now)
            for f in self._facts
        ]
        self.session.add_all(rows)
        await self.session.flush()
        await enqueue(self.session, FACT_JOB, [{"fact_id": str(row.id)} for row in rows])
        self._facts.clear()

    def take_counts(self) -> list[Counter]:
        """What the verb counted. Called by Tx, after the commit."""
        counts, self._counts = self._counts, []
        return counts


class Tx:
    """Runs one verb in one transaction, committed before the caller can answer."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], sealer: Sealer | None = None
    ) -> None:
        self.sessions, self.sealer = sessions, sealer

    async def run(
        self,
        verb: Callable[Concatenate[UnitOfWork, P], Awaitable[R]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run the verb; repeat it only for what ``is_retryable`` allows, at most four times."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.sessions.begin() as session:
                    uow = UnitOfWork(session, await read_now(session), self.sealer)
                    result = await verb(uow, *args, **kwargs)
                    await uow.write_facts()
                for counter in uow.take_counts():
                    counter.inc()
                return result
            except DBAPIError as error:
                if attempt == ATTEMPTS or not is_retryable(error):
                    raise
                RETRIED.inc()
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
        raise AssertionError("unreachable")
