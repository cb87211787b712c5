"""The live stream of a room, over the application's own interface (ASGI), on real commits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.types import Message

from app.core.errors import Unavailable
from app.core.settings import Settings
from app.core.tx import Tx
from app.main import create_app
from frontend import live
from frontend.live import EventStream, Hub, Room, Watcher, hub_of
from tests import databases
from tests.world import World
from tests.worlds.auctions import Sale

Event = tuple[str, dict[str, Any]]


class Stream:
    """A browser's EventSource: events as they come."""

    def __init__(self, app: FastAPI, path: str, query: str, headers: dict[str, str]) -> None:
        self.app, self.path, self.query, self.headers = app, path, query, headers
        self.gone = asyncio.Event()
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self.status = 0
        self.started = asyncio.Event()

    async def run(self) -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": self.path,
            "query_string": self.query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in self.headers.items()],
        }
        await self.app(scope, self.receive, self.send)
        await self.events.put(None)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started.set()
        if message["type"] == "http.response.start" or self.status != 200:
            return
        for block in filter(None, message["body"].decode().split("\n\n")):
            lines = dict(line.split(": ", 1) for line in block.splitlines())
            await self.events.put((lines["event"], json.loads(lines["data"])))

    async def next(self, name: str) -> dict[str, Any]:
        """The next event of a name."""
        while (event := await asyncio.wait_for(self.events.get(), 20)) is not None:
            if event[0] == name:
                return event[1]
        raise AssertionError("the stream ended")

    async def ended(self) -> bool:
        while await asyncio.wait_for(self.events.get(), 20) is not None:
            pass
        return True


@pytest.fixture
def real_app(real_tx: Tx, settings: Settings) -> FastAPI:
    return create_app(settings, tx=real_tx)


@pytest.fixture
def real_world(real_tx: Tx) -> World:
    return World(real_tx)


@asynccontextmanager
async def watching(
    app: FastAPI, number: str, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    stream = Stream(app, f"/lots/{number}/events", query, headers)
    task = asyncio.create_task(stream.run())
    await asyncio.wait_for(stream.started.wait(), 20)
    yield stream
    stream.gone.set()
    await task


async def lot_with_bids(world: World, count: int) -> Sale:
    sale = await world.lot(start=100_00, step=1_00)
    rivals = [await world.bidder(sale) for _ in range(2)]
    for n in range(count):
        await world.bid(sale, rivals[n % 2], 100 + n)
    return sale


async def test_a_watcher_gets_what_he_missed_and_then_what_comes(
    real_app: FastAPI, real_world: World
) -> None:
    sale = await lot_with_bids(real_world, 3)
    rival = await real_world.bidder(sale)
    async with watching(real_app, sale.number, "after=2") as stream:
        assert [(await stream.next("bid"))["seq"] for _ in range(2)] == [3, 4]  # the opening is 1
        state = await stream.next("state")
        assert (state["state"], state["next_minor"]) == ("free", 103_00)
        assert state["phase_label"] == "自由报价期，距结束"
        refused = await real_world.bid(sale, rival, 1)
        accepted = await real_world.bid(sale, rival, 103)
        told = [await stream.next("bid") for _ in range(2)]
    assert [bid["seq"] for bid in told] == [refused.seq, accepted.seq]
    assert (told[0]["outcome"], told[0]["amount_minor"], told[0]["code"]) == ("refused", None, "")
    assert (told[1]["outcome"], told[1]["amount_minor"]) == ("accepted", 103_00)
    assert (told[1]["code"], told[1]["leader"]) == (accepted.code, accepted.code)
    assert told[1]["closes_at"] == state["closes_at"]  # a free bid moves no clock


async def test_the_browser_s_own_way_to_resume_works_too(
    real_app: FastAPI, real_world: World
) -> None:
    sale = await lot_with_bids(real_world, 3)
    async with watching(real_app, sale.number, "after=0", **{"last-event-id": "3"}) as stream:
        assert (await stream.next("bid"))["seq"] == 4


async def test_the_state_is_told_in_the_reader_s_language(
    real_app: FastAPI, real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "translate", lambda locale, words: f"{locale}:{words}")
    sale = await real_world.lot()
    async with watching(real_app, sale.number, cookie="locale=en") as stream:
        assert (await stream.next("state"))["phase_label"].startswith("en:")


async def test_a_change_of_state_is_told(
    real_app: FastAPI, real_world: World, real_database: str
) -> None:
    sale = await real_world.lot(free_s=60, window_s=60)
    async with watching(real_app, sale.number) as stream:
        assert (await stream.next("state"))["state"] == "free"
        engine = databases.connect(real_database, role=None)
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE market_clock SET offset_by = interval '61 seconds'")
            )
        await engine.dispose()
        state = await stream.next("state")
    assert state["state"] == "limited"
    assert 0 < state["closes_at"] - state["server_now"] <= 60_000


