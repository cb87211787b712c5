"""News of saved searches: once a day, all in one message, and nothing is told twice or lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.actor import Actor
from app.core.tx import Tx
from app.inbox import service as inbox
from app.searches import service
from app.searches.news import MOST_NAMED, News, Watched, make_notice, sweep_news, tell_news
from app.searches.types import SavedSearch
from search import service as search
from search.documents import Document, Kind
from search.postgres import PostgresIndex
from search.types import Count, SearchRequest, SearchResult
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of


async def watch(tx: Tx, actor: Actor, words: str = "隔膜", *, wanted: bool = True) -> SavedSearch:
    question = SearchRequest(words)
    return await tx.run(
        service.save_search, actor=actor, question=question, name=words, news=wanted
    )


async def publish(tx: Tx, world: World, at: int, title: str = "陶瓷隔膜") -> None:
    now = await world.market_now()
    await tx.run(search.index_documents, [Document(Kind.achievement, UUID(int=at), 1, title, now)])


async def told(tx: Tx, actor: Actor) -> list[str]:
    messages = (await tx.run(inbox.list_messages, actor=actor)).items
    return [str(one.body) for one in messages if one.kind == "searches.new_results"]


async def run_day(tx: Tx, world: World, clock: Clock, actor: Actor) -> int:
    """Wait until the news are due, and do the jobs; returns how many people they were about."""
    [row] = await world.rows(
        "SELECT min(news_at) - market_now() AS rest FROM saved_search WHERE news_at IS NOT NULL"
    )
    await clock.advance(seconds=row.rest.total_seconds())
    people = await tx.run(sweep_news)
    await tell_news(tx, PostgresIndex(tx), payload(actor))
    return people


def payload(actor: Actor) -> bytes:
    return json.dumps({"person_id": str(id_of(actor))}).encode()


async def test_once_a_day_in_one_message(tx: Tx, world: World, clock: Clock) -> None:
    person, other = await world.person(), await world.person()
    await watch(tx, person)
    await watch(tx, person, "烧结")
    await watch(tx, other, wanted=False)
    assert await tx.run(sweep_news) == 0, "not before the morning"
    await clock.advance(seconds=1)
    await publish(tx, world, 1)
    await publish(tx, world, 2, "烧结隔膜")
    assert await run_day(tx, world, clock, person) == 1
    assert await tx.run(sweep_news) == 0
    jobs = await world.rows(
        "SELECT convert_from(payload, 'UTF8') AS asked FROM queue.pgqueuer"
        " WHERE entrypoint = 'searches.news'"
    )
    assert [json.loads(row.asked) for row in jobs] == [{"person_id": str(id_of(person))}]
    [said] = await told(tx, person)
    assert said.startswith("“烧结”新增 1 条；“隔膜”新增 2 条。")
    assert await told(tx, other) == []
    await tell_news(tx, PostgresIndex(tx), payload(person))
    assert len(await told(tx, person)) == 1, "a job that runs again tells nothing again"
    await run_day(tx, world, clock, person)
    assert len(await told(tx, person)) == 1, "nothing new is no message"


async def test_what_a_failed_day_did_not_tell_the_next_one_does(
    tx: Tx, world: World, clock: Clock
) -> None:
    person = await world.person()
    await watch(tx, person)
    await clock.advance(seconds=1)
    await publish(tx, world, 1)

    class Broken:
        async def search(self, request: SearchRequest) -> Any:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await tell_news(tx, Broken(), payload(person))
    assert await told(tx, person) == []
    await run_day(tx, world, clock, person)
    assert len(await told(tx, person)) == 1


async def test_what_was_told_this_day_waits_for_the_next(
    tx: Tx, world: World, clock: Clock
) -> None:
    person = await world.person()
    await watch(tx, person)
    await clock.advance(seconds=1)
    await publish(tx, world, 1)
    await run_day(tx, world, clock, person)
    await clock.advance(hours=1)
    await publish(tx, world, 2)
    await tell_news(tx, PostgresIndex(tx), payload(person))
    assert len(await told(tx, person)) == 1, "once a day"
    await run_day(tx, world, clock, person)
    assert [said.split("。")[0] for said in await told(tx, person)] == ["“隔膜”新增 1 条"] * 2


async def test_what_was_looked_at_is_no_news(tx: Tx, world: World, clock: Clock) -> None:
    person = await world.person()
    kept = await watch(tx, person)
    await clock.advance(seconds=1)
    await publish(tx, world, 1)
    await clock.advance(seconds=1)
    await tx.run(service.look, actor=person, search_id=kept.id)
    await run_day(tx, world, clock, person)
    assert await told(tx, person) == []


@pytest.mark.parametrize("meanwhile", ["off", "look", "delete", "told"])
async def test_what_he_did_while_it_was_counted_counts(
    tx: Tx, world: World, clock: Clock, meanwhile: str
) -> None:
    person = await world.person()
    kept = await watch(tx, person)
    await clock.advance(days=1)
    await publish(tx, world, 1)

    class Slow:
        """Answers after the person has done something."""

        async def search(self, request: SearchRequest) -> SearchResult:
            if meanwhile == "off":
                await tx.run(
                    service.edit_search, actor=person, search_id=kept.id, name="隔膜", news=False
                )
            elif meanwhile == "told":
                await clock.advance(days=1)  # the next day's job, before this one is done
                await tell_news(tx, PostgresIndex(tx), payload(person))
            else:
                verb = service.look if meanwhile == "look" else service.delete_search
                await tx.run(verb, actor=person, search_id=kept.id)
            return SearchResult((), Count(1), {})

    await tell_news(tx, Slow(), payload(person))
    assert len(await told(tx, person)) == (meanwhile == "told")


async def test_whoever_turned_it_off_is_not_told(tx: Tx, world: World, clock: Clock) -> None:
    person = await world.person()
    kept = await watch(tx, person)
    await clock.advance(seconds=1)
    await publish(tx, world, 1)
    await tx.run(service.edit_search, actor=person, search_id=kept.id, name="隔膜", news=False)
    await clock.advance(days=2)
    assert await tx.run(sweep_news) == 0
    await tell_news(tx, PostgresIndex(tx), payload(person))
    assert await told(tx, person) == []
    await tx.run(service.edit_search, actor=person, search_id=kept.id, name="隔膜", news=True)
    await run_day(tx, world, clock, person)
    assert await told(tx, person) == [], "from when he turned it on"


async def test_the_sweep_takes_a_bounded_number(tx: Tx, world: World, clock: Clock) -> None:
    for _ in range(3):
        await watch(tx, await world.person())
    await clock.advance(days=1)
    assert await tx.run(sweep_news, limit=2) == 2
    assert await tx.run(sweep_news, limit=2) == 1
    assert await tx.run(sweep_news, limit=2) == 0


async def test_a_message_names_a_few(world: World) -> None:
    now = await world.market_now() - timedelta(days=1)
    found = [
        News(Watched(UUID(int=at), f"第{at}条", SearchRequest(), now), Count(at))
        for at in range(1, MOST_NAMED + 3)
    ]
    notice = make_notice(found)
    assert str(notice.subject) == "7 条保存的检索有新结果"
    assert str(notice.body).startswith("“第1条”新增 1 条；“第2条”新增 2 条；")
    assert "“第5条”新增 5 条；另有 2 条检索也有新结果。" in str(notice.body)
    many = make_notice([News(found[0].watched, Count(10_000, capped=True))])
    assert str(many.subject) == "保存的检索有新结果：第1条"
    assert "新增 10000 条以上" in str(many.body)
