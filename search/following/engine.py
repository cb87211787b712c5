"""An engine beside the database as a follower: it is given rows and their meaning."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.tx import Tx, UnitOfWork
from search.documents import Kind
from search.following import queries
from search.following.reading import ReadVectors, know_no_vectors, read_all, read_entries
from search.following.types import Key
from search.index import SearchIndex

_BUSY_S = 0.2


@dataclass(frozen=True, slots=True)
class EngineFollower:
    """Takes what changed into an engine; ``read_vectors`` says what is known of their meaning."""

    name: str
    tx: Tx
    index: SearchIndex
    read_vectors: ReadVectors = know_no_vectors
    batch: int = 500

    async def take(self, keys: Sequence[Key]) -> Collection[Key]:
        """Write these as they are now, and take out those that are gone."""
        entries = await self.tx.run(read_entries, keys, self.read_vectors)
        gone: dict[Kind, list[UUID]] = {}
        for kind, row_id in set(keys) - {(entry.row.kind, entry.row.id) for entry in entries}:
            gone.setdefault(Kind(kind), []).append(row_id)
        if entries:
            await self.index.upsert(entries)
        for kind in sorted(gone):
            await self.index.remove(kind, sorted(gone[kind]))
        return ()

    async def rebuild(self, tell: Callable[[int], None] = lambda _: None) -> None:
        """Make the engine's index anew while the old one answers.

        Nothing is drained meanwhile, so what is written in that time waits in the queue and is
        taken into the new index. Waits for a drain that is under way. ``tell`` is called with the
        number of documents of each part. Raises EngineDown, EngineRefused.
        """
        while not await self.tx.run(self._rebuild, tell):  # noqa: ASYNC110 - a drain is short
            await asyncio.sleep(_BUSY_S)

    async def _rebuild(self, uow: UnitOfWork, tell: Callable[[int], None]) -> bool:
        if not await queries.lock_drain(uow, self.name):
            return False
        await self.index.rebuild(read_all(self.tx, self.read_vectors, tell))
        return True
