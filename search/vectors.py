"""Every statement on vectors and their models: what is nearest, what is missing, what serves.

Nearest neighbours have two forms, and PostgreSQL is left no third one (it was seen to scan every
vector): where a filter leaves few documents, the distance of each; otherwise the model's HNSW
index, walked on until the filter has been satisfied often enough. ``planner_settings`` are what
decides; a test asks for the plan of each form.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.documents import Kind
from search.types import Meaning, Vector

FEW: Final = 2_000
"""So many documents of a filter are compared one by one."""

WALKED: Final = 3_000
"""No walk through an index looks at more vectors, however rarely the filter holds."""

_BREADTH: Final = 100  # hnsw.ef_search: of the first leg of a walk

_SETTINGS: Final = {
    "plan_cache_mode": "force_custom_plan",  # the index of a model is found by the model's name
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_sort": "off",
    "hnsw.iterative_scan": "strict_order",
    "hnsw.ef_search": str(_BREADTH),
    "hnsw.max_scan_tuples": str(WALKED),
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model whose vectors can be asked for."""

    name: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Narrow:
    """A WHERE clause on ``search_document AS d`` with its values; ``true`` narrows nothing."""

    where: str = "true"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document near to a direction; ``cosine`` says how near, 1 at most."""

    kind: Kind
    id: UUID
    cosine: float


def of_kinds(kinds: Collection[Kind]) -> Narrow:
    """Only documents of these kinds."""
    return Narrow("d.kind = ANY(CAST(:kinds AS text[]))", {"kinds": [kind.value for kind in kinds]})


def literal(vector: Vector) -> str:
    """A vector as pgvector reads it."""
    return f"[{','.join(f'{number:.7g}' for number in vector)}]"


async def find_model(uow: UnitOfWork, vector: Vector | None = None) -> Model | None:
    """The model to ask: the one that made the vector while its vectors are there, the serving one
    for a vector that does not say; None when there is none or its vectors are of another length."""
    name = vector.model if isinstance(vector, Meaning) else ""
    found = await uow.session.execute(_FIND_MODEL, {"name": name})
    row = found.one_or_none()
    if row is None or (vector is not None and len(vector) != row.dimensions):
        return None
    return Model(row.name, row.dimensions)


async def list_asked(uow: UnitOfWork) -> list[str]:
    """The names of models whose vectors are asked for: the one that serves, and those that did
    until a moment ago."""
    found = await uow.session.execute(
        text("SELECT name FROM search_model WHERE state IN ('serving', 'retired') ORDER BY name")
    )
    return list(found.scalars())


async def find_vector(
    uow: UnitOfWork,
    model: Model,
    kind: Kind,
    id: UUID,  # noqa: A002 - the document's own word
) -> Vector | None:
    """The vector of a document's text; None when there is no such document, or none yet."""
    found = await uow.session.execute(
        _FIND_VECTOR, {"model": model.name, "kind": kind.value, "id": id}
    )
    read = found.scalar_one_or_none()
    return None if read is None else tuple(json.loads(read))


