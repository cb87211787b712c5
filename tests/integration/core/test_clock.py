from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.core.clock import move_offset, read_now, read_offset
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock


async def test_the_clock_moves_forward_for_everybody(tx: Tx, clock: Clock) -> None:
    async def look(uow: UnitOfWork) -> tuple[object, ...]:
        return await read_now(uow.session), await read_offset(uow.session)

    before, _ = await tx.run(look)
    await clock.advance(days=15)
    after, offset = await tx.run(look)
    assert offset == timedelta(days=15)
    assert after - before >= timedelta(days=15)  # type: ignore[operator]


async def test_the_serving_role_may_not_move_the_clock(tx: Tx) -> None:
    async def move(uow: UnitOfWork) -> None:
        await move_offset(uow.session, timedelta(days=1))

    with pytest.raises(ProgrammingError, match="permission denied"):
        await tx.run(move)


async def test_the_clock_never_moves_backwards(tx: Tx) -> None:
    async def move(uow: UnitOfWork) -> None:
        await move_offset(uow.session, timedelta(seconds=-1))

    with pytest.raises(ValueError, match="forward"):
        await tx.run(move)


async def test_the_clock_has_one_row(tx: Tx) -> None:
    async def rows(uow: UnitOfWork) -> int:
        return int(
            (await uow.session.execute(text("SELECT count(*) FROM market_clock"))).scalar_one()
        )

    assert await tx.run(rows) == 1
