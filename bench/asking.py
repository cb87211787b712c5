"""Callers that ask as pages do, in processes of their own, and how long each answer took.

A caller waits for its answer before it asks again. All callers of a process share one event loop
and one processor, as all people do who are served by one web process; what the market does in
Python to ask and to make an answer is part of the time.
"""

import asyncio
import gc
import multiprocessing
import signal
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Barrier
from typing import Final

from app.core.db import make_engine, make_sessions
from app.core.tx import Tx
from bench.mixing import Group, Question
from search import service
from search.bounds import BoundedTx
from search.documents import Kind
from search.postgres import PostgresIndex
from search.types import LARGEST_PAGE, SearchRequest, Sort, Vector

DEEP: Final = 2 * LARGEST_PAGE
"""How many results lie before a page that counts as deep."""


class Way(StrEnum):
    """What is asked."""

    words = "words"  # twenty results by relevance, with facets
    hybrid = "hybrid"  # the same with the meaning of the question
    newest = "newest"  # twenty results by date, with facets
    deep = "deep"  # twenty results by relevance, with facets, after two hundred
    deep_newest = "deep newest"  # the same by date
    suggest = "suggest"  # ways to go on with what was typed
    similar = "similar"  # the five nearest to a document


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked in one go. ``vectors``: the meaning of a question, by its text."""

    url: str
    way: Way
    questions: tuple[Question, ...]
    callers: int = 1
    processes: int = 1
    vectors: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds of each answer by the group of its question, and seconds altogether."""

    seconds: dict[Group, list[float]]
    wall_s: float

    @property
    def all_seconds(self) -> list[float]:
        """Of all groups together."""
        return [one for group in self.seconds.values() for one in group]

    @property
    def a_second(self) -> float:
        """Answers a second of all callers together."""
        return len(self.all_seconds) / self.wall_s


Ask = Callable[[], Awaitable[object]]
Timed = tuple[list[tuple[Group, float]], float, float]
_START: list[Barrier] = []  # of an asking process


def ask(load: Load) -> Answers:
    """Ask all questions of a load, after each process has asked each question once unmeasured."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(load.processes)
    with ProcessPoolExecutor(
        load.processes, context, initializer=_begin, initargs=(barrier,)
    ) as pool:
        parts = list(pool.map(_ask, [_part(load, at) for at in range(load.processes)]))
    seconds: dict[Group, list[float]] = {}
    for timed, _, _ in parts:
        for group, one in timed:
            seconds.setdefault(group, []).append(one)
    wall = max(ended for _, _, ended in parts) - min(began for _, began, _ in parts)
    return Answers(seconds, wall)


def _part(load: Load, at: int) -> Load:
    """What one process of several asks."""
    return replace(
        load,
        questions=load.questions[at :: load.processes],
        callers=max(1, load.callers // load.processes),
    )


def _begin(barrier: Barrier) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _START.append(barrier)
    service.warm_up()


def _ask(load: Load) -> Timed:
    gc.collect()
    gc.freeze()  # as every process of the market does
    try:
        return asyncio.run(_measure(load))
    except BaseException:
        traceback.print_exc()  # the one that waited tells only that it did so in vain
        _START[0].abort()  # or the others would wait for this one for ever
        raise


async def _measure(load: Load) -> Timed:
    engine = make_engine(load.url, pool_size=max(8, load.callers))
    try:
        index = PostgresIndex(BoundedTx(Tx(make_sessions(engine))))
        known: dict[Question, Ask] = {}
        for question in dict.fromkeys(load.questions):
            if (one := await _ready(index, load, question)) is not None:
                known[question] = one
        await asyncio.gather(*(_run(known.values()) for _ in range(load.callers)))
        waiting = iter([(one.group, known[one]) for one in load.questions if one in known])
        timed: list[tuple[Group, float]] = []

        async def call() -> None:
            for group, one in waiting:
                began = time.perf_counter()
                await one()
                timed.append((group, time.perf_counter() - began))

        _START[0].wait()
        began = time.perf_counter()
        await asyncio.gather(*(call() for _ in range(load.callers)))
        return timed, began, time.perf_counter()
    finally:
        await engine.dispose()


async def _run(asks: Iterable[Ask]) -> None:
    for one in asks:
        await one()


async def _ready(index: PostgresIndex, load: Load, question: Question) -> Ask | None:
    """How to ask a question in this way; None when it cannot be."""
    request = question.request()
    vector = load.vectors.get(question.text)
    match load.way:
        case Way.words:
            return lambda: index.search(request)
        case Way.hybrid:
            return (lambda: index.search(request, vector)) if vector else None
        case Way.newest:
            newest = replace(request, sort=Sort.newest)
            return lambda: index.search(newest)
        case Way.deep | Way.deep_newest:
            sort = Sort.relevance if load.way is Way.deep else Sort.newest
            deep = await _go_deep(index, replace(request, sort=sort))
            return (lambda: index.search(deep)) if deep else None
        case Way.suggest:
            typed = question.text.split(" ")[0][:2]
            return (lambda: index.suggest(typed)) if typed else None
        case Way.similar:
            hits = (await index.search(request, vector)).hits
            return lambda: index.similar(hits[0].kind, hits[0].id, kinds=list(Kind))


async def _go_deep(index: PostgresIndex, request: SearchRequest) -> SearchRequest | None:
    """The request for a page that has ``DEEP`` results before it; None when there are not so
    many."""
    after: str | None = None
    for _ in range(DEEP // LARGEST_PAGE):
        page = await index.search(replace(request, after=after, limit=LARGEST_PAGE))
        if (after := page.next) is None:
            return None
    return replace(request, after=after)
