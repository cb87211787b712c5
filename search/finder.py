"""What pages, exports and the API ask: an answer from the engine of this market.

Where another engine than PostgreSQL is chosen, PostgreSQL answers in its place while it is away or
slow, so that nobody who searches is told of it. What is searchable is public, so asking needs no
permission.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar
from uuid import UUID

from app.core.errors import DomainError
from app.core.metrics import SEARCH_ENGINE_UP, SEARCH_FALLBACKS, SEARCH_SECONDS
from app.core.settings import Settings
from app.core.tx import Tx
from search.bounds import BoundedTx
from search.breaker import Breaker
from search.documents import Kind
from search.engines import ServedEngine
from search.index import Answering, EngineDown, EngineRefused
from search.postgres import PostgresIndex
from search.query import make_plan
from search.question_encoder import make_question_encoder
from search.types import Hit, SearchRequest, SearchResult, Sort, Vector

log = logging.getLogger("market.search")

R = TypeVar("R")
Ask = Callable[["Answering"], Awaitable[R]]

PATIENCE_S: Final = 0.5
"""How long an engine may take before PostgreSQL is asked in its place."""

OWN: Final = "postgresql"
CHOSEN: Final = "meilisearch"


class QueryEncoder(Protocol):
    """Turns what people type into vectors without keeping them waiting. ``broken`` says why its
    model cannot be loaded, "" when it can."""

    broken: str

    async def encode(self, text: str) -> Vector | None:
        """The meaning of a text; None when it is not to be had in time."""

    def start(self) -> None:
        """Begin to load what it needs."""

    async def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks the chosen engine, or PostgreSQL (``own``) where none is chosen or it does not answer.

    A ``next`` that one engine gave is Invalid for the other: ask again from the beginning then.
    """

    own: Answering
    engine: Answering | None = None
    encoder: QueryEncoder | None = None
    breaker: Breaker = field(default_factory=Breaker)
    patience_s: float = PATIENCE_S

    async def search(self, request: SearchRequest) -> SearchResult:
        """Answer a question. Raises Invalid for a broken ``after``, or one of the other engine;
        TooCostly."""
        vector = await self._encode(request)

        async def ask(index: Answering) -> SearchResult:
            engine = OWN if index is self.own else CHOSEN
            with SEARCH_SECONDS.labels(engine=engine).time():
                return await index.search(request, vector)

        return await self._ask(ask)

    async def search_own(self, request: SearchRequest) -> SearchResult:
        """The same by PostgreSQL alone, whose page marks go on whatever happens to an engine: for
        what is read to its end, a file."""
        with SEARCH_SECONDS.labels(engine=OWN).time():
            return await self.own.search(request, await self._encode(request))

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """What is nearest in meaning to a document; none when that is not known (yet)."""
        return await self._ask(lambda index: index.similar(kind, id, kinds=kinds, limit=limit))

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Ways to go on with what was typed so far."""
        return await self._ask(lambda index: index.suggest(typed, limit))

    @property
    def fault(self) -> str:
        """Why PostgreSQL stands in for the chosen engine, in English; "" when it does not."""
        return self.breaker.fault

    @property
    def meaning_fault(self) -> str:
        """Why questions are asked by words alone, "" when their model can be loaded."""
        return self.encoder.broken if self.encoder is not None else ""

    async def probe(self) -> str:
        """``fault``, after asking the engine how it is when it is time for a trial: where nobody
        searches, nothing else would find out that it is back."""
        if self.engine is not None and self.fault and self.breaker.allows():
            await self._try(_check, self.engine)
        return self.fault

    def start(self) -> None:
        """Begin to load what questions need, beside the loop."""
        if self.encoder is not None:
            self.encoder.start()

    async def close(self) -> None:
        """End the encoder, and give back the connections to an engine."""
        if self.encoder is not None:
            await self.encoder.close()
        if isinstance(self.engine, ServedEngine):
            await self.engine.close()

    async def _encode(self, request: SearchRequest) -> Vector | None:
        """The meaning of a question, where meaning can help: not of a list without words, of a
        number, or of one that is sorted otherwise."""
        if self.encoder is None or request.semantic <= 0 or request.sort is not Sort.relevance:
            return None
        terms = make_plan(request.text).terms
        if not terms or all(term.prefix for term in terms):
            return None
        return await self.encoder.encode(request.text)

    async def _ask(self, ask: Ask[R]) -> R:
        if self.engine is not None:
            if self.breaker.allows():
                if (answer := await self._try(ask, self.engine)) is not None:
                    return answer[0]
            else:
                SEARCH_FALLBACKS.labels(reason="resting").inc()
        return await ask(self.own)

    async def _try(self, ask: Ask[R], engine: Answering) -> tuple[R] | None:
        """What the engine answered, None when it did not. A fault that only this question meets
        leaves the engine to others. DomainError is an answer."""
        try:
            async with asyncio.timeout(self.patience_s):
                answer = await ask(engine)
        except EngineDown as error:
            self._close("down", str(error))
        except TimeoutError:
            self._close("slow", f"no answer in {self.patience_s:g} s")
        except DomainError:
            self._open()
            raise
        except Exception as error:
            reason = "refused" if isinstance(error, EngineRefused) else "fault"
            log.exception("the engine of search cannot answer a question")
            SEARCH_FALLBACKS.labels(reason=reason).inc()
            self.breaker.gave_up()
        except BaseException:
            self.breaker.gave_up()
            raise
        else:
            self._open()
            return (answer,)
        return None

    def _close(self, reason: str, fault: str) -> None:
        if not self.fault:
            log.warning("PostgreSQL answers in place of the engine: %s", fault)
        SEARCH_FALLBACKS.labels(reason=reason).inc()
        SEARCH_ENGINE_UP.labels(engine=CHOSEN).set(0)
        self.breaker.failed(fault or reason)

    def _open(self) -> None:
        before = self.fault
        self.breaker.worked()
        if self.fault:
            return
        if before:
            log.info("the engine answers again")
        SEARCH_ENGINE_UP.labels(engine=CHOSEN).set(1)


async def _check(index: Answering) -> None:
    state = await index.check()
    if state.fault:
        raise EngineDown(state.fault)


def make_finder(settings: Settings, tx: Tx) -> Finder:
    """The finder of this market: PostgreSQL, which needs nothing installed, behind the engine that
    the settings name. ``start`` and ``close`` it with the process."""
    engine = ServedEngine(settings, tx) if settings.meili_url else None
    if engine is not None:
        SEARCH_ENGINE_UP.labels(engine=CHOSEN).set(1)
    own = PostgresIndex(BoundedTx(tx), floor=settings.embedding_floor or None)
    return Finder(own, engine, make_question_encoder(settings, tx))
