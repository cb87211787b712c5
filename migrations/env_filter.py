"""Which objects of the database are ours to migrate."""

from typing import Any


def include_object(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """PgQueuer's schema is its own affair."""
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))
