"""Form of an offer: what may be had, and the price as terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.catalogue.types import (
    ConversionTrigger,
    Disposal,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    LumpSum,
    OfferContent,
    PriceKind,
    PriceTerms,
    Royalty,
    RoyaltyBase,
    kind_of,
)
from app.core.i18n import _n
from app.core.money import Money
from app.core.official import NationalField, Region
from frontend.forms.fields import (
    as_percent,
    as_yuan,
    choice,
    day,
    instant,
    integer,
    money_yuan,
    percent_bp,
    text,
)
from frontend.forms.records import SPARE_ROWS, VersionForm
from frontend.show import datetime_local

NEGOTIABLE: Final = "negotiable"
# 先使用后付费 is not chosen here: a free period stands before any of these.
CHOICES: Final = (
    NEGOTIABLE,
    PriceKind.lump_sum,
    PriceKind.instalments,
    PriceKind.royalty,
    PriceKind.equity,
)
CONDITIONS_LENGTH: Final = 4000
NOTE_LENGTH: Final = 500
_FIRST_PARTS: Final = 3
_NO_FREE_PERIOD = _n("面议时不能填写免费期，请先选择价格条款。")
_TOO_FEW = _n("分期支付至少填写两期。")


class OfferForm(VersionForm):
    """What an owner offers of one achievement."""

    def parse(self) -> OfferContent:
        """The content; raises Invalid with every refusal."""
        disposal = self.need("disposal", choice(list(Disposal)))
        terms = self._terms()
        conditions = self.maybe("conditions", text(maximum=CONDITIONS_LENGTH, lines=True))
        fields = self.each("fields", choice(list(NationalField)))
        use_note = self.maybe("use_note", text(maximum=NOTE_LENGTH, lines=True))
        territory = self.each("territory", choice(list(Region)))
        period_years = self.maybe("period_years", integer(minimum=1, maximum=50))
        valid_from = self.maybe("valid_from", instant())
        self.check()
        return OfferContent(
            disposal=Disposal(disposal),
            terms=terms,
            conditions=conditions or "",
            fields=frozenset(map(NationalField, fields)),
            use_note=use_note or "",
            territory=frozenset(map(Region, territory)),
            period_years=period_years,
            valid_from=valid_from,
        )

    def part_rows(self) -> list[int]:
        """Rows of instalments to show."""
        filled = self.rows("parts")
        count = max(_FIRST_PARTS, max(filled, default=-1) + 1 + SPARE_ROWS)
        return list(range(count))

    def _terms(self) -> PriceTerms | None:
        kind = self.need("terms_kind", choice(CHOICES))
        months = self.maybe("free_months", integer(minimum=1, maximum=60))
        trigger = self.pick("free_trigger", ConversionTrigger) or ConversionTrigger.date
        if not kind or kind == NEGOTIABLE:
            if months:
                self.add("free_months", _NO_FREE_PERIOD)
            return None
        readers: dict[str, Callable[[], LumpSum | Instalments | Royalty | Equity]] = {
            PriceKind.lump_sum: self._lump_sum,
            PriceKind.instalments: self._instalments,
            PriceKind.royalty: self._royalty,
            PriceKind.equity: self._equity,
        }
        price = readers[kind]()
        return FreeUntil(months, trigger, price) if months else price

    def _lump_sum(self) -> LumpSum:
        return LumpSum(self.need("amount", money_yuan(minimum=Money(1))))

    def _instalments(self) -> Instalments:
        parts = []
        for i in self.rows("parts"):
            names = [f"parts-{i}-{name}" for name in ("amount", "due_on", "condition")]
            if any(self.value(name).strip() for name in names):
                parts.append(
                    Instalment(
                        self.need(names[0], money_yuan(minimum=Money(1))),
                        self.maybe(names[1], day()),
                        self.maybe(names[2], text(maximum=200)) or "",
                    )
                )
        if len(parts) < 2:
            self.add("parts", _TOO_FEW)
        return Instalments(tuple(parts))

    def _royalty(self) -> Royalty:
        base = self.need("base", choice(list(RoyaltyBase)))
        return Royalty(
            entry_fee=self.maybe("entry_fee", money_yuan()) or Money(0),
            base=RoyaltyBase(base) if base else RoyaltyBase.net_sales,
            rate_bp=self.need("rate_bp", percent_bp(minimum=1)),
            years=self.need("years", integer(minimum=1, maximum=50)),
            floor=self.maybe("floor", money_yuan(minimum=Money(1))),
            cap=self.maybe("cap", money_yuan(minimum=Money(1))),
            audit_right=self.checked("audit_right"),
        )

    def _equity(self) -> Equity:
        return Equity(
            share_bp=self.need("share_bp", percent_bp(minimum=1)),
            valuation=self.need("valuation", money_yuan(minimum=Money(1))),
        )

    @classmethod
    def filled(cls, content: OfferContent, version: int) -> OfferForm:
        """The form with what stands in an offer."""
        return cls.blank(
            version=version,
            disposal=content.disposal,
            conditions=content.conditions,
            fields=sorted(content.fields),
            use_note=content.use_note,
            territory=sorted(content.territory),
            period_years=content.period_years,
            valid_from=datetime_local(content.valid_from) or None,
            **_terms_values(content.terms),
        )


def _terms_values(terms: PriceTerms | None) -> dict[str, object]:
    if terms is None:
        return {"terms_kind": NEGOTIABLE}
    if isinstance(terms, FreeUntil):
        return _terms_values(terms.then) | {
            "free_months": terms.months,
            "free_trigger": terms.trigger,
        }
    return {"terms_kind": kind_of(terms), **_price_values(terms)}


def _price_values(terms: LumpSum | Instalments | Royalty | Equity) -> dict[str, object]:
    match terms:
        case LumpSum(amount):
            return {"amount": as_yuan(amount)}
        case Instalments(parts):
            return {
                f"parts-{i}-{name}": value
                for i, part in enumerate(parts)
                for name, value in (
                    ("amount", as_yuan(part.amount)),
                    ("due_on", part.due_on),
                    ("condition", part.condition),
                )
            }
        case Royalty():
            return {
                "entry_fee": as_yuan(terms.entry_fee),
                "base": terms.base,
                "rate_bp": as_percent(terms.rate_bp),
                "years": terms.years,
                "floor": as_yuan(terms.floor),
                "cap": as_yuan(terms.cap),
                "audit_right": "1" if terms.audit_right else None,
            }
        case Equity(share_bp, valuation):
            return {"share_bp": as_percent(share_bp), "valuation": as_yuan(valuation)}
