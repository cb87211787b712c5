"""A real market on a loopback port for browser tests: web, worker and database, in one thread."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import uvicorn
from sqlalchemy import text

from app.accounts.address_book import AccountsAddressBook
from app.auctions.certificates import CERTIFICATE_JOB, make_certificates
from app.bank.book import Book
from app.bank.keys import Keys
from app.bank.sending import Sender
from app.bank.web import make_bank
from app.core.db import make_sessions
from app.core.facts import deliver
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.imports.jobs import work_upload
from app.imports.types import UPLOAD_JOB
from app.inbox.jobs import make_jobs
from app.inbox.outbox import list_kept
from app.inbox.sending import JOB as MAIL_JOB
from app.main import BACKGROUND, create_app
from app.payments.jobs import make_jobs as make_payment_jobs
from app.seed.market import ensure_demo
from app.seed.stage import top_up
from app.worker import IMPORTERS, LISTENERS, SWEEPS, sweep_forever
from tests import databases

log = logging.getLogger("tests.serving")

R = TypeVar("R")
_EVERY_S: Final = 0.2
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")

Work = Callable[[bytes | None], Awaitable[object]]


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


async def take_job(uow: UnitOfWork, *, names: list[str]) -> tuple[str, bytes | None] | None:
    """The oldest job of these kinds, off the queue."""
    taken = await uow.session.execute(
        text(
            "DELETE FROM queue.pgqueuer WHERE id = (SELECT id FROM queue.pgqueuer"
            " WHERE entrypoint = ANY(:names) ORDER BY id LIMIT 1) RETURNING entrypoint, payload"
        ),
        {"names": names},
    )
    row = taken.one_or_none()
    return None if row is None else (row.entrypoint, row.payload)


async def work_forever(tx: Tx, settings: Settings) -> None:
    """Jobs: mails and texts go into the outbox, uploaded imports are worked on, the bank is asked,
    certificates are printed.

    Webhooks stay in the queue: nothing of a test may reach another machine.
    """

    async def upload(payload: bytes | None) -> None:
        upload_id = UUID(json.loads(payload or b"{}")["upload_id"])
        root = settings.files_dir
        await work_upload(tx, upload_id=upload_id, root=root, importers=IMPORTERS)

    async def certify(payload: bytes | None) -> None:
        asked = json.loads(payload or b"{}")
        await make_certificates(
            tx,
            lot_id=UUID(asked["lot_id"]),
            revision=asked["revision"],
            market=settings.name,
            public_url=settings.public_url,
        )

    mails = make_jobs(settings, tx, AccountsAddressBook())[MAIL_JOB]
    jobs: dict[str, Work] = {
        MAIL_JOB: mails,
        UPLOAD_JOB: upload,
        CERTIFICATE_JOB: certify,
        **make_payment_jobs(settings, tx),
    }
    take = partial(take_job, names=list(jobs))
    while True:
        while (job := await tx.run(take)) is not None:
            name, payload = job
            try:
                await jobs[name](payload)
            except Exception:
                log.exception("job failed: %s", name)
        await asyncio.sleep(_EVERY_S)


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class LiveMarket:
    """Serves until stopped, with the mock bank beside it.

    ``run`` runs a coroutine in the server's own loop.
    """

    def __init__(self, database: str, data_dir: Path) -> None:
        self.database = database
        self.port, bank_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.bank_keys = Keys.at(data_dir / "bank")
        self.settings = Settings(
            mode=Mode.demo,
            secret_key="browser-tests-" * 3,
            port=self.port,
            public_url=self.url,
            data_dir=data_dir,
            bank_url=f"http://127.0.0.1:{bank_port}",
            bank_port=bank_port,
            bank_token=self.bank_keys.token,
            bank_key=self.bank_keys.public,
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

    def code_for(self, address: str) -> str:
        """The newest code that was sent to an address, once it lies in the outbox."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for kept in list_kept(self.settings.data_dir / "outbox"):
                if kept.to == address and (found := _CODE.search(kept.body)):
                    return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no code came for {address}")

    def settle(self) -> None:
        """Wait until every fact has been heard by its listeners."""

        async def wait(tx: Tx) -> None:
            while await tx.run(undelivered):
                await asyncio.sleep(0.05)

        self.run(wait)

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
        self.tx = Tx(make_sessions(engine), Sealer(self.settings.secret_key))
        config = uvicorn.Config(
            create_app(self.settings, tx=self.tx),
            port=self.port,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.bank = uvicorn.Server(self._bank())
        work = [work(self.tx) for work in BACKGROUND]
        work += [sweep_forever(self.tx, SWEEPS), deliver_forever(self.tx)]
        work += [work_forever(self.tx, self.settings)]
        running = [asyncio.create_task(one) for one in work]
        serving = asyncio.create_task(self.server.serve())
        banking = asyncio.create_task(self.bank.serve())
        while not (self.server.started and self.bank.started) and not serving.done():
            await asyncio.sleep(0.01)
        self._ready.set()
        await serving
        self.bank.should_exit = True
        await banking
        self.book.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await engine.dispose()

    def _bank(self) -> uvicorn.Config:
        """The mock bank, as `market bank` serves it."""
        self.book = Book(self.settings.bank_dir)
        sender = Sender(self.book, self.bank_keys, f"{self.url}/payments/webhooks/bank")
        return uvicorn.Config(
            make_bank(self.book, self.bank_keys, sender),
            port=self.settings.bank_port,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )


@contextmanager
def live_market(*, demonstration: bool = False) -> Iterator[LiveMarket]:
    """A whole market on a database of its own; with the demonstration's content when asked."""
    with ThreadPoolExecutor(1) as thread, tempfile.TemporaryDirectory() as folder:
        runner = thread.submit(asyncio.Runner).result()

        def wait_for(work: Coroutine[Any, Any, R]) -> R:
            return thread.submit(runner.run, work).result()

        async def leave() -> None:
            await cloning.__aexit__(None, None, None)

        cloning = databases.clone(wait_for(databases.ensure_template()))
        live = LiveMarket(wait_for(cloning.__aenter__()), Path(folder)).start()
        if demonstration:
            live.run(lambda tx: ensure_demo(tx, live.settings))
            live.run(top_up)
        yield live
        live.stop()
        wait_for(leave())
        thread.submit(runner.close).result()
