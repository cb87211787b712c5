"""Counting what is new: one bounded question to the engine for each search, and no more of them
than a page has time for.

Not a verb: an engine may be another process, so no transaction waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from app.searches.types import Counted, SavedSearch
from search.bounds import TooCostly
from search.types import Count, SearchRequest, SearchResult, Sort

BUDGET_S: Final = 0.8  # what a page may spend on all its counts


class Engine(Protocol):
    """What answers questions: for a page ``search.finder.Finder``, so a count is what following it
    shows. For news PostgreSQL alone, which has all that was published up to the instant that is
    told; another engine may still be on its way there."""

    async def search(self, request: SearchRequest) -> SearchResult:
        """Answer a question."""


def ask_new(question: SearchRequest, since: datetime) -> SearchRequest:
    """The same question for what came after an instant, as cheap as it gets: by words alone, all of
    them, without facets, in an order that needs no ranking."""
    return replace(
        question,
        published_after=since,
        strict=True,
        semantic=0.0,
        sort=Sort.newest,
        after=None,
        limit=1,
        facet_values=0,
    )


async def count_since(engine: Engine, question: SearchRequest, since: datetime) -> Count:
    """How much is new; the engine stops at its cap."""
    return (await engine.search(ask_new(question, since))).total


async def try_count(engine: Engine, question: SearchRequest, since: datetime) -> Count | None:
    """The same for a page; None when it would take too long."""
    try:
        return await count_since(engine, question, since)
    except TooCostly:
        return None


async def count_new(
    engine: Engine, searches: Iterable[SavedSearch], *, budget_s: float = BUDGET_S
) -> dict[UUID, Counted]:
    """Count those that are due, in order; none is begun after the time is up, so what is left is
    missing here. The next page goes on: what was counted and kept is not due then."""
    counts: dict[UUID, Counted] = {}
    begun = time.monotonic()
    for one in searches:
        # why not a timeout: a question that is broken off costs its connection
        if time.monotonic() - begun >= budget_s:
            break
        new = await try_count(engine, one.question, one.looked_at) if one.due else None
        if new is not None:
            counts[one.id] = Counted(one.looked_at, new)
    return counts
