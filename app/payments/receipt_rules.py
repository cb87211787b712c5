"""What an arrival at the bank is (DOMAIN 2.7). Pure: no database, no clock, no framework.

The order of the questions decides what the payer is told: whose order, is it paid already, whose
account, in time, enough.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.payments.types import Arrival, OrderFacts, OrderState, ReceiptKind, Verdict

_NUMBER: Final = re.compile(r"ZF-\d{4}-\d{6,}")


def find_order_number(written: str | None) -> str | None:
    """An order's number in what a payer wrote as the purpose (附言), however he typed it."""
    plain = unicodedata.normalize("NFKC", written or "").upper().replace("—", "-")
    found = _NUMBER.search(re.sub(r"\s+", "", plain))
    return found[0] if found else None


def classify(order: OrderFacts | None, arrival: Arrival) -> Verdict:
    """What an arrival is, how much of it counts and how much goes back, in 分.

    The due instant is exclusive: what arrives at it is late. An order that was closed takes no
    money any more, which is the same as late. Less than was asked does not count in part: a
    second payment would have to be told from a doubled one.
    """
    kind = _find_kind(order, arrival)
    counted = 0
    if order is not None and kind in (ReceiptKind.matched, ReceiptKind.surplus):
        counted = order.amount_minor
    return Verdict(kind, counted, arrival.amount_minor - counted)


def _find_kind(order: OrderFacts | None, arrival: Arrival) -> ReceiptKind:
    if order is None:
        return ReceiptKind.unknown
    if order.state is OrderState.paid:
        return ReceiptKind.doubled
    if not arrival.own:
        return ReceiptKind.third_party
    if order.state is OrderState.closed or arrival.at >= order.due_at:
        return ReceiptKind.late
    return _compare(arrival.amount_minor, order.amount_minor)


def _compare(arrived: int, asked: int) -> ReceiptKind:
    if arrived == asked:
        return ReceiptKind.matched
    return ReceiptKind.short if arrived < asked else ReceiptKind.surplus
