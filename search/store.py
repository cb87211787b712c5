"""Writes documents into ``search_document``: many in one statement, never older over newer.

The same statement puts what changed into the queue of each follower (``search_change``), so that
nothing that was committed is ever missed by an engine that follows.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.plaintext import strip_markup
from app.core.tx import UnitOfWork
from search import analysis
from search.documents import Document, Kind
from search.embedding import meaning_text, text_hash
from search.models import NO_PRICE

FORM: Final = 1
"""How rows are turned into columns. Change it with that, and the drift check writes every row
anew."""

BETWEEN: Final = "\x1f"  # joins the facets of one row: unnest would flatten an array of arrays

# Follows a statement that gives ``changed (kind, id)``. In one order, so that two writers of the
# same documents wait for one another; a change that was given up (``dead_at``) has a new start.
_TELL_FOLLOWERS: Final = """
    INSERT INTO search_change (follower, kind, id)
    SELECT name, kind, id FROM changed CROSS JOIN search_follower ORDER BY name, kind, id
    ON CONFLICT (follower, kind, id) DO UPDATE SET
        change_no = excluded.change_no, due_at = excluded.due_at, tries = 0, reason = '',
        dead_at = NULL
"""

_UPSERT = text(
    """
    WITH changed AS (
    INSERT INTO search_document AS old
        (kind, id, version, number, title, title_key, holder, summary, keywords, numbers,
         facets, terms, published_at, price_minor, text_hash, row_hash)
    SELECT kind, id, version, number, title, title_key, holder, summary, keywords, numbers,
           string_to_array(facets, :between), terms::tsvector, published_at, price_minor, text_hash,
           row_hash
      FROM unnest(CAST(:kind AS text[]), CAST(:id AS uuid[]), CAST(:version AS bigint[]),
                  CAST(:number AS text[]), CAST(:title AS text[]), CAST(:title_key AS text[]),
                  CAST(:holder AS text[]), CAST(:summary AS text[]), CAST(:keywords AS text[]),
                  CAST(:numbers AS text[]), CAST(:facets AS text[]), CAST(:terms AS text[]),
                  CAST(:published_at AS timestamptz[]), CAST(:price_minor AS bigint[]),
                  CAST(:text_hash AS bytea[]), CAST(:row_hash AS bytea[]))
        AS new (kind, id, version, number, title, title_key, holder, summary, keywords, numbers,
                facets, terms, published_at, price_minor, text_hash, row_hash)
    ON CONFLICT (kind, id) DO UPDATE SET
        version = excluded.version, number = excluded.number, title = excluded.title,
        title_key = excluded.title_key, holder = excluded.holder, summary = excluded.summary,
        keywords = excluded.keywords, numbers = excluded.numbers, facets = excluded.facets,
        terms = excluded.terms, published_at = excluded.published_at,
        price_minor = excluded.price_minor, text_hash = excluded.text_hash,
        row_hash = excluded.row_hash
    WHERE old.version <= excluded.version
    RETURNING kind, id)
    """  # noqa: S608 - constants of this module
    + _TELL_FOLLOWERS
)

# why: the pending list is worked into the index in as few passes as memory allows
_BULK = 100
_BULK_MEMORY = text("SET LOCAL work_mem = '64MB'")
_SETTLE = text("SELECT settle_search_index()")

_REMOVE = text(
    """
    WITH changed AS (
    DELETE FROM search_document USING unnest(CAST(:kind AS text[]), CAST(:id AS uuid[]))
        AS gone (kind, id)
     WHERE search_document.kind = gone.kind AND search_document.id = gone.id
    RETURNING search_document.kind, search_document.id)
    """  # noqa: S608 - the same
    + _TELL_FOLLOWERS
)


class Row(NamedTuple):
    """One document ready for the table: texts storable, terms and facets written out.

    A tuple, because importers prepare rows in another process, and tuples travel fastest.
    """

    kind: str
    id: UUID
    version: int
    number: str
    title: str
    title_key: str
    holder: str
    summary: str
    keywords: str
    numbers: str
    facets: str
    terms: str
    published_at: datetime
    price_minor: int
    text_hash: bytes


def prepare(documents: Iterable[Document]) -> list[Row]:
    """Analyse documents (about 0.2 ms for 300 characters); pure, so it may run in a thread.

    Of several documents with one kind and id the highest version stays. In id order, so that two
    writers of the same documents wait for one another instead of deadlocking.
    """
    newest: dict[tuple[str, UUID], Document] = {}
    for document in documents:
        key = (document.kind, document.id)
        if key not in newest or newest[key].version <= document.version:
            newest[key] = document
    return [_row(newest[key]) for key in sorted(newest)]


def complete(row: Row, *, id: UUID, version: int, number: str, published_at: datetime) -> Row:  # noqa: A002 - the document's own word
    """A row prepared before its document was numbered, with what only the database knew."""
    keys = "".join(f" {key}:1A" for key in analysis.number_keys(number))
    return row._replace(
        id=id,
        version=version,
        number=_storable(number),
        published_at=published_at,
        terms=row.terms + keys,
    )


def row_hash(row: Row) -> bytes:
    """What a row was made of, in 16 bytes: what this program would write otherwise now has
    another. Its version is left out: it may grow without any of this changing."""
    same = row._replace(
        version=0,
        published_at=row.published_at.astimezone(UTC),
        terms=" ".join(sorted(row.terms.split())),  # a row that was completed has them elsewhere
    )
    return hashlib.blake2b(repr((*same, FORM)).encode(), digest_size=16).digest()


async def write(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """Insert or replace rows in one statement; a stored newer version stays as it is."""
    if len(rows) >= _BULK:
        await uow.session.execute(_BULK_MEMORY)
    if rows:
        columns = {name: [getattr(row, name) for row in rows] for name in Row._fields}
        columns["row_hash"] = [row_hash(row) for row in rows]
        await uow.session.execute(_UPSERT, {**columns, "between": BETWEEN})


async def settle(uow: UnitOfWork) -> None:
    """Work what bulk writing left pending into the index, so that no search has to read it."""
    await uow.session.execute(_SETTLE)


async def delete(uow: UnitOfWork, kind: Kind, ids: Collection[UUID]) -> None:
    """Take documents out; what is not there is no error."""
    if ids:
        ordered = sorted(ids)
        await uow.session.execute(_REMOVE, {"kind": [kind.value] * len(ordered), "id": ordered})


async def list_writings(uow: UnitOfWork) -> set[tuple[Kind, UUID, str]]:
    """The kind and id of everything that is there, and which transaction wrote it and where: that
    differs as soon as it is written again, even in the same words."""
    found = await uow.session.execute(
        text("SELECT kind, id, xmin::text || ctid::text FROM search_document")
    )
    return {(Kind(kind), row_id, writing) for kind, row_id, writing in found}


async def estimate_rows(uow: UnitOfWork) -> int:
    """How many documents there are, as PostgreSQL's statistics last saw it; reads no row."""
    found = await uow.session.execute(
        text("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE relname = :name"),
        {"name": "search_document"},
    )
    return int(found.scalar_one())


def _row(document: Document) -> Row:
    title = _storable(document.title)
    holder = _storable(document.holder)
    summary = _storable(document.summary)
    keywords = _storable(" ".join(document.keywords))
    numbers = _storable(" ".join(document.numbers))
    return Row(
        kind=document.kind.value,
        id=document.id,
        version=document.version,
        number=_storable(document.number),
        title=title,
        title_key=analysis.title_key(title),
        holder=holder,
        summary=summary,
        keywords=keywords,
        numbers=numbers,
        facets=BETWEEN.join(word.replace(BETWEEN, "") for word in document.facet_words()),
        terms=analysis.tsvector_literal(
            title, (holder, keywords), (document.number, numbers), summary
        ),
        published_at=document.published_at,
        price_minor=NO_PRICE if document.price_minor is None else document.price_minor,
        text_hash=text_hash(meaning_text(title, keywords, summary)),
    )


def _storable(text: str) -> str:
    """Without markup, and without what no PostgreSQL text holds: NUL and lone surrogates."""
    return strip_markup(text).encode("utf-8", "ignore").decode().replace("\0", "")
