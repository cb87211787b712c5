"""Reactions to facts of the rooms below: a price was found, so a deal is opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.auctions.events import LotAwarded
from app.core.facts import Listener
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.deals import service
from app.deals.types import OriginKind


async def on_lot_awarded(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Open the deal of an awarded lot; once, however often the fact arrives."""
    await service.open_deal(
        uow,
        origin_kind=OriginKind.lot,
        origin_id=UUID(payload["lot_id"]),
        origin_number=payload["number"],
        seller_id=UUID(payload["seller_id"]),
        buyer_id=UUID(payload["buyer_id"]),
        achievement_id=UUID(payload["achievement_id"]),
        offer_id=UUID(payload["offer_id"]),
        offer_number=payload["offer_number"],
        title=payload["title"],
        amount=Money(payload["amount_minor"], payload["currency"]),
        bid_on=payload["bid_on"],
        priced_at=datetime.fromisoformat(payload["closed_at"]),
    )


LISTENERS: Final[Mapping[str, list[Listener]]] = {LotAwarded.topic: [on_lot_awarded]}
