"""The engine that the settings put beside the database, if any."""

import time
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast
from uuid import UUID

from app.core.settings import Settings
from app.core.tx import Tx
from search.documents import Kind
from search.following.engine import HeldIndex
from search.index import EngineState
from search.types import Hit, SearchRequest, SearchResult, Vector
from search.vectors import Model, find_model

LOOK_EVERY_S: Final = 15.0
"""How often a web process looks which model serves."""

# why by name: the client takes half a second to import, which a market without such an engine, and
# every command that searches nothing, need not spend
_ENGINE: Final = "search.meilisearch.index"
_CONFIGURATION: Final = "search.meilisearch.configuration"


class Engine(HeldIndex, Protocol):
    """An engine with connections of its own."""

    async def close(self) -> None:
        """Give them back."""


def make_search_engine(settings: Settings, model: Model | None, *, admin: bool) -> Engine | None:
    """The engine with the key for asking, or as ``admin`` with the one for writing; None where
    PostgreSQL alone answers. ``model`` is the one whose vectors it is given and asked with."""
    if not settings.meili_url:
        return None
    configuration = import_module(_CONFIGURATION)
    embedder = configuration.Embedder(*((model.name, model.dimensions) if model else ()))
    made = import_module(_ENGINE).make_meilisearch(settings, admin=admin, embedder=embedder)
    return cast("Engine", made)


class ServedEngine:
    """The engine as pages ask it: with the model whose vectors serve, looked up now and then.

    why: the worker changes the model, and builds the engine anew for it, while web processes serve
    """

    def __init__(self, settings: Settings, tx: Tx) -> None:
        self._settings, self._tx = settings, tx
        self._engine: Engine | None = None
        self._before: Engine | None = None
        self._model: Model | None = None
        self._next = 0.0

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        """As the port says."""
        return await (await self._now()).search(request, vector)

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """As the port says."""
        return await (await self._now()).similar(kind, id, kinds=kinds, limit=limit)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """As the port says."""
        return await (await self._now()).suggest(typed, limit)

    async def check(self) -> EngineState:
        """As the port says."""
        return await (await self._now()).check()

    async def close(self) -> None:
        """Give back the connections."""
        for engine in filter(None, (self._engine, self._before)):
            await engine.close()
        self._engine = self._before = None

    async def _now(self) -> Engine:
        if self._engine is None or time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_EVERY_S
            model = await self._tx.run(find_model)
            if self._engine is None or model != self._model:
                if self._before is not None:  # nobody asks it any more
                    await self._before.close()
                self._before, self._model = self._engine, model
                self._engine = make_search_engine(self._settings, model, admin=False)
        assert self._engine is not None, "it is chosen by the settings"
        return self._engine
