"""Documents as engines take them: rows of ``search_document`` with their meaning beside them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.tx import Tx, UnitOfWork
from search.following.types import Key
from search.index import Entry
from search.store import BETWEEN, Row
from search.types import Vector

ReadVectors = Callable[[UnitOfWork, Sequence[bytes]], Awaitable[Mapping[bytes, Vector]]]
"""The vectors of texts by their hashes, as far as they are known."""

PART: Final = 500

# why without terms: engines beside PostgreSQL analyse texts themselves, and terms are the bulk
_COLUMNS: Final = (
    "d.kind, d.id, d.version, d.number, d.title, d.title_key, d.holder, d.summary, d.keywords,"
    " d.numbers, array_to_string(d.facets, :between) AS facets, '' AS terms, d.published_at,"
    " d.price_minor, d.text_hash"
)


async def know_no_vectors(_uow: UnitOfWork, _hashes: Sequence[bytes]) -> Mapping[bytes, Vector]:
    """No meaning is known."""
    return {}


async def read_entries(
    uow: UnitOfWork, keys: Sequence[Key], read_vectors: ReadVectors = know_no_vectors
) -> list[Entry]:
    """These documents as they are now; without those that are gone. ``terms`` stay empty."""
    found = await uow.session.execute(
        text(
            f"SELECT {_COLUMNS} FROM search_document AS d"  # noqa: S608 - constants
            " JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS key (kind, id)"
            " USING (kind, id) ORDER BY d.kind, d.id"
        ),
        {"kinds": [kind for kind, _ in keys], "ids": [id for _, id in keys], "between": BETWEEN},  # noqa: A001
    )
    return await _with_vectors(uow, found.mappings().all(), read_vectors)


async def read_part(
    uow: UnitOfWork, after: Key | None, read_vectors: ReadVectors, most: int = PART
) -> list[Entry]:
    """The documents after a place, in the order of kind and id."""
    kind, row_id = after or ("", UUID(int=0))
    found = await uow.session.execute(
        text(
            f"SELECT {_COLUMNS} FROM search_document AS d"  # noqa: S608 - constants
            " WHERE (d.kind, d.id) > (:kind, :id) ORDER BY d.kind, d.id LIMIT :most"
        ),
        {"kind": kind, "id": row_id, "most": most, "between": BETWEEN},
    )
    return await _with_vectors(uow, found.mappings().all(), read_vectors)


async def read_all(
    tx: Tx, read_vectors: ReadVectors, tell: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Sequence[Entry]]:
    """Every document, a part a transaction; ``tell`` is called with the size of each part."""
    after: Key | None = None
    while part := await tx.run(read_part, after, read_vectors):
        yield part
        tell(len(part))
        after = (part[-1].row.kind, part[-1].row.id)


async def read_versions(uow: UnitOfWork, after: Key | None, most: int) -> list[tuple[Key, int]]:
    """Which documents there are after a place, with their versions, in the order of kind and id."""
    kind, row_id = after or ("", UUID(int=0))
    found = await uow.session.execute(
        text(
            "SELECT kind, id, version FROM search_document WHERE (kind, id) > (:kind, :id)"
            " ORDER BY kind, id LIMIT :most"
        ),
        {"kind": kind, "id": row_id, "most": most},
    )
    return [((kind, id), version) for kind, id, version in found]  # noqa: A001


async def _with_vectors(
    uow: UnitOfWork, rows: Sequence[RowMapping], read_vectors: ReadVectors
) -> list[Entry]:
    hashes = list(dict.fromkeys(row["text_hash"] for row in rows if row["text_hash"]))
    vectors: Mapping[bytes, Vector] = await read_vectors(uow, hashes) if hashes else {}
    return [Entry(Row(**row), vectors.get(row["text_hash"])) for row in rows]
