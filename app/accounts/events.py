"""What accounts announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganisationVerified:
    """An operator has checked the organisation (认证通过); its things may now go public."""

    topic: ClassVar[str] = "accounts.organisation_verified.v1"
    organisation_id: UUID

    def payload(self) -> dict[str, Any]:
        return {"organisation_id": str(self.organisation_id)}


@dataclass(frozen=True, slots=True)
class OrganisationSubmitted:
    """A head asked the platform to verify his organisation (申请认证)."""

    topic: ClassVar[str] = "accounts.organisation_submitted.v1"
    organisation_id: UUID
    at: datetime

    def payload(self) -> dict[str, Any]:
        return {"organisation_id": str(self.organisation_id), "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class OrganisationReturned:
    """An operator sent an application back with a reason (退回)."""

    topic: ClassVar[str] = "accounts.organisation_returned.v1"
    organisation_id: UUID
    at: datetime

    def payload(self) -> dict[str, Any]:
        return {"organisation_id": str(self.organisation_id), "at": self.at.isoformat()}
