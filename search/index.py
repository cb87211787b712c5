"""The port of search, and which engine stands behind it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from app.core.settings import Settings
from app.core.tx import UnitOfWork
from search.documents import Document, Kind
from search.postgres import PostgresIndex
from search.types import SearchRequest, SearchResult


class SearchIndex(Protocol):
    """What every engine does; ``tests/contract/search`` says how it must behave."""

    async def upsert(self, uow: UnitOfWork, documents: Sequence[Document]) -> None:
        """Write documents; an older version never replaces a newer one."""

    async def remove(self, uow: UnitOfWork, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take documents out; what is not there is no error."""

    async def search(self, uow: UnitOfWork, request: SearchRequest) -> SearchResult:
        """Answer a question, whatever its text; Invalid only for a broken ``after``."""

    async def suggest(self, uow: UnitOfWork, typed: str, limit: int = 8) -> list[str]:
        """Ways to go on with what was typed so far."""


def make_index(settings: Settings) -> SearchIndex:  # noqa: ARG001 - an engine of its own is chosen here
    """The engine of this market: PostgreSQL, which needs nothing installed."""
    return PostgresIndex()
