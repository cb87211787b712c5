"""Whether the books balance: every purse's totals worked out anew from its movements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.tx import UnitOfWork
from app.ledger import queries

FAULTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class BookFault:
    """A purse whose kept totals are not those of its movements.

    Both hold debits pending, debits posted, credits pending, credits posted, in minor units.
    """

    account_id: UUID
    kept: tuple[int, ...]
    counted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """How many purses and movements there are, and what moved in all, in minor units."""

    accounts: int
    transfers: int
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int

    @property
    def balanced(self) -> bool:
        """Every movement has two sides, so the totals of both are the same."""
        return (self.debits_pending, self.debits_posted) == (
            self.credits_pending,
            self.credits_posted,
        )


async def sum_books(uow: UnitOfWork) -> Books:
    """The totals of all purses."""
    return Books(**await queries.sum_books(uow))


async def verify_books(uow: UnitOfWork) -> list[BookFault]:
    """The purses that do not agree with their movements, at most twenty; none when all is well."""
    found = await queries.list_unbalanced(uow, FAULTS_SHOWN)
    return [BookFault(row.id, tuple(row.kept), tuple(row.counted)) for row in found]
