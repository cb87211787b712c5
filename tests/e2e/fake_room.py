"""A lot room whose events the test decides: for the room's script alone, without a market."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from app.core.settings import Mode, Settings
from frontend import charts
from frontend.assets import static_files
from frontend.forms import Form
from frontend.lot_modes import Way
from frontend.render import page
from frontend.room_view import FeedItem, Mine, RoomView

START, STEP = 320_000_000, 5_000_000
PHASES = {"free": "自由报价期，距结束", "limited": "限时报价剩余", "closed": "竞价已结束"}


@dataclass(frozen=True)
class FakeBid:
    seq: int
    code: str
    amount_minor: int
    outcome: str
    at: datetime


@dataclass
class FakeRoom:
    """The server's truth; tests change it and the page must follow."""

    state: str = "limited"
    outcome: str | None = None
    window_s: int = 300
    bids: list[FakeBid] = field(default_factory=list)
    ends_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(seconds=300))
    events_status: int = 200
    drop_answers: int = 0
    passed_by: str = ""
    keys: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.began = datetime.now(UTC) - timedelta(minutes=10)
        self.queues: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]]] = []
        self.app = FastAPI()
        self.app.state.settings = Settings(mode=Mode.demo)
        self.app.mount("/static", static_files())
        self.app.add_api_route("/lots/X", self.show)
        self.app.add_api_route("/lots/X/events", self.events)
        self.app.add_api_route("/lots/X/bids", self.bid, methods=["POST"])

    # ---- what a test does ----

    def start(self) -> FakeRoom:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(
            self.app, port=port, log_level="warning", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self.break_connections()
        self.server.should_exit = True
        self.thread.join(10)

    def place(self, code: str, *, steps: int = 1, refused: bool = False, told: bool = True) -> None:
        """A bid somebody made; `told` False: the event gets lost."""
        price = self.price
        amount = START if price is None else price + steps * STEP
        made = FakeBid(
            len(self.bids) + 1,
            code,
            amount,
            "refused" if refused else "accepted",
            datetime.now(UTC),
        )
        self.bids.append(made)
        if told:
            self.send(self.bid_event(made))

    def change(self, state: str, outcome: str | None = None) -> None:
        self.state, self.outcome = state, outcome
        self.send(self.state_event())

    def break_connections(self) -> None:
        for loop, queue in self.queues:
            loop.call_soon_threadsafe(queue.put_nowait, "")
        self.queues.clear()

    def send(self, event: str) -> None:
        for loop, queue in self.queues:
            loop.call_soon_threadsafe(queue.put_nowait, event)

    # ---- what the market would say ----

    @property
    def accepted(self) -> list[FakeBid]:
        return [bid for bid in self.bids if bid.outcome == "accepted"]

    @property
    def price(self) -> int | None:
        return self.accepted[-1].amount_minor if self.accepted else None

    @property
    def leader(self) -> str | None:
        return self.accepted[-1].code if self.accepted else None

    @property
    def next_minor(self) -> int:
        return START if self.price is None else self.price + STEP

    def bid_event(self, bid: FakeBid) -> str:
        body = {
            "seq": bid.seq,
            "code": bid.code if bid.outcome == "accepted" else "",
            "amount_minor": bid.amount_minor if bid.outcome == "accepted" else None,
            "outcome": bid.outcome,
            "act": "bid",
            "mark": "",
            "at": _ms(bid.at),
            "price_minor": self.price,
            "leader": self.leader,
            "closes_at": _ms(self.ends_at),
        }
        return f"id: {bid.seq}\nevent: bid\ndata: {json.dumps(body)}\n\n"

    def state_event(self) -> str:
        body = {
            "state": self.state,
            "phase_label": PHASES[self.state],
            "closes_at": None if self.state == "closed" else _ms(self.ends_at),
            "price_minor": self.price,
            "leader": self.leader,
            "next_minor": None if self.state == "closed" else self.next_minor,
            "asking_minor": None,
            "ladder": None,
            "server_now": _ms(datetime.now(UTC)),
            "outcome": self.outcome,
        }
        return f"event: state\ndata: {json.dumps(body)}\n\n"

    # ---- routes ----

    async def show(self, request: Request) -> Response:
        answer = self.render(request, Form())
        if self.passed_by:
            await self.pass_on_the_way(self.passed_by)
        return answer

    async def pass_on_the_way(self, code: str) -> None:
        """Somebody bids, and is heard of, after the page was drawn and before it arrives."""
        self.passed_by = ""
        self.place(code)
        await asyncio.sleep(0.5)

    async def events(self, after: int = 0) -> Response:
        self.connections += 1
        if self.events_status != 200:
            return Response("bad gateway", self.events_status)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.queues.append((asyncio.get_running_loop(), queue))

        async def stream() -> AsyncIterator[str]:
            yield self.state_event()
            for bid in self.bids[after:]:
                yield self.bid_event(bid)
            while event := await queue.get():
                yield event

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def bid(self, request: Request) -> Response:
        form = Form.of(await request.form())
        if form.key() not in self.keys:
            self.keys.append(form.key())
            if form.value("amount") == "1":
                form.add("amount", "报价不得低于 ¥3,250,000。")
                return self.render(request, form, status=422)
            self.place("C03")
        if self.drop_answers:
            self.drop_answers -= 1
            return Response("lost", 502)
        return RedirectResponse("/lots/X?placed=1", 303)

    def render(self, request: Request, form: Form, status: int = 200) -> Response:
        running = self.state != "closed"
        view = RoomView(
            number="X",
            title="陶瓷涂覆隔膜",
            mode_label="动态报价",
            way=Way.rising,
            state=self.state,
            outcome=self.outcome,
            phase_label=PHASES[self.state],
            seq=len(self.bids),
            start_minor=START,
            price_label="起始价" if self.price is None else "当前最高报价",
            shown_minor=START if self.price is None else self.price,
            price_minor=self.price,
            leader=self.leader,
            next_minor=self.next_minor,
            tiers=[(START, STEP)],
            asks=[self.next_minor + n * STEP for n in range(5)],
            closes_at=self.ends_at if running else None,
            my=Mine("C03"),
            panels=["bid", "maximum"] if running else [],
            feed=[
                FeedItem(bid.seq, bid.at, "", bid.code, bid.amount_minor)
                for bid in reversed(self.accepted)
            ],
            bid_count=len(self.accepted),
            result_title=f"竞价结束，{self.leader} 竞得" if self.outcome == "won" else "",
            offer_number="GX-1",
            seller_name="衡川理工大学",
        )
        told = request.query_params.get("placed") and not form.errors
        return page(
            request,
            "auctions/room.html",
            status=status,
            view=view,
            curve=charts.curve_data(
                self.bids, start_minor=START, starts_at=self.began, ends_at=datetime.now(UTC)
            ),
            form=form,
            blank=Form(),
            refused="bid" if form.errors else "",
            error=None,
            told="报价已接受" if told else "",
            refresh=0,
            sentences=lambda pairs: pairs,
        )


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
