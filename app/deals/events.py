"""Facts this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DealOpened:
    """A deal was opened between two parties."""

    topic: ClassVar[str] = "deals.deal_opened.v1"
    deal_id: UUID
    number: str
    seller_id: UUID
    buyer_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "deal_id": str(self.deal_id),
            "number": self.number,
            "seller_id": str(self.seller_id),
            "buyer_id": str(self.buyer_id),
        }


@dataclass(frozen=True, slots=True)
class DealCancelled:
    """A deal came to nothing: the lot it came of failed, or its result was annulled."""

    topic: ClassVar[str] = "deals.deal_cancelled.v1"
    deal_id: UUID
    number: str
    seller_id: UUID
    buyer_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "deal_id": str(self.deal_id),
            "number": self.number,
            "seller_id": str(self.seller_id),
            "buyer_id": str(self.buyer_id),
        }
