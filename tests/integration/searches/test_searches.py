"""Saved searches: kept once, one's own, counted since the last look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.searches import personal, service
from app.searches.errors import SavedSearchMissing, TooManySearches
from app.searches.types import MOST_SAVED, Counted, SavedSearch
from search import service as search
from search.documents import Document, Facet, Kind
from search.postgres import PostgresIndex
from search.types import Count, SearchRequest, Sort
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of

QUESTION = SearchRequest(
    "锂电池 隔膜", {Facet.region: ["北京", "浙江"], Facet.kind: ["achievement"]}
)


async def save(
    tx: Tx, actor: Actor, question: SearchRequest = QUESTION, name: str = "隔膜", **given: Any
) -> SavedSearch:
    return await tx.run(service.save_search, actor=actor, question=question, name=name, **given)


async def publish(tx: Tx, at: int, published_at: datetime, title: str = "锂电池隔膜") -> None:
    document = Document(
        Kind.achievement,
        UUID(int=at),
        1,
        title,
        published_at,
        facets={Facet.region: ["北京"]},
    )
    await tx.run(search.index_documents, [document])


async def table(world: World) -> list[Any]:
    """The whole table, to compare what stood there before a refusal with what does after."""
    return await world.rows("SELECT s::text FROM saved_search AS s ORDER BY id")


async def test_a_question_is_kept_once_however_it_is_written(tx: Tx, world: World) -> None:
    person = await world.person()
    first = await save(tx, person)
    assert first.question == replace(
        QUESTION, filters={Facet.kind: ["achievement"], Facet.region: ["北京", "浙江"]}
    )
    assert (first.new, first.due, first.news) == (Count(0), False, False)
    for same in (
        QUESTION,
        replace(QUESTION, text=" 鋰電池   隔膜 "),
        replace(QUESTION, filters=dict(reversed([*QUESTION.filters.items()]))),
        replace(QUESTION, after="page", limit=100, facet_values=0),
    ):
        again = await save(tx, person, same, "另一个名称", news=True)
        assert again == first, "what is kept stays as it is"
        assert await tx.run(service.find_saved, actor=person, question=same) == first
    assert await world.count("saved_search") == 1
    other = await save(tx, person, replace(QUESTION, sort=Sort.newest))
    assert other.id != first.id
    words = await save(tx, person, replace(QUESTION, semantic=0.0))
    assert words.question.semantic == 0
    assert await tx.run(service.find_saved, actor=await world.person(), question=QUESTION) is None
    assert await world.count("audit_entry", subject_kind="saved_search") == 0


@pytest.mark.parametrize(
    ("question", "name", "fields"),
    [
        (QUESTION, "", {"name"}),
        (QUESTION, "名" * 10_000, {"name"}),
        (QUESTION, "名\x00", {"name"}),
        (SearchRequest(), "全部", {"question"}),
        (SearchRequest(" \t "), "空白", {"question"}),
        (SearchRequest(sort=Sort.newest), "最新", {"question"}),
        (replace(QUESTION, text="字" * 301), "长", {"question"}),
        (replace(QUESTION, text="\x00"), "零", {"question"}),
        (SearchRequest("隔膜", {Facet.kind: ["none"]}), "类别", {"question"}),
        (SearchRequest("隔膜", {Facet.field: ["新\x07"]}), "响铃", {"question"}),
        (SearchRequest("隔膜", {Facet.field: [str(at) for at in range(21)]}), "多", {"question"}),
    ],
)  # fmt: skip
async def test_bad_input_is_refused_at_its_field_and_changes_nothing(
    tx: Tx, world: World, question: SearchRequest, name: str, fields: set[str]
) -> None:
    person = await world.person()
    with pytest.raises(Invalid) as refused:
        await save(tx, person, question, name)
    assert {error.field for error in refused.value.errors} == fields
    assert await world.count("saved_search") == 0


async def test_fifty_and_no_more(tx: Tx, world: World) -> None:
    person, other = await world.person(), await world.person()
    kept = [
        await save(tx, person, SearchRequest(f"电池{at}"), f"第 {at} 条")
        for at in range(MOST_SAVED)
    ]
    before = await table(world)
    with pytest.raises(TooManySearches, match="最多保存 50 条检索"):
        await save(tx, person)
    assert await table(world) == before
    assert (await save(tx, person, SearchRequest("电池0"))).name == "第 0 条", "kept already"
    await save(tx, other)  # everybody has his own
    await tx.run(service.delete_search, actor=person, search_id=kept[0].id)
    await save(tx, person)


async def test_pages_of_ten_the_last_first(tx: Tx, world: World) -> None:
    person = await world.person()
    for at in range(11):
        await save(tx, person, SearchRequest(f"电池{at}"), f"{at}")
    await save(tx, await world.person())
    first = await tx.run(service.list_searches, actor=person)
    second = await tx.run(service.list_searches, actor=person, after=first.next)
    names = [one.name for one in (*first.items, *second.items)]
    assert names == [str(at) for at in range(10, -1, -1)]
    assert (len(second.items), second.next) == (1, None)
    with pytest.raises(Invalid):
        await tx.run(service.list_searches, actor=person, after="broken")


Verb = Callable[[Tx, Actor, UUID], Awaitable[Any]]
ONE: dict[str, Verb] = {
    "show": lambda tx, actor, one: tx.run(service.show_search, actor=actor, search_id=one),
    "look": lambda tx, actor, one: tx.run(service.look, actor=actor, search_id=one),
    "edit": lambda tx, actor, one: tx.run(
        service.edit_search, actor=actor, search_id=one, name="改名", news=True
    ),
    "delete": lambda tx, actor, one: tx.run(service.delete_search, actor=actor, search_id=one),
}


@pytest.mark.parametrize("verb", ONE.values(), ids=ONE)
async def test_another_persons_does_not_exist(tx: Tx, world: World, verb: Verb) -> None:
    kept = await save(tx, await world.person())
    before = await table(world)
    administrator = await world.person(platform={"administrator"})
    for actor in (await world.person(), administrator):
        with pytest.raises(SavedSearchMissing):
            await verb(tx, actor, kept.id)
        with pytest.raises(SavedSearchMissing):
            await verb(tx, actor, UUID(int=1))
    with pytest.raises(Unauthenticated):
        await verb(tx, world.stranger, kept.id)
    with pytest.raises(Forbidden):
        await verb(tx, SYSTEM, kept.id)
    assert await table(world) == before


@pytest.mark.parametrize("verb", ONE.values(), ids=ONE)
async def test_a_program_keeps_nothing_for_its_person(tx: Tx, world: World, verb: Verb) -> None:
    person = await world.person()
    kept = await save(tx, person)
    before = await table(world)
    with pytest.raises(Forbidden):
        await verb(tx, replace(person, scopes=frozenset({"inbox:write"})), kept.id)
    assert await table(world) == before


async def test_strangers_and_the_system_keep_nothing(tx: Tx, world: World) -> None:
    for actor, refusal in ((world.stranger, Unauthenticated), (SYSTEM, Forbidden)):
        with pytest.raises(refusal):
            await save(tx, actor)
        with pytest.raises(refusal):
            await tx.run(service.list_searches, actor=actor)
        with pytest.raises(refusal):
            await tx.run(service.keep_counts, actor=actor, counts={})
        with pytest.raises(refusal):
            await tx.run(service.find_saved, actor=actor, question=QUESTION)
    assert await world.count("saved_search") == 0


async def test_a_new_name_and_a_refused_one(tx: Tx, world: World) -> None:
    person = await world.person()
    kept = await save(tx, person)
    await ONE["edit"](tx, person, kept.id)
    shown = await tx.run(service.show_search, actor=person, search_id=kept.id)
    assert (shown.name, shown.news) == ("改名", True)
    before = await table(world)
    await ONE["edit"](tx, person, kept.id)
    assert await table(world) == before, "twice is once: news stay due when they were"
    for name in ("", "名" * 61, "名\x1b"):
        with pytest.raises(Invalid):
            await tx.run(
                service.edit_search, actor=person, search_id=kept.id, name=name, news=False
            )
    assert await table(world) == before


async def test_what_is_new_is_counted_since_the_last_look(
    tx: Tx, world: World, clock: Clock
) -> None:
    person, index = await world.person(), PostgresIndex(tx)
    await publish(tx, 1, await world.market_now())
    kept = await save(tx, person)

    async def shown() -> tuple[Count | None, bool]:
        [one] = (await tx.run(service.list_searches, actor=person)).items
        counts = await service.count_new(index, [one])
        await tx.run(service.keep_counts, actor=person, counts=counts)
        [one] = (await tx.run(service.list_searches, actor=person)).items
        return one.new, bool(counts)

    assert await shown() == (Count(0), False), "what there was before it was saved is not new"
    await publish(tx, 2, await world.market_now() + timedelta(seconds=1))
    assert await shown() == (Count(0), False), "counted a moment ago"
    await clock.advance(minutes=10)
    await publish(tx, 3, await world.market_now(), "锂电池正极")  # holds not all words
    assert await shown() == (Count(1), True)
    before = await tx.run(service.look, actor=person, search_id=kept.id)
    assert (before.new, before.looked_at) == (Count(1), kept.looked_at)
    assert await shown() == (Count(0), False)
    again = await tx.run(service.look, actor=person, search_id=kept.id)
    assert again.looked_at > before.looked_at
    assert again.new == Count(0)


async def test_a_count_from_before_a_look_is_dropped(tx: Tx, world: World, clock: Clock) -> None:
    person = await world.person()
    kept = await save(tx, person)
    await clock.advance(hours=1)
    late = {kept.id: Counted(kept.looked_at, Count(7))}
    await tx.run(service.keep_counts, actor=await world.person(), counts=late)
    assert (await tx.run(service.show_search, actor=person, search_id=kept.id)).new == Count(0)
    await tx.run(service.look, actor=person, search_id=kept.id)
    await tx.run(service.keep_counts, actor=person, counts=late)
    assert (await tx.run(service.show_search, actor=person, search_id=kept.id)).new == Count(0)


async def test_a_count_that_is_capped_says_so(tx: Tx, world: World) -> None:
    person = await world.person()
    kept = await save(tx, person)
    counts = {kept.id: Counted(kept.looked_at, Count(10_000, capped=True))}
    await tx.run(service.keep_counts, actor=person, counts=counts)
    shown = await tx.run(service.show_search, actor=person, search_id=kept.id)
    assert shown.new == Count(10_000, capped=True)


async def test_a_filter_that_is_no_more_is_left_out(tx: Tx, world: World) -> None:
    person = await world.person()
    kept = await save(tx, person)
    await world.rows(
        """UPDATE saved_search SET sort = 'gone', filters = '{"gone": ["x"], "region": ["北京"]}'
           RETURNING 1"""
    )
    shown = await tx.run(service.show_search, actor=person, search_id=kept.id)
    assert shown.question == SearchRequest("锂电池 隔膜", {Facet.region: ["北京"]})


async def test_a_persons_copy_has_them_and_his_end_deletes_them(tx: Tx, world: World) -> None:
    person, other = await world.person(), await world.person()
    await save(tx, person, news=True)
    await save(tx, other)
    copy = await tx.run(personal.export_personal, person_id=id_of(person))
    [one] = copy["saved_searches"]
    assert (one["name"], one["words"], one["news"]) == ("隔膜", "锂电池 隔膜", True)
    assert one["filters"] == {"kind": ["achievement"], "region": ["北京", "浙江"]}
    await tx.run(personal.forget_personal, person_id=id_of(person))
    rows = await world.rows("SELECT person_id FROM saved_search")
    assert [row.person_id for row in rows] == [id_of(other)]


@pytest.mark.parametrize(
    "change",
    [
        "name = ''",
        "question_hash = 'x'",
        "new_count = 10001",
        "new_count = -1",
        "news_at = market_now()",
    ],
)
async def test_the_table_holds_nothing_odd(tx: Tx, world: World, change: str) -> None:
    await save(tx, await world.person())

    async def write(uow: UnitOfWork) -> None:
        await uow.session.execute(text(f"UPDATE saved_search SET {change}"))

    with pytest.raises(DBAPIError):
        await tx.run(write)
