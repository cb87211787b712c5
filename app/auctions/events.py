"""Facts this room announces. Who bid, or defaulted, is told to the listeners inside only, never to
a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LotAnnounced:
    """A lot was announced."""

    topic: ClassVar[str] = "auctions.lot_announced.v1"
    lot_id: UUID
    number: str
    offer_id: UUID
    seller_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "offer_id": str(self.offer_id),
            "seller_id": str(self.seller_id),
        }


@dataclass(frozen=True, slots=True)
class LotAwarded:
    """A lot closed with a winner (受让方); ``amount_minor`` in 分 is the price found."""

    topic: ClassVar[str] = "auctions.lot_awarded.v1"
    lot_id: UUID
    number: str
    offer_id: UUID
    offer_number: str
    achievement_id: UUID
    seller_id: UUID
    buyer_id: UUID
    title: str
    bid_on: str
    amount_minor: int
    currency: str
    terms_hash: str | None
    closed_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "offer_id": str(self.offer_id),
            "offer_number": self.offer_number,
            "achievement_id": str(self.achievement_id),
            "seller_id": str(self.seller_id),
            "buyer_id": str(self.buyer_id),
            "title": self.title,
            "bid_on": self.bid_on,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "terms_hash": self.terms_hash,
            "closed_at": self.closed_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class LotUnsold:
    """A lot closed without a valid bid (流拍)."""

    topic: ClassVar[str] = "auctions.lot_unsold.v1"
    lot_id: UUID
    number: str
    offer_id: UUID
    closed_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "offer_id": str(self.offer_id),
            "closed_at": self.closed_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class LotSuspended:
    """A lot stopped because the service was away (中止)."""

    topic: ClassVar[str] = "auctions.lot_suspended.v1"
    lot_id: UUID
    number: str
    suspended_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "lot_id": str(self.lot_id),
            "number": self.number,
            "suspended_at": self.suspended_at.isoformat(),
        }


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
    was: str = ""  # the outcome that was voided

    def payload(self) -> dict[str, Any]:
        return _LotStep.payload(self) | {"was": self.was}


@dataclass(frozen=True, slots=True)
class LotNegotiating(_LotStep):
    """The highest bid did not meet the reserve, and the announced window has opened (协商期)."""

    topic: ClassVar[str] = "auctions.lot_negotiating.v1"


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


@dataclass(frozen=True, slots=True)
class ApplicationDecided:
    """An application (报名) was accepted or refused; no code is in it. ``reason`` is one of the
    closed list, empty when it was accepted."""

    topic: ClassVar[str] = "auctions.application_decided.v1"
    application_id: UUID
    lot_id: UUID
    party_id: UUID
    state: str
    reason: str

    def payload(self) -> dict[str, Any]:
        return {
            "application_id": str(self.application_id),
            "lot_id": str(self.lot_id),
            "party_id": str(self.party_id),
            "state": self.state,
            "reason": self.reason,
        }
