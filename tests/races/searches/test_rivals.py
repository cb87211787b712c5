"""Rivals: one question twice, the fiftieth twice, two workers, a look during a count, an end."""

from __future__ import annotations

import asyncio
import json

import pytest

from app.accounts import erasing
from app.accounts.service import lock_living
from app.core.errors import Unauthenticated
from app.core.metrics import RETRIED
from app.core.tx import Tx, UnitOfWork
from app.personal import PERSONAL
from app.searches import service
from app.searches.errors import TooManySearches
from app.searches.news import sweep_news, tell_news
from app.searches.types import MOST_SAVED, Counted
from search.types import Count, SearchRequest, SearchResult
from tests.races.rivals import together, wait_for_waiters
from tests.world import World
from tests.worlds.accounts import id_of


async def test_one_question_at_once_is_kept_once(real_tx: Tx) -> None:
    world = World(real_tx)
    person = await world.person()
    kept, refused = await together(
        *(
            real_tx.run(
                service.save_search, actor=person, question=SearchRequest("隔膜"), name=f"{at}"
            )
            for at in range(8)
        )
    )
    assert refused == []
    assert len({one.id for one in kept}) == len({one.name for one in kept}) == 1
    assert await world.count("saved_search") == 1


async def test_the_fiftieth_is_one(real_tx: Tx) -> None:
    world = World(real_tx)
    person = await world.person()

    async def fill(uow: UnitOfWork) -> None:
        for at in range(MOST_SAVED - 1):
            await service.save_search(
                uow, actor=person, question=SearchRequest(f"电池{at}"), name=f"{at}"
            )

    await real_tx.run(fill)
    kept, refused = await together(
        *(
            real_tx.run(
                service.save_search, actor=person, question=SearchRequest(f"隔膜{at}"), name="隔膜"
            )
            for at in range(4)
        )
    )
    assert len(kept) == 1
    assert {type(one) for one in refused} == {TooManySearches}
    assert await world.count("saved_search") == MOST_SAVED


async def test_whoever_ends_his_account_meanwhile_keeps_nothing(
    real_tx: Tx, real_database: str
) -> None:
    world = World(real_tx)
    person = await world.person()
    gone, release = asyncio.Event(), asyncio.Event()

    async def leave(uow: UnitOfWork) -> None:
        await erasing.delete_account(uow, actor=person, rooms=PERSONAL, locale="zh-CN")
        gone.set()
        await release.wait()

    leaving = asyncio.create_task(real_tx.run(leave))
    await gone.wait()
    saving = asyncio.create_task(
        real_tx.run(service.save_search, actor=person, question=SearchRequest("隔膜"), name="隔膜")
    )
    await wait_for_waiters(real_database, 1)
    release.set()
    await leaving
    with pytest.raises(Unauthenticated):
        await saving
    assert await world.count("saved_search", person_id=id_of(person)) == 0


async def test_whoever_ends_his_account_meanwhile_is_not_told(
    real_tx: Tx, real_database: str
) -> None:
    world = World(real_tx)
    person = await world.person()
    await real_tx.run(
        service.save_search,
        actor=person,
        question=SearchRequest("隔膜"),
        name="隔膜",
        news=True,
    )
    counting, gone, release = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow:
        """Answers when the end of the account is under way."""

        async def search(self, request: SearchRequest) -> SearchResult:
            counting.set()
            await gone.wait()
            return SearchResult((), Count(1), {})

    async def leave(uow: UnitOfWork) -> None:
        await lock_living(uow, id_of(person))
        gone.set()
        await release.wait()
        await erasing.delete_account(uow, actor=person, rooms=PERSONAL, locale="zh-CN")

    retried = RETRIED._value.get()
    job = json.dumps({"person_id": str(id_of(person))}).encode()
    telling = asyncio.create_task(tell_news(real_tx, Slow(), job))
    await counting.wait()
    leaving = asyncio.create_task(real_tx.run(leave))
    await gone.wait()
    await wait_for_waiters(real_database, 1)
    release.set()
    await asyncio.gather(leaving, telling)
    assert await world.count("inbox_message", person_id=id_of(person)) == 0
    assert RETRIED._value.get() == retried, "both lock the person first: no deadlock"


async def test_a_count_that_waited_for_a_look_is_dropped(real_tx: Tx, real_database: str) -> None:
    world = World(real_tx)
    person = await world.person()
    kept = await real_tx.run(
        service.save_search, actor=person, question=SearchRequest("隔膜"), name="隔膜"
    )
    looked, release = asyncio.Event(), asyncio.Event()

    async def look(uow: UnitOfWork) -> None:
        await service.look(uow, actor=person, search_id=kept.id)
        looked.set()
        await release.wait()

    looking = asyncio.create_task(real_tx.run(look))
    await looked.wait()
    counts = {kept.id: Counted(kept.looked_at, Count(7))}
    counting = asyncio.create_task(real_tx.run(service.keep_counts, actor=person, counts=counts))
    await wait_for_waiters(real_database, 1)
    release.set()
    await asyncio.gather(looking, counting)
    shown = await real_tx.run(service.show_search, actor=person, search_id=kept.id)
    assert shown.new == Count(0)


async def test_two_workers_hand_out_one_job_a_person(real_tx: Tx) -> None:
    world = World(real_tx)
    for _ in range(6):
        await real_tx.run(
            service.save_search,
            actor=await world.person(),
            question=SearchRequest("隔膜"),
            name="隔膜",
            news=True,
        )
    await world.rows("UPDATE saved_search SET news_at = market_now() RETURNING 1")
    taken = await asyncio.gather(*(real_tx.run(sweep_news, limit=4) for _ in range(4)))
    assert sum(taken) == 6
    jobs = await world.rows("SELECT payload FROM queue.pgqueuer WHERE entrypoint = 'searches.news'")
    assert len({row.payload for row in jobs}) == len(jobs) == 6
