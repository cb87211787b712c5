"""Forms about money: a refund by hand, a day to compare, what a forfeited deposit is used for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.auctions.types import ForfeitReason, Portion, Use
from app.core.i18n import _n
from app.core.money import Money
from frontend.forms import Form
from frontend.forms.fields import choice, day, money_yuan

_CENT = Money(1)


@dataclass(frozen=True, slots=True)
class ForfeitInput:
    """Why a deposit is kept, and what it is used for."""

    reason: ForfeitReason
    portions: list[Portion]


class RefundForm(Form):
    """A refund by hand; the reason is read by the verb."""

    def parse(self) -> Money:
        amount = self.need("amount", money_yuan(minimum=_CENT))
        self.check()
        return amount


class DayForm(Form):
    """A day to compare again."""

    def parse(self) -> date:
        chosen = self.need("day", day())
        self.check()
        return chosen


class ForfeitForm(Form):
    """Grounds and uses; a use that was left empty is none."""

    def parse(self) -> ForfeitInput:
        reason = self.need("reason", choice([one.value for one in ForfeitReason]))
        portions = []
        for use in Use:
            amount = self.maybe(f"use-{use.value}", money_yuan(minimum=_CENT))
            if amount is not None:
                portions.append(Portion(use, amount.minor))
        if not portions:
            self.add("use-costs", _n("请至少填写一项用途及金额。"))
        self.check()
        return ForfeitInput(ForfeitReason(reason), portions)
