"""The index against what the rooms say: nothing differs after verbs, and what differs is mended."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.clock import SHANGHAI
from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Kind
from search.drift import checking, marks, walking
from search.drift.checking import check_if_due, next_night, read_last
from search.drift.queries import find_note
from search.drift.walking import Drift, walk
from search.following import queries
from search.following.draining import drain
from search.following.registering import register
from search.index import EngineDown
from search.sources import Source
from tests.conftest import Clock
from tests.following import Memory, key, make, write


class Room:
    """A room that says of its demands what a test has it say."""

    def __init__(self, *documents: Document) -> None:
        self.documents = {document.id: document for document in documents}
        self.listed = 0

    async def list(self, _: UnitOfWork, after: UUID | None, limit: int) -> Sequence[Document]:
        self.listed += 1
        there = sorted(self.documents.items())
        return [document for one, document in there if after is None or one > after][:limit]

    async def lock(self, _: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
        return [document for one, document in self.documents.items() if one in ids]

    @property
    def source(self) -> Source:
        return Source(Kind.demand, self.list, self.lock)


async def titles(tx: Tx) -> dict[int, str]:
    async def read(uow: UnitOfWork) -> dict[int, str]:
        found = await uow.session.execute(text("SELECT id, title FROM search_document"))
        return {row_id.int: title for row_id, title in found}

    return await tx.run(read)


async def spoil(tx: Tx, statement: str) -> None:
    """Change the index behind the verbs' back."""

    async def run(uow: UnitOfWork) -> None:
        await uow.session.execute(text(statement))

    await tx.run(run)


async def test_nothing_differs_after_verbs(tx: Tx) -> None:
    documents = [make(at, at, title=f"隔膜{at}") for at in range(1, 4)]
    await write(tx, *documents)
    later = [replace(document, version=document.version + 5) for document in documents]
    assert await walk(tx, Room(*later).source, repair=False) == Drift(compared=3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE search_document SET title = '别的' WHERE id = '{}'",
        "UPDATE search_document SET text_hash = '', row_hash = '' WHERE id = '{}'",  # an old row
        "UPDATE search_document SET price_minor = 1 WHERE id = '{}'",
        "UPDATE search_document SET published_at = published_at + interval '1 day' WHERE id = '{}'",
        "UPDATE search_document SET version = version + 7, title = '别的' WHERE id = '{}'",
        "UPDATE search_document SET version = version + 7 WHERE id = '{}'",
    ],
)
async def test_a_row_that_says_otherwise_is_written_anew(tx: Tx, statement: str) -> None:
    room = Room(*(make(at, 3, title=f"隔膜{at}") for at in (1, 2, 3)))
    await write(tx, *room.documents.values())
    await spoil(tx, statement.format(UUID(int=2)))
    assert await walk(tx, room.source, repair=False) == Drift(3, different=1)
    assert await walk(tx, room.source) == Drift(3, different=1)
    assert await walk(tx, room.source) == Drift(3)
    assert await titles(tx) == {1: "隔膜1", 2: "隔膜2", 3: "隔膜3"}
    await write(tx, make(2, 4, title="新"))  # and the next verb's version counts
    assert (await titles(tx))[2] == "新"


async def test_looking_changes_nothing_and_mending_tells_the_followers(tx: Tx) -> None:
    room = Room(*(make(at, title=f"隔膜{at}") for at in (1, 2, 3)))
    await write(tx, room.documents[UUID(int=1)], make(2, title="旧"), make(9))
    await register(tx, "memory")
    expected = Drift(4, missing=1, different=1, extra=1)
    assert await walk(tx, room.source, repair=False) == expected
    assert await titles(tx) == {1: "隔膜1", 2: "旧", 9: "隔膜"}
    assert await walk(tx, room.source) == expected
    assert await titles(tx) == {1: "隔膜1", 2: "隔膜2", 3: "隔膜3"}
    memory = Memory(tx, held={key(9): 1})
    assert await drain(tx, memory) == 3
    assert memory.held == {key(2): 1, key(3): 1}


async def test_only_rows_of_its_kind_are_compared(tx: Tx) -> None:
    await write(tx, replace(make(1), kind=Kind.lot))
    assert await walk(tx, Room().source) == Drift()


async def test_chunks_follow_one_another_without_gap_or_double(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "CHUNK", 3)
    monkeypatch.setattr(walking, "HELD", 2)
    room = Room(*(make(at, title=f"隔膜{at}") for at in range(1, 15, 2)))
    await write(tx, *(make(at) for at in range(4, 24, 4)))
    told: list[Drift] = []
    found = await walk(tx, room.source, tell=told.append)
    assert found == Drift(12, missing=7, extra=5)
    assert sum(told, Drift()) == found
    assert len(told) == 3
    assert await titles(tx) == {at: f"隔膜{at}" for at in range(1, 15, 2)}


