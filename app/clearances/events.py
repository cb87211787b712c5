"""What clearances announce: ids and states, never a name or a word that somebody wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClearanceDecided:
    """A gate was settled, blocked or lifted."""

    topic: ClassVar[str] = "clearances.clearance_decided.v1"
    clearance_id: UUID
    offer_id: UUID
    kind: str
    state: str

    def payload(self) -> dict[str, Any]:
        return {
            "clearance_id": str(self.clearance_id),
            "offer_id": str(self.offer_id),
            "kind": self.kind,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class RightAnswered:
    """A holder takes part, waived, or was silent until his time was over."""

    topic: ClassVar[str] = "clearances.right_answered.v1"
    right_id: UUID
    offer_id: UUID
    response: str

    def payload(self) -> dict[str, Any]:
        return {
            "right_id": str(self.right_id),
            "offer_id": str(self.offer_id),
            "response": self.response,
        }
