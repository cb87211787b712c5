"""JSON of price terms, as people's programs write them. Amounts are 分, rates 万分之一."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.types import (
    ConversionTrigger,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    LumpSum,
    Royalty,
    RoyaltyBase,
)
from app.core.money import Money

_IN = ConfigDict(str_strip_whitespace=True, extra="forbid")


class MoneyIn(BaseModel):
    """An amount in minor units (分)."""

    model_config = _IN

    minor: Annotated[int, Field(strict=True)]
    currency: Literal["CNY"] = "CNY"

    def value(self) -> Money:
        """The amount."""
        return Money(self.minor, self.currency)


class LumpSumIn(BaseModel):
    """One payment (一次总付)."""

    model_config = _IN

    kind: Literal["lump_sum"]
    amount: MoneyIn

    def value(self) -> LumpSum:
        """The terms."""
        return LumpSum(self.amount.value())


class InstalmentIn(BaseModel):
    """One part of a price."""

    model_config = _IN

    amount: MoneyIn
    due_on: date | None = None
    condition: str = ""


class InstalmentsIn(BaseModel):
    """One price in parts (分期支付)."""

    model_config = _IN

    kind: Literal["instalments"]
    parts: list[InstalmentIn] = Field(max_length=60)

    def value(self) -> Instalments:
        """The terms."""
        return Instalments(
            tuple(Instalment(p.amount.value(), p.due_on, p.condition) for p in self.parts)
        )


class RoyaltyIn(BaseModel):
    """Entry fee and royalty (入门费加提成)."""

    model_config = _IN

    kind: Literal["royalty"]
    entry_fee: MoneyIn
    base: RoyaltyBase
    rate_bp: int
    years: int
    floor: MoneyIn | None = None
    cap: MoneyIn | None = None
    audit_right: bool = True

    def value(self) -> Royalty:
        """The terms."""
        return Royalty(
            entry_fee=self.entry_fee.value(),
            base=self.base,
            rate_bp=self.rate_bp,
            years=self.years,
            floor=self.floor.value() if self.floor else None,
            cap=self.cap.value() if self.cap else None,
            audit_right=self.audit_right,
        )


class EquityIn(BaseModel):
    """A share of the receiving company (作价入股)."""

    model_config = _IN

    kind: Literal["equity"]
    share_bp: int
    valuation: MoneyIn

    def value(self) -> Equity:
        """The terms."""
        return Equity(self.share_bp, self.valuation.value())


_PriceIn = Annotated[LumpSumIn | InstalmentsIn | RoyaltyIn | EquityIn, Field(discriminator="kind")]


class FreeUntilIn(BaseModel):
    """Free first, then a price (先使用后付费)."""

    model_config = _IN

    kind: Literal["free_until"]
    months: int
    trigger: ConversionTrigger
    then: _PriceIn

    def value(self) -> FreeUntil:
        """The terms."""
        return FreeUntil(self.months, self.trigger, self.then.value())


TermsIn = Annotated[
    LumpSumIn | InstalmentsIn | RoyaltyIn | EquityIn | FreeUntilIn, Field(discriminator="kind")
]
