"""MULTI 多次报价: registration first, then bidding among the admitted (P-甘 3, P-宁 8)."""

from app.auctions.engine import parameters
from app.auctions.engine.ascending import Ascending
from app.auctions.engine.types import BidMode, Terms
from app.core.errors import FieldError


class Multi(Ascending):
    mode = BidMode.multi

    def check(self, terms: Terms) -> list[FieldError]:
        return [*super().check(terms), *parameters.check_registration(terms)]
