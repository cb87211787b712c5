"""The door of auctions: its verbs, by what they are about.

Selling: ``selling`` (announce, join, bid); the clock: ``closing`` (heartbeat, sweep); reading:
``reading``.
"""

from app.auctions.closing import beat, sweep_lots
from app.auctions.reading import (
    MOST_BIDS,
    find_my_place,
    find_obstacle,
    list_joined_lots,
    list_lots,
    list_own_lots,
    list_public_bids,
    list_suspensions,
    read_live,
    show_lot,
    show_rulebook,
    show_rulebook_in_force,
)
from app.auctions.selling import announce_lot, join_lot, place_bid

__all__ = [
    "MOST_BIDS",
    "announce_lot",
    "beat",
    "find_my_place",
    "find_obstacle",
    "join_lot",
    "list_joined_lots",
    "list_lots",
    "list_own_lots",
    "list_public_bids",
    "list_suspensions",
    "place_bid",
    "read_live",
    "show_lot",
    "show_rulebook",
    "show_rulebook_in_force",
    "sweep_lots",
]
