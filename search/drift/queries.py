"""Every statement of the drift check."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from search.documents import Kind
from search.models import SearchState
from search.store import Row, row_hash

_STAMP = (
    "SELECT id, version, row_hash, number, title, title_key, holder, published_at, price_minor,"
    " text_hash FROM search_document WHERE kind = :kind"
)


class Stamp(NamedTuple):
    """What is read of a row to compare it: its hash stands for the rest."""

    id: UUID
    version: int
    row_hash: bytes
    number: str
    title: str
    title_key: str
    holder: str
    published_at: datetime
    price_minor: int
    text_hash: bytes

    def says(self, row: Row) -> bool:
        """Whether the stored row holds what this one does. An older version is no difference: it
        may grow without a word changing; a newer one would keep every later change out."""
        return self.version <= row.version and self._replace(version=0) == _stamp(row)


def _stamp(row: Row) -> Stamp:
    return Stamp(
        row.id,
        0,
        row_hash(row),
        row.number,
        row.title,
        row.title_key,
        row.holder,
        row.published_at,
        row.price_minor,
        row.text_hash,
    )


async def list_between(
    uow: UnitOfWork, kind: Kind, after: UUID | None, upto: UUID | None
) -> dict[UUID, Stamp]:
    """Rows of a kind after an id, up to another one; without it, to the end."""
    found = await uow.session.execute(
        text(
            f"{_STAMP} AND id > :after"
            + (" AND id <= :upto" if upto is not None else "")
            + " ORDER BY id"
        ),
        {"kind": kind.value, "after": after or UUID(int=0)}
        | ({"upto": upto} if upto is not None else {}),
    )
    return {row.id: Stamp(*row) for row in found}


async def list_of(uow: UnitOfWork, kind: Kind, ids: Collection[UUID]) -> dict[UUID, Stamp]:
    """These rows of a kind."""
    found = await uow.session.execute(
        text(f"{_STAMP} AND id = ANY(:ids)"), {"kind": kind.value, "ids": list(ids)}
    )
    return {row.id: Stamp(*row) for row in found}


async def count_kind(uow: UnitOfWork, kind: Kind) -> int:
    """How many documents of a kind the index has."""
    found = await uow.session.execute(
        text("SELECT count(*) FROM search_document WHERE kind = :kind"), {"kind": kind.value}
    )
    return int(found.scalar_one())


class Note(NamedTuple):
    """What the search remembers under a name."""

    value: str
    facts: Mapping[str, Any]
    at: datetime


async def find_note(uow: UnitOfWork, name: str) -> Note | None:
    """What was noted last under a name."""
    query = select(SearchState.value, SearchState.facts, SearchState.at)
    row = (await uow.session.execute(query.where(SearchState.name == name))).one_or_none()
    return None if row is None else Note(*row)


async def write_note(
    uow: UnitOfWork, name: str, value: str, facts: Mapping[str, Any] | None = None
) -> None:
    """Note something, in place of what was noted before."""
    row = {"name": name, "value": value, "facts": dict(facts or {}), "at": uow.now}
    statement = insert(SearchState).values(row)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={column: statement.excluded[column] for column in ("value", "facts", "at")},
        )
    )


async def forget_note(uow: UnitOfWork, name: str) -> None:
    """Forget what was noted."""
    await uow.session.execute(text("DELETE FROM search_state WHERE name = :name"), {"name": name})


async def lock_check(uow: UnitOfWork) -> bool:
    """Whether this transaction may check; it alone, until it ends or is killed."""
    found = await uow.session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended('search.check', 0))")
    )
    return bool(found.scalar_one())