async def test_a_walk_that_was_stopped_goes_on_unless_the_words_changed(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "CHUNK", 2)
    room = Room(*(make(at) for at in range(1, 8)))

    class Stopped(Exception):
        pass

    def stop_after(count: int) -> Any:
        told: list[Drift] = []

        def tell(found: Drift) -> None:
            told.append(found)
            if len(told) == count:
                raise Stopped

        return tell

    with pytest.raises(Stopped):
        await walk(tx, room.source, tell=stop_after(3))
    assert len(await titles(tx)) == 6
    room.listed = 0
    assert await walk(tx, room.source) == Drift(7, missing=4 + 1)  # the third chunk was mended
    assert room.listed == 2
    with pytest.raises(Stopped):
        await walk(tx, room.source, tell=stop_after(3))
    monkeypatch.setattr(walking, "read_mark", lambda: "other words")
    room.listed = 0
    assert await walk(tx, room.source) == Drift(7)
    assert room.listed == 4
    assert await tx.run(find_note, "walk.demand") is None


async def test_a_verb_that_comes_between_reading_and_mending_wins(tx: Tx) -> None:
    room = Room(make(1, title="旧"), make(2), make(3))

    class Slow(Room):
        async def lock(self, uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
            newer = make(1, 2, title="新")  # a verb has changed one and withdrawn another
            self.documents = {newer.id: newer, UUID(int=3): self.documents[UUID(int=3)]}
            await service.index_documents(uow, [newer])
            return await super().lock(uow, ids)

    slow = Slow(*room.documents.values())
    assert await walk(tx, slow.source) == Drift(3, missing=1)
    assert await titles(tx) == {1: "新", 3: "隔膜"}


async def test_other_words_make_the_row_another_one(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(make(1))
    await write(tx, make(1))
    monkeypatch.setattr("search.store.FORM", 10**6)
    assert await walk(tx, room.source, repair=False) == Drift(1, different=1)


@pytest.mark.parametrize(
    ("after", "night"),
    [
        ("2026-05-01 03:29", "2026-05-01 03:30"),
        ("2026-05-01 03:30", "2026-05-02 03:30"),
        ("2026-05-01 23:00", "2026-05-02 03:30"),
    ],
)
def test_the_next_night(after: str, night: str) -> None:
    def at(moment: str) -> datetime:
        return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)

    assert next_night(at(after)) == at(night)


async def test_everything_is_checked_at_first_each_night_and_when_the_words_change(
    tx: Tx, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(make(1), make(2))
    assert await tx.run(read_last) is None
    assert await check_if_due(tx, [room.source])
    last = await tx.run(read_last)
    assert last is not None
    assert (last.compared, last.repaired, last.current) == (2, 2, True)
    assert not await check_if_due(tx, [room.source])
    await clock.advance(hours=24)
    assert await check_if_due(tx, [room.source])
    assert not await check_if_due(tx, [room.source])
    monkeypatch.setattr(checking, "read_mark", lambda: "other words")
    last = await tx.run(read_last)
    assert last is not None
    assert not last.current
    assert await check_if_due(tx, [room.source])


async def test_what_a_follower_holds_wrongly_is_due_for_it(tx: Tx) -> None:
    class Wrong(Memory):
        async def find_wrong(self):  # type: ignore[no-untyped-def]
            yield [key(1), key(2)]
            yield [key(3)]

    await write(tx, make(1), make(2))
    await register(tx, "memory")
    memory = Wrong(tx, held={key(3): 1})
    assert await check_if_due(tx, [Room(make(1), make(2)).source], [memory])
    assert await drain(tx, memory) == 3
    assert memory.held == {key(1): 1, key(2): 1}
    assert (await tx.run(queries.list_standings))[0].waiting == 0


async def test_a_follower_that_is_away_does_not_have_everything_compared_again(tx: Tx) -> None:
    class Away(Memory):
        async def find_wrong(self):  # type: ignore[no-untyped-def]
            if not self.held:
                raise EngineDown("no answer")
            yield ()

    room = Room(make(1), make(2))
    assert await check_if_due(tx, [room.source], [Away(tx)])
    assert await titles(tx) == {1: "隔膜", 2: "隔膜"}
    assert not await check_if_due(tx, [room.source], [Away(tx)])


def test_the_mark_is_that_of_word_lists_and_rooms() -> None:
    files = [
        str(path.relative_to(marks._TOP)) for one in marks._FILES for path in marks._TOP.glob(one)
    ]
    assert {"search/knowledge/dictionary.txt", "app/catalogue/documents.py"} <= set(files)
    assert len(marks.read_mark()) == 32
    assert timedelta(seconds=checking.PAUSE_S) < timedelta(seconds=1)
