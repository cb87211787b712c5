"""Lets followers take what is due: a batch at a time, without holding a lock on any of it."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from app.core.db import is_lost
from app.core.metrics import SEARCH_TAKEN
from app.core.tx import Tx, UnitOfWork
from search.following import queries
from search.following.types import Change, Follower, Key
from search.index import EngineDown, EngineRefused

log = logging.getLogger("market.search")

RESTS_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""How long a follower is left alone after a fault; the last one repeats."""

DELAYS_S: Final = (10.0, 60.0, 300.0, 1800.0)
"""When a refused document is tried again; after the last it is given up."""

PATIENCE_S: Final = 120.0
"""No follower takes longer for a batch; one that does is away."""

MOST_REFUSED: Final = 16
"""So many refused and none taken: the follower is at fault, and not the documents."""


@dataclass(slots=True)
class _Outcome:
    """What became of a batch. What is in none of these was not tried."""

    taken: list[Change] = field(default_factory=list)
    refused: dict[Change, str] = field(default_factory=dict)
    fault: str = ""
    again: set[Key] = field(default_factory=set)


async def drain(tx: Tx, follower: Follower, engines: Collection[str] = ()) -> int:
    """Let a follower take one batch of what is due; returns how many documents moved on.

    0: nothing is due, it rests, it is away, or another worker is at it. ``engines`` are told of
    what the follower answers. Raises for a fault of the database alone.
    """
    return await tx.run(_drain, tx, follower, engines)


async def _drain(uow: UnitOfWork, tx: Tx, follower: Follower, engines: Collection[str]) -> int:
    # why a transaction around others: it holds nothing but the right to drain, which goes with the
    # connection of a killed worker; it writes nothing, and so keeps nobody waiting
    name = follower.name
    if not await queries.is_awake(uow, name) or not await queries.lock_drain(uow, name):
        return 0
    due = await queries.list_due(uow, name, follower.batch)
    if not due:
        return 0
    outcome = await _offer(follower, due)
    await tx.run(_settle, name, outcome, engines)
    _count(name, outcome)
    return len(outcome.taken) + len(outcome.refused)


async def _offer(follower: Follower, due: list[Change]) -> _Outcome:
    """Hand over a batch; halve what is refused until the guilty document stands alone."""
    outcome = _Outcome()
    parts = [due]
    while parts:
        part = parts.pop()
        try:
            async with asyncio.timeout(PATIENCE_S):
                outcome.again.update(await follower.take([change.key for change in part]))
        except (EngineDown, TimeoutError) as error:
            outcome.fault = str(error) or "no answer in time"
            break
        except Exception as error:
            if is_lost(error):
                raise
            reason = _reason(error)
            if len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
                continue
            outcome.refused[part[0]] = reason
            if len(outcome.refused) >= MOST_REFUSED and not outcome.taken:
                outcome.fault = reason
                break
        else:
            outcome.taken += part
    return outcome


def _reason(error: Exception) -> str:
    """A refusal in the follower's own words; a fault of ours is logged whole."""
    if isinstance(error, EngineRefused):
        return str(error)
    log.error("a follower failed", exc_info=error)
    return type(error).__name__


async def _settle(uow: UnitOfWork, name: str, outcome: _Outcome, engines: Collection[str]) -> None:
    """Write down what became of a batch."""
    if outcome.taken:
        await queries.finish(uow, name, outcome.taken)
    if outcome.refused:
        await queries.refuse(uow, name, outcome.refused, DELAYS_S)
    await queries.enqueue(uow, engines, outcome.again)
    if outcome.fault:
        await queries.rest(uow, name, outcome.fault, RESTS_S)
    else:
        await queries.wake(uow, name)


def _count(name: str, outcome: _Outcome) -> None:
    SEARCH_TAKEN.labels(follower=name, outcome="taken").inc(len(outcome.taken))
    SEARCH_TAKEN.labels(follower=name, outcome="refused").inc(len(outcome.refused))
    if outcome.fault:
        SEARCH_TAKEN.labels(follower=name, outcome="away").inc()
        log.warning("a follower is away: %s", outcome.fault, extra={"follower": name})
    for change, reason in outcome.refused.items():
        log.warning(
            "a document was refused: %s",
            reason,
            extra={"follower": name, "kind": change.kind, "id": str(change.id)},
        )
