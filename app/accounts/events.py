"""What accounts announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganisationVerified:
    """An operator has checked the organisation (认证通过); its things may now go public."""

    topic: ClassVar[str] = "accounts.organisation_verified.v1"
    organisation_id: UUID

    def payload(self) -> dict[str, Any]:
        return {"organisation_id": str(self.organisation_id)}