async def test_many_watchers_share_one_reader_and_its_end(
    real_app: FastAPI, real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = await lot_with_bids(real_world, 1)
    rival = await real_world.bidder(sale)
    async with (
        watching(real_app, sale.number, "after=2") as first,
        watching(real_app, sale.number, "after=2") as second,
    ):
        hub = hub_of(real_app)
        assert (len(hub.rooms), hub.watchers) == (1, 2)
        reads = 0
        read = Room.read

        async def counted(room: Room, after: int) -> Any:
            nonlocal reads
            reads += 1
            return await read(room, after)

        monkeypatch.setattr(Room, "read", counted)
        await real_world.bid(sale, rival, 101)
        assert (await first.next("bid"))["seq"] == (await second.next("bid"))["seq"] == 3
        assert reads <= 20
    assert (hub.rooms, hub.watchers) == ({}, 0)


async def test_a_watcher_from_the_future_spoils_nothing_for_others(
    real_app: FastAPI, real_world: World
) -> None:
    sale = await lot_with_bids(real_world, 1)
    rival = await real_world.bidder(sale)
    async with (
        watching(real_app, sale.number, f"after={2**62}") as future,
        watching(real_app, sale.number, "after=0") as present,
    ):
        assert (await present.next("bid"))["seq"] == 2  # the opening is 1
        await real_world.bid(sale, rival, 101)
        assert (await future.next("bid"))["seq"] == (await present.next("bid"))["seq"] == 3


async def test_more_is_missed_than_one_reading_gives(
    real_app: FastAPI, real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auctions.reading.MOST_BIDS", 2)
    monkeypatch.setattr("app.auctions.service.MOST_BIDS", 2)
    sale = await lot_with_bids(real_world, 5)
    async with watching(real_app, sale.number) as stream:
        assert [(await stream.next("bid"))["seq"] for _ in range(5)] == [2, 3, 4, 5, 6]


async def test_a_database_that_is_away_for_a_moment(
    real_app: FastAPI, real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RETRY_S", 0.05)
    sale = await lot_with_bids(real_world, 1)
    rival = await real_world.bidder(sale)
    async with watching(real_app, sale.number, "after=2") as stream:
        read, failures = Room.read, iter([OSError("away"), OSError("away")])

        async def broken(room: Room, after: int) -> Any:
            for error in failures:
                raise error
            return await read(room, after)

        monkeypatch.setattr(Room, "read", broken)
        await real_world.bid(sale, rival, 101)
        assert (await stream.next("bid"))["seq"] == 3


async def test_shutting_down_ends_streams_at_once_and_takes_no_more(
    real_app: FastAPI, real_world: World
) -> None:
    sale = await real_world.lot()
    async with watching(real_app, sale.number) as stream:
        await stream.next("state")
        hub_of(real_app).close()
        assert await stream.ended()
    with pytest.raises(Unavailable):
        await hub_of(real_app).open(sale.id, after=0, locale="zh-CN")


async def test_a_full_house_says_so(
    real_app: FastAPI, real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_WATCHERS", 1)
    sale = await real_world.lot()
    async with watching(real_app, sale.number) as first:
        await first.next("state")
        async with watching(real_app, sale.number) as second:
            assert second.status == 503


# ---------------------------------------------------------------- without a database


def test_a_watcher_who_does_not_keep_up_is_cut_off() -> None:
    watcher = Watcher(0, "zh-CN", asyncio.Queue(3))
    assert [watcher.tell(b"x") for _ in range(4)] == [True, True, True, False]
    assert watcher.queue.get_nowait() is None


async def test_a_reader_who_takes_nothing_is_given_up(
    real_tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_WITHIN_S", 0.05)
    watcher = Watcher(0, "zh-CN")
    watcher.tell(b"event: clock\ndata: {}\n\n")
    response = EventStream(Hub(real_tx), uuid4(), watcher)
    never = asyncio.Event()

    async def receive() -> Message:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await never.wait()

    await asyncio.wait_for(response({"type": "http"}, receive, send), 20)
