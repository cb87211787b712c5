"""How one movement changes the totals of its two accounts. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.ledger.types import TransferKind


@dataclass(frozen=True, slots=True)
class Change:
    """What to add to both sides' totals: pending and posted, in minor units."""

    pending: int
    posted: int


def compute_change(kind: TransferKind, amount: int, held: int = 0) -> Change:
    """``held`` is the amount of the hold that a post or void resolves, in minor units."""
    match kind:
        case TransferKind.direct:
            return Change(0, amount)
        case TransferKind.hold:
            return Change(amount, 0)
        case TransferKind.post:
            return Change(-held, amount)
        case TransferKind.void:
            return Change(-held, 0)
