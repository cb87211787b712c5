"""A real market on a loopback port for browser tests: web, worker and database, in one thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
from sqlalchemy import text

from app.core.db import make_sessions
from app.core.facts import deliver
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.main import BACKGROUND, create_app
from app.seed.market import ensure_demo
from app.seed.stage import top_up
from app.worker import LISTENERS, SWEEPS, sweep_forever
from tests import databases

R = TypeVar("R")
_EVERY_S = 0.2


async def undelivered(uow: UnitOfWork) -> list[object]:
    """Facts that no listener has heard yet; a listener's mark keeps each at most once."""
    rows = await uow.session.execute(
        text(
            "SELECT id FROM fact WHERE topic = ANY(:topics)"
            " AND id NOT IN (SELECT fact_id FROM fact_handled) ORDER BY seq"
        ),
        {"topics": list(LISTENERS)},
    )
    return list(rows.scalars())


async def deliver_forever(tx: Tx) -> None:
    """What PgQueuer does in a worker, without its start-up time."""
    while True:
        for fact_id in await tx.run(undelivered):
            await deliver(tx, fact_id, LISTENERS)  # type: ignore[arg-type]
        await asyncio.sleep(_EVERY_S)


class LiveMarket:
    """Serves until stopped. ``run`` runs a coroutine in the server's own loop."""

    def __init__(self, database: str) -> None:
        self.database = database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(
            mode=Mode.demo, secret_key="browser-tests-" * 3, port=self.port, public_url=self.url
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> LiveMarket:
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError("the market did not start")
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)

    def run(self, work: Callable[[Tx], Awaitable[R]]) -> R:
        """Run work on the market's database, as its serving role."""

        async def start() -> R:
            return await work(self.tx)

        return asyncio.run_coroutine_threadsafe(start(), self.loop).result(30)

    def advance_clock(self, seconds: float) -> None:
        """Move the market's clock forward, as ``market clock`` does."""

        async def move(_: Tx) -> None:
            async with (
                databases.superuser(self.database) as engine,
                engine.connect() as connection,
            ):
                await connection.execute(
                    text(
                        "UPDATE market_clock SET offset_by = offset_by + :s * interval '1 second'"
                    ),
                    {"s": seconds},
                )

        self.run(move)

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        engine = databases.connect(self.database, role="market_app", pool=12)
        self.tx = Tx(make_sessions(engine))
        config = uvicorn.Config(
            create_app(self.settings, tx=self.tx),
            port=self.port,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        work = [work(self.tx) for work in BACKGROUND]
        work += [sweep_forever(self.tx, SWEEPS), deliver_forever(self.tx)]
        running = [asyncio.create_task(one) for one in work]
        serving = asyncio.create_task(self.server.serve())
        while not self.server.started and not serving.done():
            await asyncio.sleep(0.01)
        self._ready.set()
        await serving
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await engine.dispose()


@contextmanager
def live_market(*, demonstration: bool = False) -> Iterator[LiveMarket]:
    """A whole market on a database of its own; with the demonstration's content when asked."""
    with ThreadPoolExecutor(1) as thread:
        runner = thread.submit(asyncio.Runner).result()

        def wait_for(work: Coroutine[Any, Any, R]) -> R:
            return thread.submit(runner.run, work).result()

        async def leave() -> None:
            await cloning.__aexit__(None, None, None)

        cloning = databases.clone(wait_for(databases.ensure_template()))
        live = LiveMarket(wait_for(cloning.__aenter__())).start()
        if demonstration:
            live.run(lambda tx: ensure_demo(tx, live.settings))
            live.run(top_up)
        yield live
        live.stop()
        wait_for(leave())
        thread.submit(runner.close).result()
