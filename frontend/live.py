"""Live lot rooms: one reader a lot and process, any number of watchers, Server-Sent Events.

While a room is watched, its head and new bids are read in one statement every 300 ms and told to
every watcher. A watcher says the number of the last bid it has and gets what came after it, so a
broken connection loses nothing. A slow watcher is cut off and comes back by itself. What a room
says (``frontend/src/room.ts``; instants in ms since 1970, money in 分):

- ``bid``: seq, outcome, act, mark (how it came to be), at, price_minor, leader, closes_at; an
  accepted one also has its code and amount_minor, of a refused one (code "", amount_minor null)
  nobody is told more. Sealed ones have no amount.
- ``step``: seq, at, text: what the clock or the staff did.
- ``state``: state, outcome, phase_label, closes_at, price_minor, leader, next_minor, ladder (of a
  falling price), server_now.
- ``clock``: server_now, every 10 s.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any, Final
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.auctions import service
from app.auctions.types import LotLive, LotState, LotView, PublicBid, PublicStep
from app.core.errors import Unavailable
from app.core.i18n import translate
from app.core.tx import Tx
from frontend.room_bids import bid_mark
from frontend.room_view import ladder_data
from frontend.room_words import ACTS, phase_label, step_sentence

log = logging.getLogger("market.live")

POLL_S: Final = 0.3
# A room where nothing can be bid is looked at less often.
IDLE_POLL_S: Final = 1.0
CLOSED_POLL_S: Final = 5.0
RETRY_S: Final = 1.0
CLOCK_EVERY_S: Final = 10.0
SEND_WITHIN_S: Final = 10.0
MOST_WAITING: Final = 1000
MOST_WATCHERS: Final = 2000


def closes_at(lot: LotView) -> datetime | None:
    """What the countdown runs to; None when no clock runs."""
    return None if lot.state in (LotState.suspended, LotState.closed) else lot.next_end_at


@dataclass(eq=False)
class Watcher:
    """One open stream: the last bid it was told, its language, and what waits to be sent.

    ``None`` in the queue ends the stream.
    """

    seq: int
    locale: str
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    ready: bool = False

    def tell(self, event: bytes) -> bool:
        """Queue an event; False when the watcher is too slow, who is then cut off."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """End the stream now, whatever waited."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Room:
    """The watchers of one lot and the one task that reads for them."""

    def __init__(self, tx: Tx, lot_id: UUID) -> None:
        self.tx, self.lot_id = tx, lot_id
        self.watchers: set[Watcher] = set()
        self.seq = 0
        self.mark: tuple[object, ...] = ()
        self.clock_at = 0.0
        self.reader: asyncio.Task[None] | None = None

    async def read(self, after: int) -> LotLive:
        return await self.tx.run(service.read_live, lot_id=self.lot_id, after=after)

    async def join(self, watcher: Watcher) -> None:
        """Tell a new watcher what it has missed, then let it listen with the others."""
        self.watchers.add(watcher)
        try:
            while True:
                live = await self.read(watcher.seq)
                watcher.seq = min(watcher.seq, live.lot.seq)
                news = _news(live, watcher.locale)
                if news:
                    # why: one entry however much was missed, for the queue has an end
                    watcher.tell(b"".join(event for _, event in news))
                    watcher.seq = news[-1][0]
                watcher.seq = max(watcher.seq, live.seq)
                # why: no await from here to `ready`, so no bid falls between
                level = self.reader is None or watcher.seq >= self.seq
                if level and (watcher.seq >= live.lot.seq or not news):
                    break
        except BaseException:
            self.leave(watcher)
            raise
        watcher.tell(_state(live.lot, watcher.locale))
        watcher.ready = True
        if self.reader is None or self.reader.done():
            self.seq = watcher.seq
            self.mark = _mark(live.lot)
            self.reader = asyncio.create_task(self.follow())

    def leave(self, watcher: Watcher) -> None:
        """Forget a watcher; the reader ends by itself when there is none."""
        self.watchers.discard(watcher)

    async def follow(self) -> None:
        """Read until nobody watches any more; a database that is away is tried again."""
        loop = asyncio.get_running_loop()
        pause = POLL_S
        try:
            while await asyncio.sleep(pause, self.watchers):
                try:
                    live = await self.read(self.seq)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("live room cannot read: %s", type(error).__name__)
                    pause = RETRY_S
                else:
                    self.publish(live, loop.time())
                    pause = _pause(live.lot)
        finally:
            for watcher in self.watchers:  # nobody is left waiting for a reader that is gone
                watcher.end()

    def publish(self, live: LotLive, now: float) -> None:
        """Tell everybody what is new."""
        told = [bid.seq for bid in live.bids] + [step.seq for step in live.steps]
        self.seq = max(self.seq, live.seq, *told)
        mark = _mark(live.lot)
        changed, self.mark = mark != self.mark, mark
        tick = now - self.clock_at >= CLOCK_EVERY_S
        if tick:
            self.clock_at = now
        locales = {watcher.locale for watcher in self.watchers}
        news = {locale: _news(live, locale) for locale in locales}
        states = {locale: _state(live.lot, locale) for locale in locales} if changed else {}
        clock = _event("clock", {"server_now": _ms(live.lot.now)}) if tick else b""
        for watcher in [w for w in self.watchers if w.ready]:
            for seq, event in news[watcher.locale]:
                if seq > watcher.seq:
                    watcher.seq = seq
                    watcher.tell(event)
            if changed:
                watcher.tell(states[watcher.locale])
            if clock:
                watcher.tell(clock)


