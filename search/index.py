"""The port of search: what every engine does, whichever stands behind it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from search.documents import Kind
from search.store import Row
from search.types import Hit, SearchRequest, SearchResult, Vector


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as an engine is given it: analysed, and with its meaning where it is known."""

    row: Row
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class EngineState:
    """How an engine is: what operators and ``/readyz`` are told.

    ``documents`` is how many it holds; ``fault`` says in English what is wrong, "" when nothing is.
    ``outdated``: it answers, but was built with other settings than ours and is to be built anew.
    """

    name: str
    documents: int = 0
    fault: str = ""
    outdated: bool = False


class Answering(Protocol):
    """The asking half of an engine. One that cannot be reached raises ``EngineDown``."""

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        """Answer a question, whatever its text; Invalid only for a broken ``after``.

        ``vector`` is the meaning of the text; without it words alone count.
        """

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """Documents of these kinds nearest in meaning, without itself; none when the document or
        its meaning is not known (yet)."""

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Ways to go on with what was typed so far."""

    async def check(self) -> EngineState:
        """How the engine is; never raises for a fault of the engine."""


class SearchIndex(Answering, Protocol):
    """What every engine does; ``tests/contract/search`` says how it must behave.

    Each call is whole by itself.
    """

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Write documents; an older version never replaces a newer one."""

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        """Take documents out; what is not there is no error."""

    async def rebuild(self, batches: AsyncIterator[Sequence[Entry]]) -> None:
        """Make the index anew from these while the old one answers; at the end it holds exactly
        these and what was written meanwhile."""


class EngineDown(Exception):
    """The engine cannot be reached, answered too late, or refused our key."""


class EngineRefused(Exception):
    """The engine took a write and then failed it; the text is the engine's own reason."""
