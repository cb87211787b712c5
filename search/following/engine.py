"""An engine beside the database as a follower: it is given rows and their meaning."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from app.core.tx import Tx, UnitOfWork
from search.documents import Kind
from search.following import queries
from search.following.reading import (
    ReadVectors,
    know_no_vectors,
    read_all,
    read_entries,
    read_versions,
)
from search.following.types import Key
from search.index import SearchIndex

COMPARED: Final = 5_000
"""Documents that are compared at a time."""


class HeldIndex(SearchIndex, Protocol):
    """An engine that can say what it holds."""

    def held(self) -> AsyncIterator[dict[Key, int]]:
        """Every document by kind and id, with its version; in parts."""


@dataclass(frozen=True, slots=True)
class EngineFollower:
    """Takes what changed into an engine; ``read_vectors`` says what is known of their meaning."""

    name: str
    tx: Tx
    index: HeldIndex
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

    async def rebuild(self, tell: Callable[[int], None] = lambda _: None) -> bool:
        """Make the engine's index anew while the old one answers; False, and nothing done, while
        another process drains or rebuilds.

        Nothing is drained meanwhile, so what is written in that time waits in the queue and is
        taken into the new index. ``tell`` is called with the number of documents of each part.
        Raises EngineDown, EngineRefused.
        """
        return await self.tx.run(self._rebuild, tell)

    async def _rebuild(self, uow: UnitOfWork, tell: Callable[[int], None]) -> bool:
        if not await queries.lock_drain(uow, self.name):
            return False
        await self.index.rebuild(read_all(self.tx, self.read_vectors, tell))
        return True

    async def find_wrong(self) -> AsyncIterator[Collection[Key]]:
        """What the engine is missing, holds in another version or should not hold, and is not on
        its way to it already. Raises EngineDown, EngineRefused."""
        held: dict[Key, int] = {}
        async for part in self.index.held():
            held |= part
        after: Key | None = None
        while rows := await self.tx.run(read_versions, after, COMPARED):
            after = rows[-1][0]
            wrong = [key for key, version in rows if held.pop(key, None) != version]
            yield await self._not_waiting(wrong)
        extra = sorted(held)
        for at in range(0, len(extra), COMPARED):
            yield await self._not_waiting(extra[at : at + COMPARED])

    async def _not_waiting(self, keys: Sequence[Key]) -> Collection[Key]:
        waiting = await self.tx.run(queries.list_waiting, self.name, keys)
        return set(keys) - waiting
