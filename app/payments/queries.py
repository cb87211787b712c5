"""Every SELECT and lock of payments; the lists people look at stand in ``list_queries``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CollectionAggregate,
    String,
    Uuid,
    any_,
    delete,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from app.payments.errors import DifferenceMissing, OrderMissing, PayoutMissing, ReceiptMissing
from app.payments.models import (
    BankMessage,
    PayOrder,
    Payout,
    Receipt,
    Statement,
    StatementDifference,
    StatementLine,
)

# ---- orders ------------------------------------------------------------------------------------


async def lock_order(uow: UnitOfWork, order_id: UUID) -> PayOrder:
    """Lock an order: what arrives for it is judged under this lock. Raises OrderMissing."""
    found = await uow.session.get(PayOrder, order_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise OrderMissing()
    return found


async def get_order(uow: UnitOfWork, order_id: UUID) -> PayOrder:
    """An order as it is now. Raises OrderMissing."""
    found = await uow.session.get(PayOrder, order_id, populate_existing=True)
    if found is None:
        raise OrderMissing()
    return found


async def find_order_by_number(uow: UnitOfWork, number: str) -> PayOrder | None:
    """An order by its number."""
    return (
        await uow.session.scalars(select(PayOrder).where(PayOrder.number == number))
    ).one_or_none()


async def lock_order_by_number(uow: UnitOfWork, number: str) -> PayOrder | None:
    """Lock an order by its number."""
    query = (
        select(PayOrder)
        .where(PayOrder.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_order_by_key(uow: UnitOfWork, key: str) -> PayOrder | None:
    """The order opened with this idempotency key."""
    return (
        await uow.session.scalars(select(PayOrder).where(PayOrder.idempotency_key == key))
    ).one_or_none()


async def lock_orders(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[PayOrder]:
    """Lock orders by their ids, in id order."""
    query = (
        select(PayOrder)
        .where(PayOrder.id == any_(literal(list(ids), ARRAY(Uuid))))
        .order_by(PayOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def lock_due_orders(uow: UnitOfWork, limit: int) -> Sequence[PayOrder]:
    """Orders that the bank is to be asked about now."""
    query = (
        select(PayOrder)
        .where(PayOrder.look_at <= func.market_now(), text("look_at IS NOT NULL"))
        .order_by(PayOrder.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


# ---- receipts ----------------------------------------------------------------------------------


async def insert_message(uow: UnitOfWork, values: dict[str, Any]) -> bool:
    """Keep a message of the bank; False when its number is known. Waits for a rival with it."""
    added = await uow.session.execute(
        insert(BankMessage).values(**values).on_conflict_do_nothing().returning(BankMessage.id)
    )
    return added.scalar_one_or_none() is not None


async def get_message(uow: UnitOfWork, message_id: str) -> BankMessage:
    """A message that was taken before."""
    return (
        await uow.session.scalars(select(BankMessage).where(BankMessage.id == message_id))
    ).one()


async def insert_receipt(uow: UnitOfWork, values: dict[str, Any]) -> Receipt | None:
    """Keep an arrival; None when its reference is known. Waits for a rival with it."""
    added = await uow.session.scalars(
        insert(Receipt)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["reference"])
        .returning(Receipt)
    )
    return added.one_or_none()


async def find_receipt(uow: UnitOfWork, reference: str) -> Receipt | None:
    """An arrival by the bank's reference."""
    query = select(Receipt).where(Receipt.reference == reference)
    return (await uow.session.scalars(query)).one_or_none()


