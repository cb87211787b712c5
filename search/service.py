"""The verbs of search. Rooms write their documents through them, in their own transaction.

Rooms index only what everybody may see, and remove it when that ends; ``search.finder`` answers.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.core.tx import UnitOfWork
from search import analysis, store
from search.documents import Document, Kind
from search.store import Row


def warm_up() -> None:
    """Load the dictionaries now (0.2 s), and not in a process's first request or import."""
    analysis.warm_up()


async def index_documents(uow: UnitOfWork, documents: Iterable[Document]) -> None:
    """Write documents into the index, in one statement. Late older versions change nothing."""
    await store.write(uow, store.prepare(documents))


def prepare_documents(documents: Iterable[Document]) -> list[Row]:
    """The costly part of indexing, without a database: an importer may prepare the next chunk
    (in a thread) while PostgreSQL writes this one with ``index_prepared``."""
    return store.prepare(documents)


def complete_row(row: Row, *, id: UUID, version: int, number: str, published_at: datetime) -> Row:  # noqa: A002 - the document's own word
    """Fill in what was not known when ``prepare_documents`` ran: an importer analyses texts long
    before the transaction that numbers them."""
    return store.complete(row, id=id, version=version, number=number, published_at=published_at)


async def index_prepared(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """Write what ``prepare_documents`` gave."""
    await store.write(uow, rows)


async def settle(uow: UnitOfWork) -> None:
    """Call it once after bulk writing: searches then find the index in order."""
    await store.settle(uow)


async def remove_documents(uow: UnitOfWork, *, kind: Kind, ids: Collection[UUID]) -> None:
    """Take documents out of the index (withdrawn, expired); missing ones are no error."""
    await store.delete(uow, kind, ids)