async def read_vectors(uow: UnitOfWork, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
    """The serving model's vectors of texts by their hashes, as far as they are known."""
    found = await uow.session.execute(_READ_VECTORS, {"hashes": list(hashes)})
    return {text_hash: tuple(json.loads(read)) for text_hash, read in found}


async def nearest(
    uow: UnitOfWork,
    model: Model,
    vector: Vector,
    narrow: Narrow,
    *,
    limit: int,
    floor: float,
    held: int = 0,
) -> list[Neighbour]:
    """The documents nearest to a direction, none with a cosine below ``floor``; the nearest first.

    ``held``: the filter is known to leave so many documents or more. Changes how this transaction
    plans, see ``planner_settings``.
    """
    await planner_settings(uow)
    values = {"model": model.name, "vector": literal(vector), "limit": limit, **narrow.values}
    rows: Sequence[Any] | None = None
    if narrow.where != "true" and held <= FEW:
        found = await uow.session.execute(
            text(compared(model, narrow)), values | {"few": FEW, "beyond": FEW + 1}
        )
        rows = found.all()
        if rows[0].held > FEW:
            rows = None
    if rows is None:
        rows = (await uow.session.execute(text(walked(model, narrow)), values)).all()
    near = [
        Neighbour(Kind(row.kind), row.id, 1 - row.distance)
        for row in rows
        if row.kind is not None and 1 - row.distance >= floor
    ]
    return sorted(near, key=lambda one: (-one.cosine, one.id, one.kind))


async def planner_settings(uow: UnitOfWork) -> None:
    """Leave the planner only the two forms, until the transaction ends."""
    await uow.session.execute(_SET, {"names": list(_SETTINGS), "values": list(_SETTINGS.values())})


def compared(model: Model, narrow: Narrow) -> str:
    """The statement that compares each document of a filter, if they are ``few``; its first row
    says how many there are (``held``, ``beyond`` at most)."""
    return _COMPARED.format(where=narrow.where, dimensions=model.dimensions)


def walked(model: Model, narrow: Narrow) -> str:
    """The statement that walks the model's index."""
    return _WALKED.format(where=narrow.where, dimensions=model.dimensions)


_FIND_MODEL: Final = text(
    "SELECT name, dimensions FROM search_model"
    " WHERE CASE WHEN :name = '' THEN state = 'serving'"
    " ELSE name = :name AND state IN ('serving', 'retired') END"
)

_FIND_VECTOR: Final = text(
    "SELECT e.vector::text FROM search_document AS d"
    " JOIN search_embedding AS e ON e.model = :model AND e.text_hash = d.text_hash"
    " WHERE d.kind = :kind AND d.id = :id"
)

_READ_VECTORS: Final = text(
    "SELECT e.text_hash, e.vector::text FROM search_embedding AS e"
    " JOIN search_model AS m ON m.name = e.model AND m.state = 'serving'"
    " WHERE e.text_hash = ANY(CAST(:hashes AS bytea[]))"
)

_SET: Final = text(
    "SELECT set_config(name, value, true)"
    " FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS setting (name, value)"
)

# why OFFSET 0: what is looked up by its key is looked up by nothing else, whatever the statistics
_COMPARED: Final = """
    WITH few AS MATERIALIZED (
        SELECT kind, id, text_hash FROM search_document AS d WHERE {where} LIMIT :beyond
    ),
    counted AS MATERIALIZED (SELECT count(*) AS held FROM few),
    near AS MATERIALIZED (
        SELECT few.kind, few.id, e.distance FROM few CROSS JOIN LATERAL (
            SELECT (vector::halfvec({dimensions}) <=> CAST(:vector AS halfvec({dimensions})))
                       AS distance
              FROM search_embedding WHERE model = :model AND text_hash = few.text_hash OFFSET 0
        ) AS e
         WHERE (SELECT held FROM counted) <= :few
         ORDER BY e.distance, few.id, few.kind LIMIT :limit
    )
    SELECT held, kind, id, distance FROM counted LEFT JOIN near ON true
"""

# why the inner ORDER BY: it is what the index answers; the join then keeps its order
_WALKED: Final = """
    SELECT d.kind, d.id, near.distance FROM (
        SELECT text_hash,
               (vector::halfvec({dimensions}) <=> CAST(:vector AS halfvec({dimensions})))
                   AS distance
          FROM search_embedding WHERE model = :model
         ORDER BY vector::halfvec({dimensions}) <=> CAST(:vector AS halfvec({dimensions}))
    ) AS near
    CROSS JOIN LATERAL (
        SELECT * FROM search_document WHERE text_hash = near.text_hash OFFSET 0
    ) AS d
    WHERE {where} ORDER BY near.distance LIMIT :limit
"""
