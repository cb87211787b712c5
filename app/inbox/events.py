"""What the inbox announces; accounts tells the people concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DispatchDied:
    """A mail or text could not be sent after many tries (未能送达)."""

    topic: ClassVar[str] = "inbox.dispatch_died.v1"
    dispatch_id: UUID
    channel: str

    def payload(self) -> dict[str, Any]:
        return {"dispatch_id": str(self.dispatch_id), "channel": self.channel}


@dataclass(frozen=True, slots=True)
class EndpointDisabled:
    """An endpoint failed for so long that nothing is sent to it any more (已停用)."""

    topic: ClassVar[str] = "inbox.endpoint_disabled.v1"
    endpoint_id: UUID
    organisation_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "endpoint_id": str(self.endpoint_id),
            "organisation_id": str(self.organisation_id),
        }
