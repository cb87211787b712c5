"""Facts announced by demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class _DemandFact:
    demand_id: UUID
    number: str
    version: int

    def payload(self) -> dict[str, Any]:
        return {
            "demand_id": str(self.demand_id),
            "number": self.number,
            "version": self.version,
        }


class DemandSubmitted(_DemandFact):
    """A demand waits for an operator."""

    topic: ClassVar[str] = "demands.demand_submitted.v1"


class DemandPublished(_DemandFact):
    """A demand can now be found and answered."""

    topic: ClassVar[str] = "demands.demand_published.v1"


class DemandReturned(_DemandFact):
    """An operator gave a demand back with a reason."""

    topic: ClassVar[str] = "demands.demand_returned.v1"


@dataclass(frozen=True, slots=True)
class DemandClosed:
    """A demand no longer looks for anything; ``reason`` is a CloseReason."""

    topic: ClassVar[str] = "demands.demand_closed.v1"

    demand_id: UUID
    number: str
    reason: str

    def payload(self) -> dict[str, Any]:
        return {"demand_id": str(self.demand_id), "number": self.number, "reason": self.reason}
