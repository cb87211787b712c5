"""Whether the books balance: every purse's totals worked out anew from its movements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.core.tx import UnitOfWork

FAULTS_SHOWN: Final = 20

# Pending is what was held and neither posted nor voided; posted is what moved at once or by a post.
_RECOUNT: Final = """
WITH moved AS (
    SELECT t.debit_id, t.credit_id, t.currency,
        CASE WHEN t.kind IN ('direct', 'post') THEN t.amount_minor ELSE 0 END AS posted,
        CASE WHEN t.kind = 'hold' AND r.id IS NULL THEN t.amount_minor ELSE 0 END AS pending
    FROM ledger_transfer AS t LEFT JOIN ledger_transfer AS r ON r.hold_id = t.id
), sides AS (
    SELECT debit_id AS id, pending AS debits_pending, posted AS debits_posted,
        0::bigint AS credits_pending, 0::bigint AS credits_posted FROM moved
    UNION ALL SELECT credit_id, 0, 0, pending, posted FROM moved
), counted AS (
    SELECT id, sum(debits_pending) AS debits_pending, sum(debits_posted) AS debits_posted,
        sum(credits_pending) AS credits_pending, sum(credits_posted) AS credits_posted
    FROM sides GROUP BY id
)
SELECT a.id,
    ARRAY[a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted] AS kept,
    ARRAY[coalesce(c.debits_pending, 0), coalesce(c.debits_posted, 0),
        coalesce(c.credits_pending, 0), coalesce(c.credits_posted, 0)]::bigint[] AS counted
FROM ledger_account AS a LEFT JOIN counted AS c USING (id)
WHERE (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
    IS DISTINCT FROM (coalesce(c.debits_pending, 0), coalesce(c.debits_posted, 0),
        coalesce(c.credits_pending, 0), coalesce(c.credits_posted, 0))
ORDER BY a.id LIMIT :limit
"""


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
    found = await uow.session.execute(
        text(
            "SELECT count(*) AS accounts, (SELECT count(*) FROM ledger_transfer) AS transfers,"
            " coalesce(sum(debits_pending), 0)::bigint AS debits_pending,"
            " coalesce(sum(debits_posted), 0)::bigint AS debits_posted,"
            " coalesce(sum(credits_pending), 0)::bigint AS credits_pending,"
            " coalesce(sum(credits_posted), 0)::bigint AS credits_posted FROM ledger_account"
        )
    )
    return Books(**found.mappings().one())


async def verify_books(uow: UnitOfWork) -> list[BookFault]:
    """The purses that do not agree with their movements, at most twenty; none when all is well."""
    found = await uow.session.execute(text(_RECOUNT), {"limit": FAULTS_SHOWN})
    return [BookFault(row.id, tuple(row.kept), tuple(row.counted)) for row in found]
