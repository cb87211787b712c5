"""The bank's day against ours, row by row. Pure.

A row of the bank is known by its reference (payments) or by the number that we gave (payouts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.payments.types import DifferenceKind

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Row:
    """One movement: ``reference`` as above, 分, into the account or out of it."""

    reference: str
    amount_minor: int
    incoming: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; the amounts in 分 of the side that has it."""

    kind: DifferenceKind
    reference: str
    bank_minor: int | None
    our_minor: int | None


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The instants between which a day in Shanghai lies; the second is exclusive."""
    start = datetime.combine(day, time(), _SHANGHAI)
    return start, start + timedelta(days=1)


def compare(
    bank: Sequence[Row], known: Mapping[str, Row], expected: Sequence[Row]
) -> list[Difference]:
    """Every difference of a day, in the order of the bank's rows, what is missing last.

    ``known``: what we have of the bank's references, whenever it was. ``expected``: what of ours
    falls on this day by the bank's own time.
    """
    found: list[Difference] = []
    seen: set[str] = set()
    for row in bank:
        ours = known.get(row.reference)
        if row.reference in seen:
            found.append(Difference(DifferenceKind.twice, row.reference, row.amount_minor, None))
        elif ours is None or ours.incoming != row.incoming:
            found.append(
                Difference(DifferenceKind.unknown_row, row.reference, row.amount_minor, None)
            )
        elif ours.amount_minor != row.amount_minor:
            found.append(
                Difference(
                    DifferenceKind.amount, row.reference, row.amount_minor, ours.amount_minor
                )
            )
        seen.add(row.reference)
    found += [
        Difference(DifferenceKind.missing_row, row.reference, None, row.amount_minor)
        for row in expected
        if row.reference not in seen
    ]
    return found


def check_balance(
    bank: Sequence[Row], opening: int | None, closing: int | None, before: int | None
) -> Difference | None:
    """Whether the bank's own figures agree: opening and rows give closing, and opening is the
    closing of the day before (``before``), where they are told."""
    if opening is None or closing is None:
        return None
    moved = sum(row.amount_minor if row.incoming else -row.amount_minor for row in bank)
    expected = (opening if before is None else before) + moved
    if closing == expected:
        return None
    return Difference(DifferenceKind.balance, "closing", closing, expected)
