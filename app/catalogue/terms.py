"""PriceTerms (价格条款): how a price is paid; terms, not a number. None instead of terms is 面议.

Kinds after 民法典 846 (DOMAIN 4.1: one payment, one price in instalments, royalty, entry fee and
royalty), 公司法 48 (equity at a valuation) and 先使用后付费 (DOMAIN 1.7: free first, then a
formula). Every kind has one canonical JSON text; its SHA-256 is what notices, lots, deals and
contracts compare.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final

from app.core.money import Money
from app.core.official import Labelled

_FORMAT: Final = 1  # of the canonical text; a change of shape makes a new number


class PriceKind(Labelled):
    """The kinds of terms; 面议 (negotiable) is the absence of terms."""

    lump_sum = "lump_sum", "一次总付"
    instalments = "instalments", "分期支付"
    royalty = "royalty", "入门费加提成"
    equity = "equity", "作价入股"
    free_until = "free_until", "先使用后付费"


class RoyaltyBase(Labelled):
    """From what a royalty is taken."""

    net_sales = "net_sales", "净销售额"
    sales = "sales", "销售额"
    new_profit = "new_profit", "新增利润"
    output_value = "output_value", "产值"
    units = "units", "产品数量折算额"


class ConversionTrigger(Labelled):
    """What ends the free use (DOMAIN 1.7)."""

    date = "date", "免费期届满"
    revenue = "revenue", "产生销售收入"
    acceptance = "acceptance", "通过验收"
    milestone = "milestone", "达到约定节点"


@dataclass(frozen=True, slots=True)
class LumpSum:
    """One payment."""

    kind: ClassVar[PriceKind] = PriceKind.lump_sum
    amount: Money


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a price: due on a day, or when a condition is met, or both."""

    amount: Money
    due_on: date | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Instalments:
    """One price in parts, in order."""

    kind: ClassVar[PriceKind] = PriceKind.instalments
    parts: tuple[Instalment, ...]


@dataclass(frozen=True, slots=True)
class Royalty:
    """An entry fee (may be zero) and a share of a base.

    ``rate_bp`` basis points of ``base``; ``floor`` a year at least, ``cap`` over all years at
    most, for ``years`` years; ``audit_right``: the owner may inspect the books (民法典 846).
    """

    kind: ClassVar[PriceKind] = PriceKind.royalty
    entry_fee: Money
    base: RoyaltyBase
    rate_bp: int
    years: int
    floor: Money | None = None
    cap: Money | None = None
    audit_right: bool = True


@dataclass(frozen=True, slots=True)
class Equity:
    """A share of the receiving company at a valuation of the achievement."""

    kind: ClassVar[PriceKind] = PriceKind.equity
    share_bp: int
    valuation: Money


@dataclass(frozen=True, slots=True)
class FreeUntil:
    """Free for some months from signing or until something happens, then as ``then`` says."""

    kind: ClassVar[PriceKind] = PriceKind.free_until
    months: int
    trigger: ConversionTrigger
    then: LumpSum | Instalments | Royalty | Equity


PriceTerms = LumpSum | Instalments | Royalty | Equity | FreeUntil


class BidOn(StrEnum):
    """Which number of terms is bid in a lot."""

    amount = "amount"
    entry_fee = "entry_fee"
    valuation = "valuation"


def kind_of(terms: PriceTerms) -> PriceKind:
    """The kind of terms."""
    return terms.kind


def to_json(terms: PriceTerms) -> dict[str, Any]:
    """Terms as plain JSON values; every key is always there, so that equal terms look equal."""
    return {"format": _FORMAT, **_plain(terms)}


def canonical_json(terms: PriceTerms) -> str:
    """The one text of these terms: sorted keys, no blanks, UTF-8 as it is."""
    return json.dumps(to_json(terms), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compute_hash(terms: PriceTerms) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_json(terms).encode()).hexdigest()


def parse_terms(stored: Mapping[str, Any]) -> PriceTerms:
    """Terms from what :func:`to_json` gave, whatever the order of its keys.

    Raises ValueError for another format or kind, KeyError for a missing key.
    """
    if stored["format"] != _FORMAT:
        raise ValueError(f"terms of format {stored['format']}")
    return _parse(stored)


