"""ONCE 一次报价: the highest sealed bid wins, of equal ones the earlier (P-甘 3, P-宁 2)."""

from collections.abc import Sequence

from app.auctions.engine import parameters
from app.auctions.engine.sealing import SealedBidding
from app.auctions.engine.types import BidMode, Book, Ending, Sealed, Terms
from app.core.errors import FieldError


class Once(SealedBidding):
    mode, ending = BidMode.once, Ending.highest_bid

    def check(self, terms: Terms) -> list[FieldError]:
        return [*super().check(terms), *parameters.check_no_weights(terms)]

    def pick(self, terms: Terms, book: Book, bids: Sequence[Sealed]) -> Sealed:
        del terms, book  # the amount alone counts
        return min(bids, key=lambda one: (-one.amount_minor, one.seq))
