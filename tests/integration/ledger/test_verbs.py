import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx, UnitOfWork
from app.ledger import queries, service
from app.ledger.errors import (
    AccountMissing,
    CurrencyMismatch,
    HoldAlreadyResolved,
    HoldMissing,
    InsufficientFunds,
    PostTooLarge,
    TransferMismatch,
)


class Purses:
    """Bank (may overdraw), Wang with 100 yuan, and the market's escrow."""

    bank: UUID
    wang: UUID
    escrow: UUID


async def given_purses(tx: Tx) -> Purses:
    purses = Purses()
    purses.bank = (
        await tx.run(service.open_account, kind="bank", owner_id=None, overdraft=True)
    ).id
    purses.wang = (await tx.run(service.open_account, kind="cash", owner_id=new_id())).id
    purses.escrow = (await tx.run(service.open_account, kind="escrow", owner_id=None)).id
    await move(tx, purses.bank, purses.wang, 100_00)
    return purses


async def move(tx: Tx, debit: UUID, credit: UUID, minor: int, identity: UUID | None = None) -> UUID:
    row = await tx.run(
        service.transfer,
        transfer_id=identity or new_id(),
        debit_id=debit,
        credit_id=credit,
        amount=Money(minor),
        reason="test",
    )
    return row.id


async def hold(tx: Tx, purses: Purses, minor: int) -> UUID:
    row = await tx.run(
        service.hold,
        transfer_id=new_id(),
        debit_id=purses.wang,
        credit_id=purses.escrow,
        amount=Money(minor),
        reason="test",
    )
    return row.id


async def totals(tx: Tx, account: UUID) -> tuple[int, int, int, int]:
    async def read(uow: UnitOfWork) -> tuple[int, int, int, int]:
        row = (await queries.lock_accounts(uow, account))[account]
        return (row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted)

    return await tx.run(read)


async def test_opening_twice_gives_the_same_purse(tx: Tx) -> None:
    owner = new_id()
    first = await tx.run(service.open_account, kind="cash", owner_id=owner)
    again = await tx.run(service.open_account, kind="cash", owner_id=owner)
    assert first.id == again.id


async def test_a_hold_reserves_and_a_post_moves_part_and_frees_the_rest(tx: Tx) -> None:
    purses = await given_purses(tx)
    held = await hold(tx, purses, 60_00)
    assert await totals(tx, purses.wang) == (60_00, 0, 0, 100_00)
    await tx.run(
        service.post, transfer_id=new_id(), hold_id=held, reason="part", amount=Money(20_00)
    )
    assert await totals(tx, purses.wang) == (0, 20_00, 0, 100_00)
    assert await totals(tx, purses.escrow) == (0, 0, 0, 20_00)


async def test_a_void_undoes_a_hold(tx: Tx) -> None:
    purses = await given_purses(tx)
    held = await hold(tx, purses, 100_00)
    await tx.run(service.void, transfer_id=new_id(), hold_id=held, reason="undo")
    assert await totals(tx, purses.wang) == (0, 0, 0, 100_00)


async def test_the_same_id_moves_money_once(tx: Tx) -> None:
    purses = await given_purses(tx)
    identity = new_id()
    for _ in range(2):
        await move(tx, purses.wang, purses.escrow, 40_00, identity)
    assert await totals(tx, purses.wang) == (0, 40_00, 0, 100_00)


async def test_each_refusal_changes_nothing(tx: Tx) -> None:
    purses = await given_purses(tx)
    held, done = await hold(tx, purses, 50_00), await hold(tx, purses, 10_00)
    await tx.run(service.void, transfer_id=new_id(), hold_id=done, reason="undo")
    known = await move(tx, purses.wang, purses.escrow, 5_00)
    dollars = await tx.run(service.open_account, kind="cash", owner_id=None, currency="USD")
    before = [await totals(tx, p) for p in (purses.bank, purses.wang, purses.escrow)]
    new = new_id
    refusals: list[tuple[type[DomainError], object]] = [
        (InsufficientFunds, move(tx, purses.wang, purses.escrow, 45_01)),
        (TransferMismatch, move(tx, purses.wang, purses.escrow, 6_00, known)),
        (AccountMissing, move(tx, purses.wang, new(), 1)),
        (CurrencyMismatch, move(tx, purses.wang, dollars.id, 1)),
        (HoldMissing, tx.run(service.void, transfer_id=new(), hold_id=new(), reason="x")),
        (HoldMissing, tx.run(service.void, transfer_id=new(), hold_id=known, reason="x")),
        (HoldAlreadyResolved, tx.run(service.post, transfer_id=new(), hold_id=done, reason="x")),
        (
            PostTooLarge,
            tx.run(service.post, transfer_id=new(), hold_id=held, reason="x", amount=Money(50_01)),
        ),
    ]
    for refusal, attempt in refusals:
        with pytest.raises(refusal):
            await attempt  # type: ignore[misc]
    assert [await totals(tx, p) for p in (purses.bank, purses.wang, purses.escrow)] == before


async def test_a_movement_can_never_be_rewritten(tx: Tx) -> None:
    async def tamper(uow: UnitOfWork) -> None:
        await uow.session.execute(text("UPDATE ledger_transfer SET amount_minor = 1"))

    with pytest.raises(ProgrammingError, match="permission denied"):
        await tx.run(tamper)


async def test_two_rivals_cannot_spend_the_same_money(real_tx: Tx) -> None:
    purses = await given_purses(real_tx)
    tries = [move(real_tx, purses.wang, purses.escrow, 60_00) for _ in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, InsufficientFunds) for r in results) == 7
    assert await totals(real_tx, purses.wang) == (0, 60_00, 0, 100_00)


async def test_opposite_transfers_do_not_deadlock_and_a_hold_is_resolved_once(real_tx: Tx) -> None:
    purses = await given_purses(real_tx)
    await move(real_tx, purses.bank, purses.escrow, 100_00)
    held = await hold(real_tx, purses, 10_00)
    results = await asyncio.gather(
        *(move(real_tx, purses.wang, purses.escrow, 1) for _ in range(6)),
        *(move(real_tx, purses.escrow, purses.wang, 1) for _ in range(6)),
        real_tx.run(service.post, transfer_id=new_id(), hold_id=held, reason="x"),
        real_tx.run(service.void, transfer_id=new_id(), hold_id=held, reason="x"),
        return_exceptions=True,
    )
    failed = [r for r in results if isinstance(r, BaseException)]
    assert [type(f) for f in failed] == [HoldAlreadyResolved]