class Hub:
    """The live rooms of one process."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.rooms: dict[UUID, Room] = {}
        self.closed = False

    @property
    def watchers(self) -> int:
        return sum(len(room.watchers) for room in self.rooms.values())

    async def open(self, lot_id: UUID, *, after: int, locale: str) -> Watcher:
        """Begin to watch. Raises Unavailable when the process is full or goes down."""
        if self.closed or self.watchers >= MOST_WATCHERS:
            raise Unavailable(retry_after_s=5)
        room = self.rooms.setdefault(lot_id, Room(self.tx, lot_id))
        watcher = Watcher(after, locale)
        try:
            await room.join(watcher)
        finally:
            self.tidy(lot_id)
        return watcher

    def leave(self, lot_id: UUID, watcher: Watcher) -> None:
        """Stop watching."""
        if (room := self.rooms.get(lot_id)) is not None:
            room.leave(watcher)
            self.tidy(lot_id)

    def tidy(self, lot_id: UUID) -> None:
        room = self.rooms.get(lot_id)
        if room is not None and not room.watchers:
            del self.rooms[lot_id]

    def close(self) -> None:
        """End every stream now: the process goes down, and watchers come back elsewhere."""
        self.closed = True
        for room in self.rooms.values():
            for watcher in room.watchers:
                watcher.end()


class EventStream(Response):
    """The answer that goes on. Ends when the reader goes, is too slow, or the process goes down."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, lot_id: UUID, watcher: Watcher) -> None:
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            media_type=self.media_type,
        )
        del self.headers["content-length"]
        self.hub, self.lot_id, self.watcher = hub, lot_id, watcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        sending = asyncio.create_task(self.send_events(send))
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()  # a fault of ours is not to be passed over
        finally:
            self.hub.leave(self.lot_id, self.watcher)
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def send_events(self, send: Send) -> None:
        """Send what waits, several events at once; give up on a reader that takes nothing."""
        queue = self.watcher.queue
        end = False
        while not end:
            parts = [await queue.get()]
            while not queue.empty():
                parts.append(queue.get_nowait())
            end = None in parts
            body = b"".join(part for part in parts if part is not None)
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await send({"type": "http.response.body", "body": body, "more_body": not end})
            except TimeoutError:
                log.info("a watcher took nothing for too long and was cut off")
                return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def hub_of(app: FastAPI) -> Hub:
    """The hub of an application, made at its first watcher."""
    if not hasattr(app.state, "live"):
        app.state.live = Hub(app.state.tx)
    hub: Hub = app.state.live
    return hub


@contextmanager
def ending_with(app: FastAPI) -> Iterator[None]:
    """While a web process lives: end its streams as soon as it is told to stop.

    why: the server waits for open answers before it says anything to the application.
    """
    loop = asyncio.get_running_loop()
    chained: dict[signal.Signals, Any] = {}

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub_of(app).close)
        before = chained[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            chained[number] = signal.getsignal(number)
            signal.signal(number, on_signal)
    try:
        yield
    finally:
        hub_of(app).close()
        for number, before in chained.items():
            signal.signal(number, before)


# ---- what is said -----------------------------------------------------------------------------


def _mark(lot: LotView) -> tuple[object, ...]:
    """What, when it changes, makes a new ``state`` event."""
    return (lot.state, lot.outcome, lot.asking_minor, lot.bidders_turn, lot.rival_code, lot.version)


def _pause(lot: LotView) -> float:
    if lot.state in (LotState.free, LotState.limited):
        return POLL_S
    return CLOSED_POLL_S if lot.is_over else IDLE_POLL_S


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    numbered = f"id: {number}\n" if number is not None else ""
    return f"event: {name}\n{numbered}data: {body}\n\n".encode()


def _news(live: LotLive, locale: str) -> list[tuple[int, bytes]]:
    """Bids and steps as events, in the order of their numbers."""
    events = [(bid.seq, _bid(bid, locale)) for bid in live.bids]
    events += [(step.seq, _step(step, locale)) for step in live.steps]
    return sorted(events, key=lambda event: event[0])


def _bid(bid: PublicBid, locale: str) -> bytes:
    mark = bid_mark(bid) if bid.amount_minor is not None else ACTS[bid.act]
    return _event(
        "bid",
        {
            "seq": bid.seq,
            "act": bid.act,
            "mark": translate(locale, mark),
            "code": bid.code,
            "amount_minor": bid.amount_minor,
            "outcome": "accepted" if bid.accepted else "refused",
            "at": _ms(bid.at),
            "price_minor": bid.price_minor,
            "leader": bid.leader_code,
            "closes_at": _ms(bid.closes_at),
        },
        bid.seq,
    )


def _step(step: PublicStep, locale: str) -> bytes:
    text = translate(locale, step_sentence(step))
    return _event("step", {"seq": step.seq, "at": _ms(step.at), "text": text}, step.seq)


def _state(lot: LotView, locale: str) -> bytes:
    end = closes_at(lot)
    return _event(
        "state",
        {
            "state": lot.state,
            "outcome": lot.outcome,
            "phase_label": translate(locale, phase_label(lot)),
            "closes_at": None if end is None else _ms(end),
            "price_minor": lot.price_minor,
            "asking_minor": lot.asking_minor,
            "ladder": ladder_data(lot),
            "leader": lot.leader_code,
            "next_minor": lot.next_minor if lot.is_open else None,
            "server_now": _ms(lot.now),
        },
    )
