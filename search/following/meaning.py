"""Texts whose vector is missing: what the check looks for where nothing was refused or lost."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search.embedding import text_hash
from search.following import queries
from search.following.types import Key

COMPARED: Final = 5_000
"""Documents that are compared at a time."""

_NOTHING: Final = text_hash("")  # a document without words has no meaning


class Maker(Protocol):
    """Makes the vectors of a model; ``name`` is what it follows as."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MissingVectors:
    """Finds the documents whose text has no vector of a maker's model."""

    tx: Tx
    maker: Maker

    @property
    def name(self) -> str:
        """What its maker follows as."""
        return self.maker.name

    async def find_wrong(self) -> AsyncIterator[Collection[Key]]:
        """Documents without a vector that are not on their way to one already."""
        after: Key | None = ("", UUID(int=0))
        while after is not None:
            keys, after = await self.tx.run(_compare, self.maker.model, after)
            waiting = await self.tx.run(queries.list_waiting, self.name, keys)
            yield set(keys) - waiting


async def _compare(uow: UnitOfWork, model: str, after: Key) -> tuple[list[Key], Key | None]:
    """Those without a vector among the next documents, and the last of these."""
    kind, row_id = after
    found = await uow.session.execute(
        text(
            "SELECT d.kind, d.id, e.model IS NULL AND d.text_hash NOT IN ('', :nothing) AS missing"
            " FROM (SELECT kind, id, text_hash FROM search_document"
            "  WHERE (kind, id) > (:kind, :id) ORDER BY kind, id LIMIT :most) AS d"
            " LEFT JOIN search_embedding AS e ON e.model = :model AND e.text_hash = d.text_hash"
            " ORDER BY d.kind, d.id"
        ),
        {"kind": kind, "id": row_id, "model": model, "nothing": _NOTHING, "most": COMPARED},
    )
    rows = found.all()
    last = (rows[-1].kind, rows[-1].id) if len(rows) == COMPARED else None
    return [(row.kind, row.id) for row in rows if row.missing], last
