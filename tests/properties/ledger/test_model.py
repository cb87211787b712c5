"""The ledger against a model that only adds and subtracts."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx
from app.ledger import queries, service
from tests import databases

STEP = st.tuples(
    st.sampled_from(["transfer", "hold", "post", "void", "again"]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(1, 60),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


async def play(database: str, steps: list[tuple[str, int, int, int]]) -> None:
    engine = databases.connect(database, role="market_app")
    async with engine.connect() as connection:
        outer = await connection.begin()
        tx = Tx(
            async_sessionmaker(
                bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
        )
        await check(tx, steps)
        await outer.rollback()
    await engine.dispose()


async def check(tx: Tx, steps: list[tuple[str, int, int, int]]) -> None:
    accounts = [
        await tx.run(service.open_account, kind=f"k{n}", owner_id=None, overdraft=n == 0)
        for n in range(3)
    ]
    have, reserved = [0, 0, 0], [0, 0, 0]
    holds: list[tuple[UUID, int, int, int]] = []
    last: tuple[UUID, int, int, int] | None = None
    for kind, a, b, amount in steps:
        identity, may = new_id(), a != b and (a == 0 or have[a] - reserved[a] >= amount)
        try:
            if kind in {"transfer", "hold"} and a != b:
                verb = service.transfer if kind == "transfer" else service.hold
                await tx.run(
                    verb, transfer_id=identity, debit_id=accounts[a].id,
                    credit_id=accounts[b].id, amount=Money(amount), reason="t",
                )  # fmt: skip
                assert may
                if kind == "hold":
                    holds.append((identity, a, b, amount))
                    reserved[a] += amount
                else:
                    have[a], have[b] = have[a] - amount, have[b] + amount
                    last = (identity, a, b, amount)
            elif kind == "again" and last is not None:
                await tx.run(
                    service.transfer, transfer_id=last[0], debit_id=accounts[last[1]].id,
                    credit_id=accounts[last[2]].id, amount=Money(last[3]), reason="t",
                )  # fmt: skip
            elif kind in {"post", "void"} and holds:
                hold_id, x, y, held = holds.pop(amount % len(holds))
                if kind == "void":
                    await tx.run(service.void, transfer_id=identity, hold_id=hold_id, reason="t")
                else:
                    part = min(held, amount)
                    await tx.run(
                        service.post, transfer_id=identity, hold_id=hold_id, reason="t",
                        amount=Money(part),
                    )  # fmt: skip
                    have[x], have[y] = have[x] - part, have[y] + part
                reserved[x] -= held
        except DomainError:
            assert not may
    locked = await tx.run(queries.lock_accounts, *(account.id for account in accounts))
    rows = [locked[account.id] for account in accounts]
    assert [row.credits_posted - row.debits_posted for row in rows] == have
    assert [row.debits_pending for row in rows] == reserved
    assert (await tx.run(service.sum_books)).balanced


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=15))
def test_any_order_of_verbs_agrees_with_the_model(
    worker_database: str, runner: asyncio.Runner, steps: list[tuple[str, int, int, int]]
) -> None:
    runner.run(play(worker_database, steps))
