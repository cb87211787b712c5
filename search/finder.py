"""What pages and exports ask: an answer from the engine of this market.

What is searchable is public, so asking needs no permission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.metrics import SEARCH_SECONDS
from app.core.settings import Settings
from app.core.tx import Tx
from search.documents import Kind
from search.index import SearchIndex
from search.postgres import PostgresIndex
from search.types import Hit, SearchRequest, SearchResult


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks the engine."""

    index: SearchIndex

    async def search(self, request: SearchRequest) -> SearchResult:
        """Answer a question; Invalid only for a broken ``after``."""
        with SEARCH_SECONDS.time():
            return await self.index.search(request)

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """What is nearest in meaning to a document; none when that is not known (yet)."""
        return await self.index.similar(kind, id, kinds=kinds, limit=limit)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Ways to go on with what was typed so far."""
        return await self.index.suggest(typed, limit)


def make_finder(settings: Settings, tx: Tx) -> Finder:  # noqa: ARG001 - chooses the engine
    """The finder of this market: PostgreSQL, which needs nothing installed."""
    return Finder(PostgresIndex(tx))
