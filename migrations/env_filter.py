"""Which objects of the database are ours to migrate."""

from typing import Any

VECTOR_INDEXES = "ix_search_vector_"


def include_object(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """PgQueuer's schema is its own affair. Indexes of vectors come and go with their models."""
    if kind == "table":
        return not (name is not None and name.startswith("pgqueuer"))
    return not (kind == "index" and name is not None and name.startswith(VECTOR_INDEXES))
