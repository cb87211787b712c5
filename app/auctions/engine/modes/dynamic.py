"""DYNAMIC 动态报价: biddable from publication by whoever joins in the free period (P-动 4)."""

from app.auctions.engine.ascending import Ascending
from app.auctions.engine.types import BidMode, Terms
from app.core.errors import FieldError


class Dynamic(Ascending):
    mode = BidMode.dynamic

    def check(self, terms: Terms) -> list[FieldError]:
        faults = super().check(terms)
        if terms.registration_ends_at is not None:
            sentence = "动态报价在自由报价期内报名，不另设报名截止时间"
            faults.append(FieldError("registration_ends_at", sentence))
        return faults
