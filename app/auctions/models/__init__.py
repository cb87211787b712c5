"""Tables of the room. Bids, events, keys and rulebooks are append-only for the serving role."""

from app.auctions.models.events import Bid, LotEvent, LotKey, LotProxy
from app.auctions.models.life import (
    LotAnnouncement,
    LotDraft,
    LotSuspension,
    OutbidTold,
    ServiceHeartbeat,
    ServiceOutage,
)
from app.auctions.models.lots import Lot, LotBidder, Rulebook
from app.auctions.models.records import SaleRecord

__all__ = [
    "Bid",
    "Lot",
    "LotAnnouncement",
    "LotBidder",
    "LotDraft",
    "LotEvent",
    "LotKey",
    "LotProxy",
    "LotSuspension",
    "OutbidTold",
    "Rulebook",
    "SaleRecord",
    "ServiceHeartbeat",
    "ServiceOutage",
]
