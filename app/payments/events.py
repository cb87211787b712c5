"""Facts that payments announce: ids and amounts in 分, never a name or an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """An order that waits for money is due at another instant from now on (market's clock)."""

    topic: ClassVar[str] = "payments.order_moved.v1"
    order_id: UUID
    purpose: str
    due_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "order_id": str(self.order_id),
            "purpose": self.purpose,
            "due_at": self.due_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class ReceiptMatched:
    """An order was paid in full, in time, from the party's own verified account.

    ``arrived_at`` is the bank's arrival time on the market's clock.
    """

    topic: ClassVar[str] = "payments.receipt_matched.v1"
    receipt_id: UUID
    order_id: UUID
    purpose: str
    subject_id: UUID
    party_id: UUID
    amount_minor: int
    arrived_at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "receipt_id": str(self.receipt_id),
            "order_id": str(self.order_id),
            "purpose": self.purpose,
            "subject_id": str(self.subject_id),
            "party_id": str(self.party_id),
            "amount_minor": self.amount_minor,
            "arrived_at": self.arrived_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class ReceiptReturned:
    """An arrival that does not count (or the part that does not) was sent on its way back."""

    topic: ClassVar[str] = "payments.receipt_returned.v1"
    receipt_id: UUID
    order_id: UUID | None
    payout_id: UUID
    kind: str
    amount_minor: int

    def payload(self) -> dict[str, Any]:
        return {
            "receipt_id": str(self.receipt_id),
            "order_id": str(self.order_id) if self.order_id else None,
            "payout_id": str(self.payout_id),
            "kind": self.kind,
            "amount_minor": self.amount_minor,
        }


@dataclass(frozen=True, slots=True)
class PayoutSettled:
    """The bank says that a payout has gone."""

    topic: ClassVar[str] = "payments.payout_settled.v1"
    payout_id: UUID
    order_id: UUID | None
    kind: str
    reason: str
    amount_minor: int

    def payload(self) -> dict[str, Any]:
        return {
            "payout_id": str(self.payout_id),
            "order_id": str(self.order_id) if self.order_id else None,
            "kind": self.kind,
            "reason": self.reason,
            "amount_minor": self.amount_minor,
        }


@dataclass(frozen=True, slots=True)
class PayoutRefused:
    """A second person refused a payout by hand; its money lies where it lay."""

    topic: ClassVar[str] = "payments.payout_refused.v1"
    payout_id: UUID
    order_id: UUID | None

    def payload(self) -> dict[str, Any]:
        return {
            "payout_id": str(self.payout_id),
            "order_id": str(self.order_id) if self.order_id else None,
        }


@dataclass(frozen=True, slots=True)
class PayoutStuck:
    """A payout would not go after several tries; it is tried on, and people look."""

    topic: ClassVar[str] = "payments.payout_stuck.v1"
    payout_id: UUID
    order_id: UUID | None
    attempts: int

    def payload(self) -> dict[str, Any]:
        return {
            "payout_id": str(self.payout_id),
            "order_id": str(self.order_id) if self.order_id else None,
            "attempts": self.attempts,
        }


@dataclass(frozen=True, slots=True)
class StatementDiffers:
    """The bank's day and ours are not the same."""

    topic: ClassVar[str] = "payments.statement_differs.v1"
    day: str
    differences: int

    def payload(self) -> dict[str, Any]:
        return {"day": self.day, "differences": self.differences}
