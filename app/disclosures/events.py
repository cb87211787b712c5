"""What disclosures announce: ids and states only, since nobody outside the unit may read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class _DisclosureFact:
    disclosure_id: UUID
    organisation_id: UUID
    ordinal: int
    state: str

    def payload(self) -> dict[str, Any]:
        return {
            "disclosure_id": str(self.disclosure_id),
            "organisation_id": str(self.organisation_id),
            "ordinal": self.ordinal,
            "state": self.state,
        }


class DisclosureSubmitted(_DisclosureFact):
    """A submission waits for the unit."""

    topic: ClassVar[str] = "disclosures.disclosure_submitted.v1"


class DisclosureDecided(_DisclosureFact):
    """The unit decided on a submission."""

    topic: ClassVar[str] = "disclosures.disclosure_decided.v1"
