"""What the worker does for search: lets followers take what changed, checks the index at night.

An engine or an encoder that is away is no fault of the worker: it is left alone for a while, and
what waits for it stays in its queue. Only a lost database ends these tasks, as it ends the worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from app.core.db import is_lost
from app.core.settings import Settings
from app.core.tx import Tx
from app.sources import SOURCES
from search import vectors
from search.drift.checking import Checked, check_follower, check_if_due
from search.embedding import EncoderMissing
from search.encoders.making import make_encoder, make_known_encoder
from search.engines import Engine as SearchEngine
from search.engines import make_search_engine
from search.following import queries
from search.following.draining import RESTS_S, drain
from search.following.engine import EngineFollower
from search.following.meaning import MissingVectors
from search.following.registering import Crowded, fill, register, unregister
from search.index import EngineDown, EngineRefused
from search.vector_making import (
    VectorMaker,
    follower_of,
    forget_retired,
    retire_others,
    serve_when_complete,
)
from search.vectors import Model
from search.words import renew_word_shares

log = logging.getLogger("market.search")

ENGINE: Final = "meilisearch"
"""What an engine beside the database follows as."""

EVERY_S: Final = 0.5
"""How often it is looked whether something is due."""

TEND_EVERY_S: Final = 5.0
"""How often models and engines are looked after."""

AFTER_FAULT_S: Final = 5.0
CHECK_EVERY_S: Final = 20.0

Work = Callable[[], Awaitable[float]]
"""Does a part of some endless work; answers the seconds to wait before the next."""


async def look_after_search(settings: Settings, tx: Tx) -> None:
    """Everything the worker does for search, until it is cancelled or the database goes."""
    makers = await list_makers(settings, tx)
    engine = Engine(settings, tx) if settings.meili_url else None
    await settle_followers(tx, {maker.name for maker in makers} | ({ENGINE} if engine else set()))
    checked = Checks(tx, makers, engine)
    try:
        async with asyncio.TaskGroup() as tasks:
            for at, maker in enumerate(makers):
                tasks.create_task(enduring(Vectors(tx, maker, chosen=at == 0).work))
            if engine is not None:
                tasks.create_task(enduring(engine.work))
            tasks.create_task(enduring(checked.work))
    finally:
        if engine is not None:
            await engine.close()


async def enduring(work: Work) -> None:
    """Work without end; a fault waits a moment and goes on, a lost database ends it."""
    while True:
        try:
            wait = await work()
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("looking after search failed")
            wait = AFTER_FAULT_S
        await asyncio.sleep(wait)


async def list_makers(settings: Settings, tx: Tx) -> Sequence[VectorMaker]:
    """Who makes vectors: the model that the settings choose first, then models that follow, that
    are asked for and whose encoder is at hand. None when words alone count."""
    try:
        encoder = make_encoder(settings)
    except EncoderMissing as error:
        log.error("meaning is not searched: %s", error)
        return ()
    if encoder is None:
        return ()
    makers = [VectorMaker(tx, encoder)]
    following = await tx.run(queries.list_names)
    for model in await tx.run(vectors.list_asked):
        if follower_of(model) in following and model != makers[0].model:
            known = make_known_encoder(settings, model)
            makers += [VectorMaker(tx, known)] if known is not None else []
    return makers


async def settle_followers(tx: Tx, wanted: set[str]) -> None:
    """Let nobody follow but these; those that are new register when they begin."""
    there = {*await tx.run(queries.list_names), *await tx.run(queries.list_strays)}
    for name in sorted(there - wanted):
        try:
            await unregister(tx, name)
        except Crowded as fault:  # why no more: it only costs rows, and the next start tries again
            log.warning("a follower stays: %s", fault, extra={"follower": name})


class Pace:
    """Says now and then that it is time for something."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._next = every_s, 0.0

    def due(self) -> bool:
        """Whether it is time; then not again for so long."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._every_s
        return True


class Vectors:
    """Makes the vectors of one model, and lets the chosen one serve when it is complete."""

    def __init__(self, tx: Tx, maker: VectorMaker, *, chosen: bool) -> None:
        self.tx, self.maker, self.chosen = tx, maker, chosen
        self._begun, self._over, self._tend = False, False, Pace(TEND_EVERY_S)
        self._engines: tuple[str, ...] = ()

    async def work(self) -> float:
        """Take one batch."""
        if self._over:
            return TEND_EVERY_S
        if not self._begun:
            await self.enter()
            self._begun = True
        moved = await drain(self.tx, self.maker, self._engines)
        if self._tend.due():
            await self.tend()
        return 0.0 if moved else EVERY_S

    async def enter(self) -> None:
        """Let the follower be told of everything, and the chosen model be known.

        why the chosen one alone: one that was replaced would be built anew by every restart
        """
        if self.chosen:
            await self.maker.register()
        await register(self.tx, self.maker.name)
        await fill(self.tx, self.maker.name)

    async def tend(self) -> None:
        """Let the model serve; forget those that it replaced, and once it serves those that were
        given up half-built; know whether engines want its vectors: they hold those of the serving
        model alone."""
        if self.chosen:
            await self.maker.register()
            await serve_when_complete(self.tx, self.maker.model)
        serving = await self.tx.run(vectors.find_model)
        wanted = serving is not None and serving.name == self.maker.model
        if self.chosen:
            if wanted:
                await retire_others(self.tx, self.maker.model)
            for name in await forget_retired(self.tx):
                await unregister(self.tx, name)
        else:
            self._over = self.maker.name not in await self.tx.run(queries.list_names)
        self._engines = (ENGINE,) if wanted else ()


class Engine:
    """Keeps an engine beside the database as the index is, with the serving model's vectors."""

    def __init__(self, settings: Settings, tx: Tx) -> None:
        self.settings, self.tx = settings, tx
        self.follower: EngineFollower | None = None
        self._engine: SearchEngine | None = None
        self._model: Model | None = None
        self._begun, self._tend = False, Pace(TEND_EVERY_S)
        self._unsure = True  # of what it holds: it may have come back with less than it had

    def doubt(self) -> None:
        """It was away; what it holds is to be compared."""
        self._unsure = True

    async def work(self) -> float:
        """Take one batch."""
        if not self._begun:
            await register(self.tx, ENGINE)
            self._begun = True
        if self._tend.due() and not await self.tend():
            return EVERY_S
        assert self.follower is not None, "tending comes first"
        await fill(self.tx, ENGINE)
        return 0.0 if await drain(self.tx, self.follower) else EVERY_S

    async def tend(self) -> bool:
        """Whether it may take changes: it answers, and its settings are ours and of the serving
        model. It is built anew when they are not, and at first."""
        await self.follow_model()
        assert self.follower is not None, "it was made just now"
        try:
            state = await self.follower.index.check()
            if state.outdated:
                return await self.rebuild(self.follower)
            if state.fault:
                raise EngineDown(state.fault)
            await self.compare(self.follower)
        except (EngineDown, EngineRefused) as fault:
            self.doubt()
            # why even at rest: nobody else would notice that an idle engine is away
            if await self.tx.run(queries.is_awake, ENGINE):
                log.warning("the engine of search is away: %s", fault)
                await self.tx.run(queries.rest, ENGINE, str(fault), RESTS_S)
            return False
        await self.tx.run(queries.wake, ENGINE)
        return True

    async def compare(self, follower: EngineFollower) -> None:
        """After it was away, and at first, make due what it does not hold as it should."""
        if self._unsure:
            self._unsure = False
            if wrong := await check_follower(self.tx, follower):
                log.warning("the engine of search came back without %s documents", wrong)

    async def rebuild(self, follower: EngineFollower) -> bool:
        """Build the engine's index; whether this process did. What was there need not be queued
        any more."""
        log.info("the engine of search is built anew")
        if not await follower.rebuild():
            return False
        await self.tx.run(queries.end_filling, ENGINE)
        await self.tx.run(queries.wake, ENGINE)
        self._unsure = False
        return True

    async def close(self) -> None:
        """Give back the connections to the engine."""
        if self._engine is not None:
            await self._engine.close()

    async def follow_model(self) -> None:
        """Speak to the engine of the model whose vectors serve now."""
        model = await self.tx.run(vectors.find_model)
        if self.follower is not None and model == self._model:
            return
        engine = make_search_engine(self.settings, model, admin=True)
        assert engine is not None, "it is chosen by the settings"
        await self.close()
        self._engine, self._model = engine, model
        self.follower = EngineFollower(
            ENGINE, self.tx, engine, vectors.read_vectors, fell=self.doubt
        )


class Checks:
    """Compares the index with the rooms, and followers with the index, and counts how common words
    are, each when it is due."""

    def __init__(self, tx: Tx, makers: Sequence[VectorMaker], engine: Engine | None) -> None:
        self.tx, self.makers, self.engine = tx, makers, engine

    async def work(self) -> float:
        """Check when it is due."""
        await self.tx.run(renew_word_shares)
        if await check_if_due(self.tx, SOURCES, self.followers()):
            for maker in self.makers:
                after = await maker.sweep()
                while after:
                    after = await maker.sweep(after)
        return CHECK_EVERY_S

    def followers(self) -> Sequence[Checked]:
        """Those that can say what they do not hold as they should."""
        makers = [MissingVectors(self.tx, maker) for maker in self.makers]
        follower = self.engine.follower if self.engine else None
        return [*makers, follower] if follower else makers
