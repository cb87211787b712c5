"""An engine in memory that follows the index, for tests of following."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from app.core.tx import Tx
from app.sources import SOURCES
from search import service
from search.documents import Document, Kind
from search.drift.walking import Drift, walk
from search.following.reading import read_entries
from search.following.types import Key
from search.index import EngineDown, EngineRefused

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def make(at: int, version: int = 1, title: str = "隔膜", **more: object) -> Document:
    """Demand number ``at``."""
    return Document(Kind.demand, UUID(int=at), version, title, NOW, **more)  # type: ignore[arg-type]


def key(at: int) -> Key:
    return ("demand", UUID(int=at))


async def write(tx: Tx, *documents: Document) -> None:
    """Write documents as a verb does."""
    await tx.run(service.index_documents, documents)


async def remove(tx: Tx, at: int) -> None:
    """Take a document out as a verb does."""
    await tx.run(service.remove_documents, kind=Kind.demand, ids=[UUID(int=at)])


async def compare_index(tx: Tx) -> dict[Kind, int]:
    """Walk through every room: the index says what it says. How many documents each kind has."""
    compared = {}
    for source in SOURCES:
        found = await walk(tx, source, repair=False)
        assert found == Drift(found.compared), f"{source.kind}: the index says otherwise"
        compared[source.kind] = found.compared
    return compared


@dataclass
class Memory:
    """Holds the version of each document. ``poison`` titles are refused; while ``away`` nothing is
    taken; ``gate`` stops it between reading and writing, and ``reached`` says that it is there."""

    tx: Tx
    name: str = "memory"
    batch: int = 100
    held: dict[Key, int] = field(default_factory=dict)
    poison: Collection[str] = ()
    away: str = ""
    gate: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    pushes: list[int] = field(default_factory=list)
    answers: Collection[Key] = ()

    async def take(self, keys: Sequence[Key]) -> Collection[Key]:
        """Take them, as an engine would."""
        self.pushes.append(len(keys))
        if self.away:
            raise EngineDown(self.away)
        entries = await self.tx.run(read_entries, keys)
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        for entry in entries:
            if entry.row.title in self.poison:
                raise EngineRefused(f"{entry.row.title} cannot be indexed")
        found = {(entry.row.kind, entry.row.id): entry.row.version for entry in entries}
        for one in keys:
            self.held.pop(one, None)
        self.held |= found
        return self.answers
