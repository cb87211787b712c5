"""Facts announced by imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ChunkCommitted:
    """A chunk stands in the market; the ids are those of rows made or changed."""

    topic: ClassVar[str] = "imports.chunk_committed.v1"

    batch_id: UUID
    kind: str
    care_id: UUID
    ordinal: int
    sha256: str
    ids: tuple[UUID, ...]

    def payload(self) -> dict[str, Any]:
        return {
            "batch_id": str(self.batch_id),
            "kind": self.kind,
            "care_id": str(self.care_id),
            "ordinal": self.ordinal,
            "sha256": self.sha256,
            "ids": [str(row_id) for row_id in self.ids],
        }
