import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.errors import Conflict
from app.core.facts import FactRow, deliver
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.tx import Tx, UnitOfWork


@dataclass(frozen=True)
class Happened:
    topic: ClassVar[str] = "test.happened.v1"
    what: str

    def payload(self) -> dict[str, Any]:
        return {"what": self.what}


async def count(tx: Tx, table: str) -> int:
    async def verb(uow: UnitOfWork) -> int:
        return int((await uow.session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    return await tx.run(verb)


async def give_number(uow: UnitOfWork, *, fail: bool = False) -> str:
    number = await next_number(uow, "TT")
    uow.record(Happened(number))
    if fail:
        raise Conflict()
    return number


async def test_a_refused_verb_leaves_no_number_no_fact_and_no_job(tx: Tx) -> None:
    first = await tx.run(give_number)
    with pytest.raises(Conflict):
        await tx.run(give_number, fail=True)
    assert await count(tx, "fact") == 1
    assert await count(tx, "queue.pgqueuer") == 1
    second = await tx.run(give_number)
    assert int(second[-6:]) == int(first[-6:]) + 1


async def test_a_job_enqueued_first_of_all_still_rolls_back(tx: Tx) -> None:
    async def verb(uow: UnitOfWork) -> None:
        await uow.enqueue("mail", {"to": "x"})
        raise Conflict()

    with pytest.raises(Conflict):
        await tx.run(verb)
    assert await count(tx, "queue.pgqueuer") == 0


async def test_numbers_have_no_gap_under_rivals(real_tx: Tx) -> None:
    numbers = await asyncio.gather(
        *(real_tx.run(give_number, fail=i % 3 == 0) for i in range(12)), return_exceptions=True
    )
    given = sorted(n for n in numbers if isinstance(n, str))
    assert [int(n[-6:]) for n in given] == list(range(1, 9))


async def test_a_deadlock_is_run_again(real_tx: Tx) -> None:
    await asyncio.gather(*(real_tx.run(next_number, prefix=p) for p in ("AA", "BB")))
    met, runs = asyncio.Barrier(2), []

    async def lock_both(uow: UnitOfWork, *, first: str, second: str) -> None:
        runs.append(first)
        await next_number(uow, first)
        if len(runs) <= 2:
            await met.wait()
        await next_number(uow, second)

    await asyncio.gather(
        real_tx.run(lock_both, first="AA", second="BB"),
        real_tx.run(lock_both, first="BB", second="AA"),
    )
    assert len(runs) == 3


async def test_a_listener_hears_each_fact_once(tx: Tx) -> None:
    heard: list[str] = []

    async def listener(uow: UnitOfWork, payload: Any) -> None:
        heard.append(payload["what"])

    async def fact_id(uow: UnitOfWork) -> UUID:
        identity: UUID = (await uow.session.execute(text("SELECT id FROM fact"))).scalar_one()
        return identity

    await tx.run(give_number)
    identity = await tx.run(fact_id)
    listeners = {Happened.topic: [listener]}
    assert await deliver(tx, identity, listeners) == 1
    assert await deliver(tx, identity, listeners) == 0
    assert len(heard) == 1
    with pytest.raises(LookupError):
        await deliver(tx, new_id(), listeners)
    assert FactRow.__tablename__ == "fact"
