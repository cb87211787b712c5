"""Every SELECT and lock of the ledger."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from app.ledger.models import LedgerAccount, LedgerTransfer


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


async def sum_totals(uow: UnitOfWork) -> tuple[int, int, int, int]:
    """All accounts' debits pending, debits posted, credits pending, credits posted."""
    query = select(
        func.coalesce(func.sum(LedgerAccount.debits_pending), 0),
        func.coalesce(func.sum(LedgerAccount.debits_posted), 0),
        func.coalesce(func.sum(LedgerAccount.credits_pending), 0),
        func.coalesce(func.sum(LedgerAccount.credits_posted), 0),
    )
    pending_out, posted_out, pending_in, posted_in = (await uow.session.execute(query)).one()
    return int(pending_out), int(posted_out), int(pending_in), int(posted_in)
