"""Words of the room, and the snapshots that leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.clock import SHANGHAI


class DealState(StrEnum):
    """How far a deal is."""

    awaiting_contract = "awaiting_contract"  # 待签约
    cancelled = "cancelled"  # 已取消: the lot it came of failed or was annulled


class OriginKind(StrEnum):
    """How the price was found (定价路径)."""

    lot = "lot"  # 网络竞价


@dataclass(frozen=True, slots=True)
class DealView:
    """A deal as its parties see it; money in 分, ``sign_by`` exclusive.

    ``sign_by_provisional``: the year's calendar was not yet published when it was computed (暂定).
    """

    id: UUID
    number: str
    state: DealState
    origin_kind: OriginKind
    origin_id: UUID
    origin_number: str
    seller_id: UUID
    seller_name: str
    buyer_id: UUID
    buyer_name: str
    achievement_id: UUID
    offer_id: UUID
    offer_number: str
    title: str
    amount_minor: int
    currency: str
    bid_on: str
    terms_hash: str
    priced_at: datetime
    opened_at: datetime
    sign_by: datetime
    sign_by_provisional: bool
    cancelled_at: datetime | None = None

    @property
    def sign_by_day(self) -> date:
        """The last day in Shanghai on which the contract may be signed."""
        return (self.sign_by - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
