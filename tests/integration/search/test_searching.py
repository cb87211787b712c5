"""What the worker does for search: an engine and a model follow, go away, come back and change."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError

from app import searching
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from app.searching import ENGINE, Engine, Vectors, enduring, list_makers, settle_followers
from search import vectors
from search.drift.checking import check_follower
from search.engines import ServedEngine
from search.finder import Finder
from search.following import queries
from search.following.draining import drain
from search.following.meaning import MissingVectors
from search.following.registering import register
from search.following.types import Standing
from search.postgres import PostgresIndex
from search.types import SearchRequest
from search.vector_making import VectorMaker, forget_retired
from tests.conftest import Clock
from tests.contract.meili.app import ADMIN, SEARCH
from tests.contract.meili.server import FakeMeilisearch
from tests.encoders import TinyEncoder
from tests.following import make, remove, write


@pytest.fixture
def own_settings(settings: Settings, meili: FakeMeilisearch) -> Settings:
    keys = {"meili_url": meili.url, "meili_admin_key": ADMIN, "meili_search_key": SEARCH}
    return settings.model_copy(update=keys)


@pytest.fixture
async def engine(
    own_settings: Settings, tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    monkeypatch.setattr(searching, "TEND_EVERY_S", 0.0)
    engine = Engine(own_settings, tx)
    yield engine
    await engine.close()


async def work_until(
    work: Callable[[], Awaitable[float]], done: Callable[[], Awaitable[Any]]
) -> None:
    """Work until it is done; on a busy machine an engine may be taken for slow now and then."""
    for _ in range(50):
        await work()
        if await done():
            return
    raise AssertionError("it never came to it")


def titles(meili: FakeMeilisearch) -> list[str]:
    """What the engine answers with."""
    index = meili.state.indexes.get("market")
    return sorted(document["title"] for document in index.documents.values()) if index else []


async def standing(tx: Tx, name: str = ENGINE) -> Standing:
    (found,) = [one for one in await tx.run(queries.list_standings) if one.name == name]
    return found


async def test_an_engine_is_built_at_first_and_then_follows(
    tx: Tx, engine: Engine, meili: FakeMeilisearch
) -> None:
    await write(tx, make(1, title="一"), make(2, title="二"))

    async def built() -> bool:
        return titles(meili) == ["一", "二"]

    await work_until(engine.work, built)
    assert (await standing(tx)).waiting == 0  # what was there was not queued besides
    await write(tx, make(1, 2, title="一新"), make(3, title="三"))
    await remove(tx, 2)

    async def followed() -> bool:
        return titles(meili) == ["一新", "三"]

    await work_until(engine.work, followed)
    assert (await standing(tx)).fault == ""


async def test_an_engine_that_is_killed_is_waited_for_and_takes_what_it_missed(
    tx: Tx, engine: Engine, meili: FakeMeilisearch, clock: Clock, own_settings: Settings
) -> None:
    await write(tx, make(1, title="高炉"))
    served = ServedEngine(own_settings, tx)
    finder = Finder(PostgresIndex(tx), served, patience_s=10)

    async def who() -> str:
        return (await finder.search(SearchRequest("高炉"))).engine

    async def built() -> bool:
        return titles(meili) == ["高炉"]

    await work_until(engine.work, built)
    with meili.away():
        await write(tx, make(2, title="高炉二"))

        async def told() -> bool:
            return bool((await standing(tx)).fault)

        await work_until(engine.work, told)
        assert (await standing(tx)).waiting == 1
        assert await who() in {"", "postgresql"}
        assert finder.fault
        assert await finder.suggest("高") == ["高炉", "高炉二"]
    await clock.advance(minutes=2)  # past its rest

    async def caught_up() -> bool:
        return titles(meili) == ["高炉", "高炉二"]

    await work_until(engine.work, caught_up)
    assert (await standing(tx)).fault == ""
    object.__setattr__(finder.breaker, "_closed_until", 0.0)
    for _ in range(50):
        if not await finder.probe():
            break
        object.__setattr__(finder.breaker, "_closed_until", 0.0)
    assert finder.fault == ""
    await served.close()


async def test_an_engine_that_comes_back_empty_is_never_filled_with_changes_alone(
    tx: Tx, engine: Engine, meili: FakeMeilisearch
) -> None:
    await write(tx, *(make(at, title=f"隔膜{at}") for at in range(1, 5)))
    await work_until(engine.work, lambda: _is(len(titles(meili)) == 4))
    meili.state.indexes.clear()
    await write(tx, make(1, 2, title="隔膜一"))
    assert engine.follower is not None
    assert await drain(tx, engine.follower) == 0  # before anybody saw that it is empty
    assert "market" not in meili.state.indexes
    assert (await standing(tx)).waiting == 1
    seen = ["隔膜2", "隔膜3", "隔膜4", "隔膜一"]

    async def whole() -> bool:
        assert titles(meili) in ([], sorted(seen))
        return bool(titles(meili))

    await work_until(engine.work, whole)
    assert (await standing(tx)).fault == ""


@pytest.mark.parametrize("seen_by", ["tending", "draining"])
async def test_an_engine_that_comes_back_with_old_data_is_compared(
    tx: Tx, engine: Engine, meili: FakeMeilisearch, clock: Clock, seen_by: str
) -> None:
    await write(tx, *(make(at, title=f"隔膜{at}") for at in range(1, 5)))
    await work_until(engine.work, lambda: _is(len(titles(meili)) == 4))
    await work_until(engine.work, lambda: _drained(tx))
    assert engine.follower is not None
    with meili.away():
        if seen_by == "tending":
            assert not await engine.tend()
        else:
            await write(tx, make(4, 2, title="隔膜4"))
            assert await drain(tx, engine.follower) == 0
    held = meili.state.indexes["market"].documents
    del held[next(iter(held))]
    await clock.advance(minutes=2)  # past its rest
    await work_until(engine.work, lambda: _is(len(titles(meili)) == 4))


async def test_nothing_is_rebuilt_while_another_process_drains(
    real_tx: Tx, own_settings: Settings, meili: FakeMeilisearch
) -> None:
    engine = Engine(own_settings, real_tx)
    await engine.follow_model()
    follower = engine.follower
    assert follower is not None

    async def beside(uow: UnitOfWork) -> bool:
        assert await queries.lock_drain(uow, ENGINE)
        return await follower.rebuild()

    assert not await real_tx.run(beside)
    assert meili.state.indexes == {}
    assert await follower.rebuild()
    await engine.close()


async def test_what_an_engine_holds_of_a_later_state_is_put_back(
    tx: Tx, engine: Engine, meili: FakeMeilisearch
) -> None:
    await write(tx, make(1, title="高炉"), make(2, title="隔膜"))
    await work_until(engine.work, lambda: _is(len(titles(meili)) == 2))
    held = meili.state.indexes["market"].documents
    late = next(one for one in held.values() if one["title"] == "高炉")
    late |= {"version": 7, "title": "高炉，备份之后改的"}
    assert engine.follower is not None
    assert await check_follower(tx, engine.follower) == 1
    await work_until(engine.work, lambda: _is(titles(meili) == ["隔膜", "高炉"]))


async def test_a_model_that_serves_has_the_engine_built_anew_with_its_vectors(
    tx: Tx, engine: Engine, meili: FakeMeilisearch
) -> None:
    await write(tx, make(1, title="污水处理"))
    maker = Vectors(tx, VectorMaker(tx, TinyEncoder()), chosen=True)

    async def serves() -> bool:
        return await tx.run(vectors.find_model) is not None

    await work_until(maker.work, serves)

    async def has_vectors() -> bool:
        index = meili.state.indexes.get("market")
        return index is not None and any(any(one.values()) for one in index.vectors.values())

    await work_until(engine.work, has_vectors)
    await maker.tend()
    await write(tx, make(2, title="脱氮"))
    await work_until(engine.work, lambda: _is(titles(meili) == ["污水处理", "脱氮"]))
    while await maker.work() == 0.0:
        pass
    assert (await standing(tx)).waiting == 1  # its vector is there now
    await work_until(engine.work, lambda: _drained(tx))


async def _is(true: bool) -> bool:
    return true


async def _drained(tx: Tx, name: str = ENGINE) -> bool:
    return (await standing(tx, name)).waiting == 0


async def test_what_an_engine_lost_or_kept_by_mistake_is_found(
    tx: Tx, engine: Engine, meili: FakeMeilisearch
) -> None:
    await write(tx, *(make(at, title=f"隔膜{at}") for at in range(1, 5)))
    await work_until(engine.work, lambda: _is(len(titles(meili)) == 4))
    held = meili.state.indexes["market"].documents
    key = next(key for key, document in held.items() if document["title"] == "隔膜2")
    held[key.replace("2", "9")] = held[key] | {"uuid": held[key]["uuid"].replace("2", "9")}
    del held[key]
    other = next(document for document in held.values() if document["title"] == "隔膜3")
    other["version"] = 0
    assert engine.follower is not None
    wrong = [key async for part in engine.follower.find_wrong() for key in part]
    assert sorted(row_id.int for _, row_id in wrong) == [2, 3, 9]


async def test_a_text_that_lost_its_vector_is_found(tx: Tx) -> None:
    maker = VectorMaker(tx, TinyEncoder())
    work = Vectors(tx, maker, chosen=True).work
    await write(tx, make(1, title="污水处理"), make(2, title="高炉"), make(3, title=" "))
    await work_until(work, lambda: _drained(tx, maker.name))
    missing = MissingVectors(tx, maker)
    assert [set(part) async for part in missing.find_wrong()] == [set()]

    async def lose(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text(
                "DELETE FROM search_embedding WHERE text_hash ="
                " (SELECT text_hash FROM search_document WHERE title = '高炉')"
            )
        )

    await tx.run(lose)
    assert await check_follower(tx, missing) == 1
    assert await check_follower(tx, missing) == 0  # it is on its way
    await work_until(work, lambda: _drained(tx, maker.name))
    assert [set(part) async for part in missing.find_wrong()] == [set()]


async def test_nobody_follows_but_those_of_the_settings(tx: Tx, settings: Settings) -> None:
    await register(tx, "vectors:gone/1")
    await register(tx, ENGINE)
    assert await list_makers(settings, tx) == ()  # words alone
    await settle_followers(tx, {ENGINE})
    assert await tx.run(queries.list_names) == [ENGINE]


async def test_the_chosen_model_makes_vectors(tx: Tx, settings: Settings) -> None:
    bundled = settings.model_copy(update={"embedding": "bundled"})
    (maker,) = await list_makers(bundled, tx)
    assert maker.name.startswith("vectors:use-m3")
    assert [one.name for one in await list_makers(bundled, tx)] == [maker.name]


async def states(tx: Tx) -> dict[str, str]:
    """Every model with its state."""

    async def read(uow: UnitOfWork) -> dict[str, str]:
        found = await uow.session.execute(text("SELECT name, state FROM search_model"))
        return {row.name: row.state for row in found}

    return await tx.run(read)


async def test_a_model_that_was_given_up_half_built_goes_once_the_chosen_one_serves(
    tx: Tx, clock: Clock
) -> None:
    await write(tx, make(1, title="污水处理"))
    await VectorMaker(tx, TinyEncoder("half-1")).register()
    maker = Vectors(tx, VectorMaker(tx, TinyEncoder()), chosen=True)
    await maker.enter()
    await maker.tend()
    assert await states(tx) == {"half-1/1": "building", "tiny-1/1": "building"}
    await work_until(maker.work, lambda: _drained(tx, maker.maker.name))
    await maker.tend()
    assert await states(tx) == {"half-1/1": "retired", "tiny-1/1": "serving"}
    await clock.advance(minutes=16)
    await maker.tend()
    assert await states(tx) == {"tiny-1/1": "serving"}


async def test_a_restart_builds_no_model_anew_that_was_replaced_or_forgotten(
    tx: Tx, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = TinyEncoder("old-1"), TinyEncoder()
    known = {"old-1/1": old, "tiny-1/1": new}
    monkeypatch.setattr(searching, "make_encoder", lambda _: new)
    monkeypatch.setattr(searching, "make_known_encoder", lambda _, model: known[model])
    for encoder in (old, new):
        maker = Vectors(tx, VectorMaker(tx, encoder), chosen=True)
        await work_until(maker.work, lambda: _is(True))
        await maker.tend()
    assert await states(tx) == {"old-1/1": "retired", "tiny-1/1": "serving"}

    restarted = await list_makers(settings, tx)
    assert [one.model for one in restarted] == ["tiny-1/1", "old-1/1"]
    await Vectors(tx, restarted[1], chosen=False).work()
    assert await states(tx) == {"old-1/1": "retired", "tiny-1/1": "serving"}

    await clock.advance(minutes=16)
    assert await forget_retired(tx) == ["vectors:old-1/1"]  # and killed before it was unregistered
    assert [one.model for one in await list_makers(settings, tx)] == ["tiny-1/1"]


async def test_a_fault_is_survived_and_a_lost_database_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "AFTER_FAULT_S", 0.0)
    done: list[int] = []

    async def work() -> float:
        done.append(1)
        if len(done) < 3:
            raise ZeroDivisionError
        raise InterfaceError("gone", None, Exception())

    with pytest.raises(InterfaceError):
        await enduring(work)
    assert len(done) == 3
