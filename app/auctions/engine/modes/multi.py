"""MULTI 多次报价: registration first, then bidding among the admitted (P-甘 3, P-宁 8)."""

from app.auctions.engine.ascending import Ascending
from app.auctions.engine.types import BidMode, Terms
from app.core.errors import FieldError


class Multi(Ascending):
    mode = BidMode.multi

    def check(self, terms: Terms) -> list[FieldError]:
        faults = super().check(terms)
        if terms.registration_ends_at is None:
            faults.append(FieldError("registration_ends_at", "多次报价须写明报名截止时间"))
        return faults
