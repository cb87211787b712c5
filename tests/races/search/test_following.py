"""Verbs write while followers take, rivals drain the same queue, and workers are killed."""

import asyncio

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import service
from search.following import queries
from search.following.draining import drain
from search.following.registering import fill, register, unregister
from tests import databases
from tests.following import Memory, key, make, remove, write
from tests.races.rivals import wait_for_waiters

SOON = 5


async def halted(tx: Tx) -> tuple[Memory, asyncio.Task[int]]:
    """A follower that has read version 1 of a document and not written it yet."""
    await register(tx, "memory")
    await write(tx, make(1))
    memory = Memory(tx, gate=asyncio.Event())
    draining = asyncio.create_task(drain(tx, memory))
    await asyncio.wait_for(memory.reached.wait(), SOON)
    return memory, draining


async def go_on(memory: Memory, draining: asyncio.Task[int]) -> None:
    assert memory.gate is not None
    memory.gate.set()
    await draining


async def test_a_write_while_its_document_is_pushed_waits_for_nobody_and_is_not_lost(
    real_tx: Tx,
) -> None:
    memory, draining = await halted(real_tx)
    await asyncio.wait_for(write(real_tx, make(1, 2)), SOON)
    await go_on(memory, draining)
    assert memory.held == {key(1): 1}
    assert await drain(real_tx, memory) == 1
    assert memory.held == {key(1): 2}
    assert await drain(real_tx, memory) == 0


async def test_a_document_removed_while_it_is_pushed_goes(real_tx: Tx) -> None:
    memory, draining = await halted(real_tx)
    await asyncio.wait_for(remove(real_tx, 1), SOON)
    await go_on(memory, draining)
    assert await drain(real_tx, memory) == 1
    assert memory.held == {}


async def test_a_verb_that_is_not_committed_yet_keeps_no_drain_waiting(real_tx: Tx) -> None:
    memory, draining = await halted(real_tx)
    written, release = asyncio.Event(), asyncio.Event()

    async def hold(uow: UnitOfWork) -> None:
        await service.index_documents(uow, [make(1, 2)])
        written.set()
        await release.wait()

    verb = asyncio.create_task(real_tx.run(hold))
    await written.wait()
    await asyncio.wait_for(go_on(memory, draining), SOON)
    release.set()
    await verb
    assert await drain(real_tx, memory) == 1
    assert memory.held == {key(1): 2}


async def test_one_of_two_workers_drains(real_tx: Tx) -> None:
    memory, draining = await halted(real_tx)
    assert await drain(real_tx, Memory(real_tx)) == 0
    await go_on(memory, draining)
    assert memory.pushes == [1]


async def test_a_killed_worker_leaves_its_batch_to_the_next(real_tx: Tx) -> None:
    _, draining = await halted(real_tx)
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    memory = Memory(real_tx)
    assert await drain(real_tx, memory) == 1
    assert memory.held == {key(1): 1}


async def test_what_a_worker_pushed_after_it_was_taken_for_dead_is_pushed_anew(
    real_tx: Tx, real_database: str
) -> None:
    memory, draining = await halted(real_tx)
    owner = databases.connect(real_database, role=None)
    async with owner.connect() as connection:  # its connection goes, and so does its right to drain
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                 " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        )  # fmt: skip
    await owner.dispose()
    rival = Memory(real_tx, held=memory.held)  # the same engine
    await write(real_tx, make(1, 2))
    for _ in range(500):  # until the server has noticed
        if await drain(real_tx, rival):
            break
        await asyncio.sleep(0.01)
    assert rival.held == {key(1): 2}
    assert memory.gate is not None
    memory.gate.set()
    await asyncio.gather(draining, return_exceptions=True)
    assert memory.held == {key(1): 1}  # the older one came later
    assert await drain(real_tx, rival) == 1
    assert rival.held == {key(1): 2}


async def test_a_write_under_way_when_a_follower_begins_is_told_to_it(
    real_tx: Tx, real_database: str
) -> None:
    written, release = asyncio.Event(), asyncio.Event()

    async def hold(uow: UnitOfWork) -> None:
        await service.index_documents(uow, [make(1)])
        written.set()
        await release.wait()

    verb = asyncio.create_task(real_tx.run(hold))
    await written.wait()
    registering = asyncio.create_task(register(real_tx, "memory"))
    await wait_for_waiters(real_database, 1)
    late = asyncio.create_task(write(real_tx, make(2)))  # behind the one that registers
    await wait_for_waiters(real_database, 2)
    release.set()
    await asyncio.gather(verb, registering, late)
    await fill(real_tx, "memory")
    memory = Memory(real_tx)
    assert await drain(real_tx, memory) == 2
    assert set(memory.held) == {key(1), key(2)}


async def test_a_follower_that_ends_leaves_nothing_behind(real_tx: Tx) -> None:
    await register(real_tx, "memory")
    written, release = asyncio.Event(), asyncio.Event()

    async def hold(uow: UnitOfWork) -> None:
        await service.index_documents(uow, [make(1)])
        written.set()
        await release.wait()

    verb = asyncio.create_task(real_tx.run(hold))
    await written.wait()
    ending = asyncio.create_task(unregister(real_tx, "memory"))
    release.set()
    await asyncio.gather(verb, ending)
    assert await real_tx.run(queries.list_names) == []
    assert await real_tx.run(queries.list_strays) == []


async def test_writers_and_drains_of_the_same_documents_do_not_deadlock(real_tx: Tx) -> None:
    await register(real_tx, "memory")
    memory = Memory(real_tx, batch=50)
    documents = [make(at) for at in range(100)]
    writes = [write(real_tx, *some) for some in (documents, documents[::-1]) * 4]
    drains = [drain(real_tx, memory) for _ in range(12)]
    await asyncio.gather(*writes, *drains)
    while await drain(real_tx, memory):
        pass
    assert memory.held == {key(at): 1 for at in range(100)}
