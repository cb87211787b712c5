"""Facts of a lot's life around the bidding. Nobody behind a code is named but a defaulter, to the
listeners inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class _LotStep:
    """What every step of a lot's life tells; ``reason`` is a word of a closed list or empty."""

    lot_id: UUID
    number: str
    offer_id: UUID
    seller_id: UUID
    at: datetime
    reason: str = ""

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "offer_id": str(self.offer_id),
            "seller_id": str(self.seller_id),
            "at": self.at.isoformat(),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class LotAmended(_LotStep):
    """A published lot was changed by announcement (变更公告)."""

    topic: ClassVar[str] = "auctions.lot_amended.v1"


@dataclass(frozen=True, slots=True)
class LotResumed(_LotStep):
    """A suspended lot goes on (恢复)."""

    topic: ClassVar[str] = "auctions.lot_resumed.v1"


@dataclass(frozen=True, slots=True)
class LotTerminated(_LotStep):
    """A lot was ended before its end (终止)."""

    topic: ClassVar[str] = "auctions.lot_terminated.v1"


@dataclass(frozen=True, slots=True)
class LotFailed(_LotStep):
    """The winner of a lot defaulted (未能成交)."""

    topic: ClassVar[str] = "auctions.lot_failed.v1"
    defaulter_id: UUID | None = None

    def payload(self) -> dict[str, Any]:
        return _LotStep.payload(self) | {"defaulter_id": str(self.defaulter_id)}


@dataclass(frozen=True, slots=True)
class LotAnnulled(_LotStep):
    """The result of a lot was voided (撤销)."""

    topic: ClassVar[str] = "auctions.lot_annulled.v1"


@dataclass(frozen=True, slots=True)
class LotClosed:
    """A lot has ended, whichever way; once for each ending, by the clock or by the staff."""

    topic: ClassVar[str] = "auctions.lot_closed.v1"
    lot_id: UUID
    number: str
    outcome: str
    closed_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "outcome": self.outcome,
            "closed_at": self.closed_at.isoformat(),
        }
