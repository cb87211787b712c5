"""The books are counted anew, and a purse that lies is named."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx
from app.ledger import service
from app.ledger.service import sum_books, verify_books


async def given_movements(tx: Tx) -> tuple[UUID, UUID]:
    """A bank and a purse with a direct movement, an open hold, a part post and a void."""
    bank = await tx.run(service.open_account, kind="bank", owner_id=None, overdraft=True)
    purse = await tx.run(service.open_account, kind="main", owner_id=new_id())
    sides: dict[str, Any] = {"debit_id": bank.id, "credit_id": purse.id, "reason": "test"}
    await tx.run(service.transfer, transfer_id=new_id(), amount=Money(1000, "CNY"), **sides)
    holds = [new_id() for _ in range(3)]
    for hold in holds:
        await tx.run(service.hold, transfer_id=hold, amount=Money(300, "CNY"), **sides)
    part = Money(100, "CNY")
    await tx.run(service.post, transfer_id=new_id(), hold_id=holds[0], reason="test", amount=part)
    await tx.run(service.void, transfer_id=new_id(), hold_id=holds[1], reason="test")
    return bank.id, purse.id


async def test_books_that_balance(tx: Tx) -> None:
    before = await tx.run(sum_books)
    await given_movements(tx)
    books = await tx.run(sum_books)
    assert books.balanced
    assert books.transfers == before.transfers + 6
    assert books.debits_posted == before.debits_posted + 1100
    assert books.debits_pending == before.debits_pending + 300
    assert await tx.run(verify_books) == []


async def test_a_total_that_was_changed_is_named(tx: Tx, connection: AsyncConnection) -> None:
    _, purse = await given_movements(tx)
    await connection.execute(
        text("UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE id = :id"),
        {"id": purse},
    )
    (fault,) = await tx.run(verify_books)
    assert fault.account_id == purse
    assert fault.kept == (0, 0, 300, 1101)
    assert fault.counted == (0, 0, 300, 1100)
    assert not (await tx.run(sum_books)).balanced
