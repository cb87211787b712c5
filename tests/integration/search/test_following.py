"""The queue of a follower: filled, drained, refused, at rest, given up and tried anew."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy.exc import InterfaceError

from app.core.tx import Tx
from search.documents import Kind
from search.following import draining, queries, registering
from search.following.draining import DELAYS_S, RESTS_S, drain
from search.following.engine import EngineFollower, HeldIndex
from search.following.registering import fill, register, unregister
from search.following.types import Key, Standing
from tests.conftest import Clock
from tests.following import Memory, key, make, remove, write


@pytest.fixture
async def memory(tx: Tx) -> Memory:
    await register(tx, "memory")
    await fill(tx, "memory")
    return Memory(tx)


async def standing(tx: Tx) -> Standing:
    (found,) = await tx.run(queries.list_standings)
    return found


async def empty(tx: Tx, memory: Memory) -> list[int]:
    """Drain until nothing is due; how many moved each time."""
    moved = []
    while count := await drain(tx, memory):
        moved.append(count)
    return moved


async def test_without_followers_nothing_is_queued(tx: Tx) -> None:
    await write(tx, make(1))
    assert await tx.run(queries.list_standings) == []
    assert await tx.run(queries.list_strays) == []


async def test_a_change_is_due_once_however_often_it_happened(tx: Tx, memory: Memory) -> None:
    await write(tx, make(1), make(2))
    await write(tx, make(1, 2))
    assert (await standing(tx)).waiting == 2
    assert await empty(tx, memory) == [2]
    assert memory.held == {key(1): 2, key(2): 1}
    await remove(tx, 2)
    await write(tx, make(1, 1))  # older: it changes nothing
    assert await empty(tx, memory) == [1]
    assert memory.held == {key(1): 2}


async def test_a_new_follower_is_given_what_was_there_a_chunk_at_a_time(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "CHUNK", 3)
    await write(tx, *(make(at) for at in range(1, 9)))
    await register(tx, "memory")
    await register(tx, "memory")  # once is enough
    assert (await standing(tx)).filled_at is None
    told: list[int] = []
    await fill(tx, "memory", told.append)
    assert told == [3, 3, 2]
    await fill(tx, "memory", told.append)
    assert told == [3, 3, 2]
    assert (await standing(tx)).filled_at is not None
    memory = Memory(tx, batch=5)
    assert await empty(tx, memory) == [5, 3]
    assert len(memory.held) == 8


async def test_filling_goes_on_where_it_was_stopped(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "CHUNK", 3)
    await write(tx, *(make(at) for at in range(1, 6)))
    await register(tx, "memory")

    class Stopped(Exception):
        pass

    def stop(_: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await fill(tx, "memory", stop)
    assert (await standing(tx)).waiting == 3
    told: list[int] = []
    await fill(tx, "memory", told.append)
    assert told == [2]
    assert (await standing(tx)).waiting == 5


async def test_a_follower_that_ends_is_forgotten(tx: Tx, memory: Memory) -> None:
    await write(tx, make(1))
    await unregister(tx, "memory")
    assert await tx.run(queries.list_standings) == []
    assert await tx.run(queries.list_strays) == []
    assert await drain(tx, memory) == 0
    await write(tx, make(2))
    assert await tx.run(queries.list_strays) == []


async def test_while_an_engine_is_away_nothing_moves_and_it_is_left_alone(
    tx: Tx, memory: Memory, clock: Clock
) -> None:
    await write(tx, *(make(at) for at in range(1, 5)))
    memory.away = "connection refused"
    assert await drain(tx, memory) == 0
    assert await drain(tx, memory) == 0
    assert memory.pushes == [4]  # the second time it was at rest
    seen = await standing(tx)
    assert (seen.waiting, seen.dead, seen.fault) == (4, 0, "connection refused")
    for rest in RESTS_S[:3]:
        await clock.advance(seconds=rest + 0.1)
        assert await drain(tx, memory) == 0
    assert len(memory.pushes) == 4
    assert (await standing(tx)).down_at == seen.down_at
    memory.away = ""
    await clock.advance(seconds=RESTS_S[3] - 1)
    assert await drain(tx, memory) == 0
    await clock.advance(seconds=1.1)
    assert await empty(tx, memory) == [4]
    seen = await standing(tx)
    assert (seen.waiting, seen.fault, seen.down_at) == (0, "", None)


async def test_a_follower_that_never_answers_is_away(
    tx: Tx, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "PATIENCE_S", 0.05)
    await write(tx, make(1))
    memory.gate = asyncio.Event()
    async with asyncio.timeout(5):
        assert await drain(tx, memory) == 0
    seen = await standing(tx)
    assert (seen.waiting, seen.dead, seen.fault) == (1, 0, "no answer in time")


async def test_a_lost_database_is_nobodys_refusal(tx: Tx, memory: Memory) -> None:
    class Cut(Memory):
        async def take(self, keys):  # type: ignore[no-untyped-def]
            raise InterfaceError("gone", None, Exception())

    await write(tx, make(1))
    with pytest.raises(InterfaceError):
        await drain(tx, Cut(tx))
    assert (await standing(tx)).waiting == 1


async def test_the_guilty_document_of_a_batch_stands_alone_in_the_end(
    tx: Tx, memory: Memory, clock: Clock
) -> None:
    await write(tx, *(make(at) for at in range(1, 100)), make(100, title="毒"))
    memory.poison = {"毒"}
    assert await empty(tx, memory) == [100]
    assert len(memory.held) == 99
    assert len(memory.pushes) < 2 * 7 + 2  # by halves, and not one by one
    for delay in DELAYS_S:
        assert (await standing(tx)).dead == 0
        await clock.advance(seconds=delay + 0.1)
        assert await empty(tx, memory) == [1]
    assert (await standing(tx)).dead == 1
    (dead,) = await tx.run(queries.list_dead)
    assert (dead.follower, dead.kind, dead.id, dead.title) == ("memory", *key(100), "毒")
    assert dead.reason == "毒 cannot be indexed"
    await clock.advance(days=1)
    assert await empty(tx, memory) == []


async def test_what_was_given_up_is_tried_anew_when_it_changes_or_when_asked(
    tx: Tx, memory: Memory, clock: Clock
) -> None:
    memory.poison = {"毒"}
    await write(tx, make(1, title="毒"), make(2, title="毒"))
    for delay in (0.0, *DELAYS_S):
        await clock.advance(seconds=delay + 0.1)
        await empty(tx, memory)
    assert (await standing(tx)).dead == 2
    await write(tx, make(1, 2, title="药"))
    assert await empty(tx, memory) == [1]
    assert memory.held == {key(1): 2}
    memory.poison = ()
    assert await tx.run(queries.revive) == 1
    assert await empty(tx, memory) == [1]
    assert set(memory.held) == {key(1), key(2)}
    assert (await standing(tx)).dead == 0


async def test_an_engine_that_refuses_everything_is_itself_at_fault(
    tx: Tx, memory: Memory, clock: Clock
) -> None:
    memory.poison = {"隔膜"}
    await write(tx, *(make(at) for at in range(1, 101)))
    await drain(tx, memory)
    seen = await standing(tx)
    assert seen.fault == "隔膜 cannot be indexed"
    assert seen.waiting == 100
    assert len(memory.pushes) < 60
    memory.poison = ()
    await clock.advance(seconds=DELAYS_S[0] + 1)
    await empty(tx, memory)
    assert len(memory.held) == 100


async def test_a_fault_of_a_followers_own_code_stops_one_document_alone(
    tx: Tx, memory: Memory
) -> None:
    class Broken(Memory):
        async def take(self, keys):  # type: ignore[no-untyped-def]
            if key(2) in keys:
                raise ZeroDivisionError
            return await super().take(keys)

    await write(tx, *(make(at) for at in range(1, 5)))
    broken = Broken(tx)
    assert await empty(tx, broken) == [4]
    assert set(broken.held) == {key(1), key(3), key(4)}


async def test_what_one_follower_answers_is_due_for_the_engines(tx: Tx, memory: Memory) -> None:
    await register(tx, "vectors")
    await write(tx, make(1), make(2))
    assert await empty(tx, memory) == [2]
    vectors = replace(memory, name="vectors", answers=[key(2)], held={}, pushes=[])
    assert await drain(tx, vectors, engines=["memory", "nobody"]) == 2
    assert await empty(tx, memory) == [1]
    assert await tx.run(queries.list_strays) == []


async def test_standing_tells_how_long_the_first_has_waited(
    tx: Tx, memory: Memory, clock: Clock
) -> None:
    await write(tx, make(1))
    await clock.advance(minutes=10)
    await write(tx, make(2))
    assert 600 <= (await standing(tx)).lag_s < 620
    await empty(tx, memory)
    assert (await standing(tx)).lag_s == 0


class Bare:
    """An engine that holds nothing."""

    async def held(self) -> AsyncIterator[dict[Key, int]]:
        yield {}

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        assert not ids


async def test_what_is_on_its_way_to_an_engine_is_not_missing_there(tx: Tx) -> None:
    engine = EngineFollower("bare", tx, cast(HeldIndex, Bare()))

    async def find_wrong() -> set[Key]:
        return {one async for part in engine.find_wrong() for one in part}

    await write(tx, make(1), make(2))
    await register(tx, "bare")
    assert await find_wrong() == {key(1), key(2)}
    await write(tx, make(2, 2))  # and so it is in the queue
    assert await find_wrong() == {key(1)}
