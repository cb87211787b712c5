"""JSON of deals, for their parties. Money in 分."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from app.core.paging import Page
from app.deals.types import DealState, DealView, OriginKind


class DealOut(BaseModel):
    """A deal (交易); ``sign_by`` is exclusive."""

    number: str
    state: DealState
    origin_kind: OriginKind
    origin_number: str
    seller_id: UUID
    seller_name: str
    buyer_id: UUID
    buyer_name: str
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

    @classmethod
    def of(cls, deal: DealView) -> Self:
        return cls(**{name: getattr(deal, name) for name in cls.model_fields})


class DealsOut(BaseModel):
    """One page of deals; ``next`` is the cursor of the following one."""

    items: list[DealOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[DealView]) -> Self:
        return cls(items=[DealOut.of(deal) for deal in page.items], next=page.next)
