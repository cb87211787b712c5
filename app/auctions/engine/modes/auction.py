"""AUCTION 拍卖: open bidding held by a licensed auctioneer, who stands on the lot (拍卖法 10-14).

The engine bids as in MULTI; whether an auctioneer is recorded is asked where the lot is published.
"""

from app.auctions.engine.modes.multi import Multi
from app.auctions.engine.types import BidMode


class Auction(Multi):
    mode = BidMode.auction
