"""The words of the bank as types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Direction(StrEnum):
    """Of an entry, seen from the collection account."""

    credit = "in"
    debit = "out"


class PayoutKind(StrEnum):
    refund = "refund"
    capture = "capture"


class PayoutMood(StrEnum):
    """What becomes of a payout, by the switch ``payouts``."""

    normal = "normal"
    busy = "busy"
    transient = "transient"
    final = "final"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a ``POST`` is answered with; ``lost``: a switch says that the answer never leaves."""

    status: int
    body: dict[str, Any]
    replayed: bool = False
    lost: bool = False


ACCOUNT: Final = "6200000000000001"
ACCOUNT_NAME: Final = "交易资金监管专户（模拟）"
BANK_NAME: Final = "模拟银行营业部"