async def lock_receipt(uow: UnitOfWork, receipt_id: UUID) -> Receipt:
    """Lock an arrival. Raises ReceiptMissing."""
    found = await uow.session.get(Receipt, receipt_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ReceiptMissing()
    return found


async def find_counted(uow: UnitOfWork, order_id: UUID) -> Receipt | None:
    """The arrival that paid an order."""
    query = select(Receipt).where(Receipt.order_id == order_id, Receipt.counted_minor > 0)
    return (await uow.session.scalars(query)).one_or_none()


async def list_by_references(uow: UnitOfWork, references: Collection[str]) -> Sequence[Receipt]:
    """Arrivals by the bank's references."""
    query = select(Receipt).where(Receipt.reference == _any_of(references))
    return (await uow.session.scalars(query)).all()


async def list_arrived(uow: UnitOfWork, start: datetime, end: datetime) -> Sequence[Receipt]:
    """Arrivals of a span of the bank's time."""
    query = select(Receipt).where(Receipt.arrived_at >= start, Receipt.arrived_at < end)
    return (await uow.session.scalars(query.order_by(Receipt.arrived_at, Receipt.id))).all()


# ---- payouts -----------------------------------------------------------------------------------


async def lock_payout(uow: UnitOfWork, payout_id: UUID) -> Payout:
    """Lock a payout. Raises PayoutMissing."""
    found = await uow.session.get(Payout, payout_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PayoutMissing()
    return found


async def lock_payout_by_bank_number(uow: UnitOfWork, number: str) -> Payout | None:
    """Lock a payout by the number that the bank knows."""
    query = (
        select(Payout)
        .where(Payout.bank_number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_payout_by_key(uow: UnitOfWork, key: str) -> Payout | None:
    """The payout made with this idempotency key."""
    return (
        await uow.session.scalars(select(Payout).where(Payout.idempotency_key == key))
    ).one_or_none()


async def lock_due_payouts(uow: UnitOfWork, limit: int) -> Sequence[Payout]:
    """Payouts that the worker has to look at now."""
    query = (
        select(Payout)
        .where(Payout.due_at <= func.market_now(), text("due_at IS NOT NULL"))
        .order_by(Payout.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def list_by_bank_numbers(uow: UnitOfWork, numbers: Collection[str]) -> Sequence[Payout]:
    """Payouts by the numbers that the bank knows."""
    query = select(Payout).where(Payout.bank_number == _any_of(numbers))
    return (await uow.session.scalars(query)).all()


async def list_gone(uow: UnitOfWork, start: datetime, end: datetime) -> Sequence[Payout]:
    """Payouts that the bank settled in a span of its time."""
    query = select(Payout).where(Payout.bank_settled_at >= start, Payout.bank_settled_at < end)
    return (await uow.session.scalars(query.order_by(Payout.bank_settled_at, Payout.id))).all()


async def has_open_returns(uow: UnitOfWork, receipt_id: UUID) -> bool:
    """Whether something of an arrival is still on its way back."""
    query = select(Payout.id).where(
        Payout.receipt_id == receipt_id, Payout.state.not_in(["settled", "refused"])
    )
    return (await uow.session.scalars(query.limit(1))).first() is not None


# ---- statements --------------------------------------------------------------------------------


async def lock_statement(uow: UnitOfWork, day: date) -> Statement | None:
    """Lock the comparison of a day."""
    return await uow.session.get(Statement, day, with_for_update=True, populate_existing=True)


async def insert_statements(uow: UnitOfWork, days: Sequence[date], look_at: datetime) -> None:
    """Let days be compared that are not known yet."""
    rows = [
        {"day": day, "state": "asked", "rows": 0, "in_minor": 0, "out_minor": 0, "tries": 0,
         "look_at": look_at} for day in days
    ]  # fmt: skip
    await uow.session.execute(insert(Statement).values(rows).on_conflict_do_nothing())


async def find_last_day(uow: UnitOfWork) -> date | None:
    """The last day that is compared or to be compared."""
    return (await uow.session.scalars(select(func.max(Statement.day)))).one()


async def find_first_order_at(uow: UnitOfWork) -> datetime | None:
    """When the first order was opened (market's clock)."""
    return (
        await uow.session.scalars(select(PayOrder.opened_at).order_by(PayOrder.id).limit(1))
    ).one_or_none()


async def find_closing(uow: UnitOfWork, day: date) -> int | None:
    """The bank's balance at the end of a day, 分."""
    found = await uow.session.get(Statement, day)
    return found.closing_minor if found else None


async def lock_due_statements(uow: UnitOfWork, limit: int) -> Sequence[Statement]:
    """Days whose statement is to be read now."""
    query = (
        select(Statement)
        .where(Statement.look_at <= func.market_now(), text("look_at IS NOT NULL"))
        .order_by(Statement.day)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def replace_lines(uow: UnitOfWork, day: date, lines: Sequence[StatementLine]) -> None:
    """Keep a day's rows as the bank named them last."""
    await uow.session.execute(delete(StatementLine).where(StatementLine.day == day))
    uow.session.add_all(lines)
    await uow.session.flush()


async def insert_differences(uow: UnitOfWork, rows: list[dict[str, Any]]) -> int:
    """Keep differences that are not known yet; answers how many are new."""
    if not rows:
        return 0
    # why not .values(rows): a day may have more rows than one statement takes parameters
    added = await uow.session.execute(
        insert(StatementDifference).on_conflict_do_nothing().returning(StatementDifference.id), rows
    )
    return len(added.all())


async def lock_difference(uow: UnitOfWork, difference_id: UUID) -> StatementDifference:
    """Lock a difference. Raises DifferenceMissing."""
    found = await uow.session.get(
        StatementDifference, difference_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise DifferenceMissing()
    return found


async def count_open_differences(uow: UnitOfWork, day: date) -> int:
    """How many of a day's differences nobody has settled."""
    query = select(func.count()).where(
        StatementDifference.day == day, StatementDifference.settled_at.is_(None)
    )
    return (await uow.session.scalars(query)).one()


def _any_of(texts: Collection[str]) -> CollectionAggregate[Any]:
    """One array parameter, however many there are: a statement takes 32767 parameters."""
    return any_(literal(list(texts), ARRAY(String)))
