"""Every SELECT and lock of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from app.ledger.models import LedgerAccount, LedgerTransfer

_TOTALS: Final = """
SELECT count(*) AS accounts, (SELECT count(*) FROM ledger_transfer) AS transfers,
    coalesce(sum(debits_pending), 0)::bigint AS debits_pending,
    coalesce(sum(debits_posted), 0)::bigint AS debits_posted,
    coalesce(sum(credits_pending), 0)::bigint AS credits_pending,
    coalesce(sum(credits_posted), 0)::bigint AS credits_posted
FROM ledger_account
"""

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


async def lock_accounts(uow: UnitOfWork, *ids: UUID) -> dict[UUID, LedgerAccount]:
    """Lock purses in id order, so that two transfers can never wait on each other."""
    query = (
        select(LedgerAccount)
        .where(LedgerAccount.id.in_(ids))
        .order_by(LedgerAccount.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {account.id: account for account in await uow.session.scalars(query)}


async def find_transfer(uow: UnitOfWork, transfer_id: UUID) -> LedgerTransfer | None:
    """A movement by its id."""
    return await uow.session.get(LedgerTransfer, transfer_id)


async def find_resolution(uow: UnitOfWork, hold_id: UUID) -> LedgerTransfer | None:
    """The post or void that resolved a hold."""
    query = select(LedgerTransfer).where(LedgerTransfer.hold_id == hold_id)
    return (await uow.session.scalars(query)).one_or_none()


async def upsert_account(uow: UnitOfWork, account: dict[str, object]) -> None:
    """Make a purse unless its owner already has one of this kind and currency."""
    await uow.session.execute(insert(LedgerAccount).values(**account).on_conflict_do_nothing())


async def get_account_of(
    uow: UnitOfWork, owner_id: UUID | None, kind: str, currency: str
) -> LedgerAccount:
    """The one purse of an owner, kind and currency."""
    query = select(LedgerAccount).where(
        LedgerAccount.owner_id.is_not_distinct_from(owner_id),
        LedgerAccount.kind == kind,
        LedgerAccount.currency == currency,
    )
    return (await uow.session.scalars(query)).one()


async def sum_books(uow: UnitOfWork) -> RowMapping:
    """How many purses and movements there are, and the totals of all purses."""
    return (await uow.session.execute(text(_TOTALS))).mappings().one()


async def list_unbalanced(uow: UnitOfWork, limit: int) -> Sequence[Row[Any]]:
    """Purses whose kept totals are not those of their movements: (id, kept, counted)."""
    return (await uow.session.execute(text(_RECOUNT), {"limit": limit})).all()
