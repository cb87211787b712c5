"""A statement of search that runs too long is ended, and told apart from any other fault."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from search.bounds import BoundedTx, TooCostly
from search.finder import make_finder
from search.postgres import PostgresIndex
from search.types import SearchRequest


async def think(uow: UnitOfWork, seconds: float) -> str:
    await uow.session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    found = await uow.session.execute(text("SHOW statement_timeout"))
    return str(found.scalar_one())


async def test_a_statement_is_ended_in_time(real_tx: Tx) -> None:
    bounded = BoundedTx(real_tx, longest_s=0.2)
    assert await bounded.run(think, 0.01) == "200ms"
    begun = time.monotonic()
    with pytest.raises(TooCostly) as ended:
        await bounded.run(think, 20)
    assert time.monotonic() - begun < 5
    assert ended.value.status == 422
    # the connection goes on, and is as it was for others
    assert await real_tx.run(think, 0.3) == "0"


async def test_another_fault_is_none_of_these(real_tx: Tx) -> None:
    async def divide(uow: UnitOfWork) -> None:
        await uow.session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError, match="division by zero"):
        await BoundedTx(real_tx).run(divide)


async def test_what_pages_ask_is_bounded(real_tx: Tx, settings: Settings) -> None:
    finder = make_finder(settings, real_tx)
    assert isinstance(finder.own, PostgresIndex)
    assert await finder.own._tx.run(think, 0) == "5s"
    assert (await finder.search(SearchRequest("膜"))).total.value == 0
