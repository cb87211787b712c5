"""An engine beside the database as a follower: it is given rows and their meaning."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
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
from search.index import EngineDown, SearchIndex

COMPARED: Final = 5_000
"""Documents that are compared at a time."""


class HeldIndex(SearchIndex, Protocol):
    """An engine that can say what it holds."""

    def held(self) -> AsyncIterator[dict[Key, int]]:
        """Every document by kind and id, with its version; in parts."""


@dataclass(frozen=True, slots=True)
class EngineFollower:
    """Takes what changed into an engine; ``read_vectors`` says what is known of their meaning.

    ``fell`` is called when it could not be given something: it may come back without what it had.
    """

    name: str
    tx: Tx
    index: HeldIndex
    read_vectors: ReadVectors = know_no_vectors
    batch: int = 500
    fell: Callable[[], None] = lambda: None

    async def take(self, keys: Sequence[Key]) -> Collection[Key]:
        """Write these as they are now, and take out those that are gone."""
        try:
            await self._take(keys)
        except (EngineDown, asyncio.CancelledError):
            self.fell()
            raise
        return ()

    async def _take(self, keys: Sequence[Key]) -> None:
        # why: writing would make an index that is missing, and pages would find these alone in it
        if (state := await self.index.check()).outdated:
            raise EngineDown(state.fault)
        entries = await self.tx.run(read_entries, keys, self.read_vectors)
        if entries:
            await self.index.upsert(entries)
        await self._remove(set(keys) - {(entry.row.kind, entry.row.id) for entry in entries})

    async def _remove(self, keys: Iterable[Key]) -> None:
        gone: dict[Kind, list[UUID]] = {}
        for kind, row_id in keys:
            gone.setdefault(Kind(kind), []).append(row_id)
        for kind in sorted(gone):
            await self.index.remove(kind, sorted(gone[kind]))

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
        its way to it already. Raises EngineDown, EngineRefused.

        What it holds in a newer version than there is, since the database was put back to an
        earlier state, is taken out: a newer version would keep this and every later change out.
        """
        held: dict[Key, int] = {}
        async for part in self.index.held():
            held |= part
        after: Key | None = None
        while rows := await self.tx.run(read_versions, after, COMPARED):
            after = rows[-1][0]
            found = [(key, version, held.pop(key, None)) for key, version in rows]
            await self._remove(key for key, version, its in found if its and its > version)
            wrong = [key for key, version, its in found if its != version]
            yield await self._not_waiting(wrong)
        extra = sorted(held)
        for at in range(0, len(extra), COMPARED):
            yield await self._not_waiting(extra[at : at + COMPARED])

    async def _not_waiting(self, keys: Sequence[Key]) -> Collection[Key]:
        waiting = await self.tx.run(queries.list_waiting, self.name, keys)
        return set(keys) - waiting
