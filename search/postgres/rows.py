"""The rows of one page: fetched by their keys, and as hits."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.tx import UnitOfWork
from search.documents import SEPARATOR, Facet, Kind
from search.highlight import highlight, snippet
from search.models import NO_PRICE
from search.types import Hit

Key = tuple[str, UUID]
"""A document by its kind and id."""

COLUMNS: Final = (
    "d.kind, d.id, d.number, d.title, d.holder, d.summary, d.facets, d.published_at, d.price_minor"
)

_FACETS: Final = {facet.value: facet for facet in Facet}

_FETCH = text(
    f"""
    SELECT {COLUMNS} FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[]))
        WITH ORDINALITY AS wanted (kind, id, place)
      JOIN search_document AS d ON d.kind = wanted.kind AND d.id = wanted.id
     ORDER BY wanted.place
    """  # noqa: S608 - constants of this module
)


async def fetch(uow: UnitOfWork, keys: Sequence[Key]) -> Sequence[RowMapping]:
    """The rows of these keys in their order; what is gone by now is left out."""
    if not keys:
        return []
    values = {"kinds": [kind for kind, _ in keys], "ids": [row_id for _, row_id in keys]}
    return (await uow.session.execute(_FETCH, values)).mappings().all()


def hit(row: RowMapping, marks: Sequence[str], *, by_meaning: bool = False) -> Hit:
    """A row as a result, with the words ``marks`` marked."""
    facets: dict[Facet, list[str]] = {}
    for word in row["facets"]:
        name, _, value = word.partition(SEPARATOR)
        facets.setdefault(_FACETS[name], []).append(value)
    return Hit(
        kind=Kind(row["kind"]),
        id=row["id"],
        number=row["number"],
        title=row["title"],
        holder=row["holder"],
        title_pieces=highlight(row["title"], marks),
        holder_pieces=highlight(row["holder"], marks),
        snippet=snippet(row["summary"], marks),
        facets=facets,
        published_at=row["published_at"],
        price_minor=None if row["price_minor"] == NO_PRICE else row["price_minor"],
        by_meaning=by_meaning,
    )
