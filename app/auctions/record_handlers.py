"""Reactions to the end of a sale: its record, and afterwards the certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.auctions.events import LotAnnulled, LotClosed, LotFailed
from app.auctions.record import record_sale
from app.core.facts import Listener
from app.core.tx import UnitOfWork


async def on_lot_ended(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Keep the record of the sale as it is now."""
    await record_sale(uow, lot_id=UUID(payload["lot_id"]))


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    LotClosed.topic: [on_lot_ended],
    LotFailed.topic: [on_lot_ended],
    LotAnnulled.topic: [on_lot_ended],
}