def compute_asking(terms: PriceTerms | None) -> Money | None:
    """What lists sort by: what is certainly paid (for equity its valuation); None for 面议.

    A royalty counts its entry fee and its yearly floor over all years.
    """
    match terms:
        case None:
            return None
        case LumpSum(amount):
            return amount
        case Instalments(parts):
            return sum((part.amount for part in parts[1:]), parts[0].amount)
        case Royalty():
            floor = terms.floor or Money(0, terms.entry_fee.currency)
            certain = Money(
                terms.entry_fee.minor + floor.minor * terms.years, terms.entry_fee.currency
            )
            return certain if certain.minor else None
        case Equity(_, valuation):
            return valuation
        case FreeUntil(_, _, then):
            return compute_asking(then)


def find_bid_on(terms: PriceTerms | None) -> BidOn | None:
    """Which number of these terms a lot bids; None when none can be (several parts, free use)."""
    match terms:
        case None | LumpSum():
            return BidOn.amount
        case Royalty():
            return BidOn.entry_fee
        case Equity():
            return BidOn.valuation
        case Instalments() | FreeUntil():
            return None


def apply_bid(terms: PriceTerms | None, amount: Money) -> PriceTerms:
    """The terms that a winning bid makes; 面议 becomes one payment.

    Raises ValueError for terms of which no number can be bid.
    """
    match terms:
        case None | LumpSum():
            return LumpSum(amount)
        case Royalty():
            return replace(terms, entry_fee=amount)
        case Equity():
            return replace(terms, valuation=amount)
        case Instalments() | FreeUntil():
            raise ValueError("no number of these terms can be bid")


def _money(amount: Money | None) -> dict[str, Any] | None:
    return None if amount is None else {"minor": amount.minor, "currency": amount.currency}


def _plain(terms: PriceTerms) -> dict[str, Any]:
    return {"kind": terms.kind.value, **_numbers(terms)}


def _numbers(terms: PriceTerms) -> dict[str, Any]:
    match terms:
        case LumpSum(amount):
            return {"amount": _money(amount)}
        case Instalments(parts):
            return {"parts": [_part(part) for part in parts]}
        case Royalty():
            return {
                "entry_fee": _money(terms.entry_fee),
                "base": terms.base.value,
                "rate_bp": terms.rate_bp,
                "years": terms.years,
                "floor": _money(terms.floor),
                "cap": _money(terms.cap),
                "audit_right": terms.audit_right,
            }
        case Equity(share_bp, valuation):
            return {"share_bp": share_bp, "valuation": _money(valuation)}
        case FreeUntil(months, trigger, then):
            return {"months": months, "trigger": trigger.value, "then": _plain(then)}


def _part(part: Instalment) -> dict[str, Any]:
    return {
        "amount": _money(part.amount),
        "due_on": part.due_on.isoformat() if part.due_on else None,
        "condition": part.condition,
    }


def _read_money(stored: Mapping[str, Any]) -> Money:
    return Money(stored["minor"], stored["currency"])


def _maybe_money(stored: Mapping[str, Any] | None) -> Money | None:
    return None if stored is None else _read_money(stored)


def _read_instalments(stored: Mapping[str, Any]) -> Instalments:
    return Instalments(
        tuple(
            Instalment(
                _read_money(part["amount"]),
                date.fromisoformat(part["due_on"]) if part["due_on"] else None,
                part["condition"],
            )
            for part in stored["parts"]
        )
    )


def _read_royalty(stored: Mapping[str, Any]) -> Royalty:
    return Royalty(
        entry_fee=_read_money(stored["entry_fee"]),
        base=RoyaltyBase(stored["base"]),
        rate_bp=stored["rate_bp"],
        years=stored["years"],
        floor=_maybe_money(stored["floor"]),
        cap=_maybe_money(stored["cap"]),
        audit_right=stored["audit_right"],
    )


def _read_free_until(stored: Mapping[str, Any]) -> FreeUntil:
    then = _parse(stored["then"])
    if isinstance(then, FreeUntil):
        raise ValueError("free use is followed by a price")
    return FreeUntil(stored["months"], ConversionTrigger(stored["trigger"]), then)


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], PriceTerms]]] = {
    PriceKind.lump_sum: lambda stored: LumpSum(_read_money(stored["amount"])),
    PriceKind.instalments: _read_instalments,
    PriceKind.royalty: _read_royalty,
    PriceKind.equity: lambda stored: Equity(stored["share_bp"], _read_money(stored["valuation"])),
    PriceKind.free_until: _read_free_until,
}


def _parse(stored: Mapping[str, Any]) -> PriceTerms:
    reader = _READERS.get(stored["kind"])
    if reader is None:
        raise ValueError(f"terms of kind {stored['kind']}")
    return reader(stored)
