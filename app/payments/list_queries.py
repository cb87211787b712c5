"""What people look at: arrivals that did not fit, payouts, differences, days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text, tuple_

from app.core.tx import UnitOfWork
from app.payments.models import PayOrder, Payout, Receipt, Statement, StatementDifference
from app.payments.types import PayoutFilter


async def list_odd_receipts(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[Receipt, str | None]]:
    """Arrivals that were not simply matched, newest first, with their order's number."""
    query = (
        select(Receipt, PayOrder.number)
        .outerjoin(PayOrder, PayOrder.id == Receipt.order_id)
        .where(text("receipt.kind <> 'matched'"))  # why: literal, to match the index
    )
    if after is not None:
        query = query.where(tuple_(Receipt.taken_at, Receipt.id) < tuple_(*after))
    query = query.order_by(Receipt.taken_at.desc(), Receipt.id.desc()).limit(limit)
    return [(one, number) for one, number in await uow.session.execute(query)]


async def list_order_receipts(uow: UnitOfWork, order_id: UUID) -> Sequence[Receipt]:
    """What arrived for one order, in the order in which it was heard of."""
    query = select(Receipt).where(Receipt.order_id == order_id).order_by(Receipt.id).limit(100)
    return (await uow.session.scalars(query)).all()


async def list_order_payouts(uow: UnitOfWork, order_id: UUID) -> Sequence[Payout]:
    """What left or leaves of one order's money."""
    query = select(Payout).where(Payout.order_id == order_id).order_by(Payout.id).limit(100)
    return (await uow.session.scalars(query)).all()


async def find_receipt(uow: UnitOfWork, receipt_id: UUID) -> tuple[Receipt, str | None] | None:
    """One arrival with its order's number."""
    query = (
        select(Receipt, PayOrder.number)
        .outerjoin(PayOrder, PayOrder.id == Receipt.order_id)
        .where(Receipt.id == receipt_id)
    )
    found = (await uow.session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def list_payouts(
    uow: UnitOfWork, only: PayoutFilter, after: UUID | None, limit: int
) -> list[tuple[Payout, str | None, UUID | None]]:
    """Payouts with their order's number and party, newest first."""
    query = (
        select(Payout, PayOrder.number, Receipt.party_id)
        .join(Receipt, Receipt.id == Payout.receipt_id)
        .outerjoin(PayOrder, PayOrder.id == Payout.order_id)
    )
    match only:
        case PayoutFilter.asked:
            query = query.where(text("payout.state = 'asked'"))
        case PayoutFilter.stuck:
            query = query.where(text("payout.stuck_at IS NOT NULL AND payout.settled_at IS NULL"))
        case PayoutFilter.all:
            pass
    if after is not None:
        query = query.where(Payout.id < after)
    found = await uow.session.execute(query.order_by(Payout.id.desc()).limit(limit))
    return [(one, number, party_id) for one, number, party_id in found]


async def list_open_differences(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[StatementDifference]:
    """Differences that nobody has settled, oldest first."""
    query = select(StatementDifference).where(text("settled_at IS NULL"))
    if after is not None:
        query = query.where(
            tuple_(StatementDifference.found_at, StatementDifference.id) > tuple_(*after)
        )
    query = query.order_by(StatementDifference.found_at, StatementDifference.id).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_days(uow: UnitOfWork, after: date | None, limit: int) -> list[tuple[Statement, int]]:
    """Days that were compared, newest first, with how many differences each has."""
    differences = (
        select(func.count())
        .where(StatementDifference.day == Statement.day, StatementDifference.settled_at.is_(None))
        .scalar_subquery()
    )
    query = select(Statement, differences)
    if after is not None:
        query = query.where(Statement.day < after)
    found = await uow.session.execute(query.order_by(Statement.day.desc()).limit(limit))
    return [(one, count) for one, count in found]
