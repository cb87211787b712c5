"""A whole market in real processes, for tests that kill them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx2
import psutil

from app.core.clock import move_offset
from app.core.db import connect_raw
from app.core.sealing import Sealer
from app.core.settings import DEMO_SECRET
from app.core.tx import Tx, UnitOfWork
from app.embedded import EmbeddedPostgres
from app.place import DATABASE
from app.seed.logins import DEMO_PASSWORD
from app.terminal import connected

R = TypeVar("R")
ROOT = Path(__file__).parents[2]


class RunningMarket:
    """``market up`` on a data folder of its own; demo mode."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.clients: list[httpx2.Client] = []
        self.environment = {
            **os.environ,
            "MARKET_MODE": "demo",
            "MARKET_DATA_DIR": str(data_dir),
            "MARKET_PORT": str(self.port),
        }

    def start(self) -> None:
        with (self.data_dir.parent / "market.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait_until_up(120)
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def wait_until_up(self, seconds: float) -> None:
        """Until a page comes from the database."""
        self.wait_for(self.url, seconds)

    def wait_for(self, url: str, seconds: float) -> None:
        """Until an address answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx2.get(url, timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{url} did not come up")

    def command(self, *words: str) -> subprocess.Popen[str]:
        """A ``market`` command beside the running market."""
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command to its end; its status and what it said."""
        process = self.command(*words)
        said = process.communicate(timeout=120)[0]
        return process.returncode, said

    def find(self, victim: str) -> psutil.Process:
        """The process of a name: web, worker, bank or postgres."""
        if victim == "postgres":
            (pid_file,) = self.data_dir.rglob("postmaster.pid")
            return psutil.Process(int(pid_file.read_text().splitlines()[0]))
        for child in psutil.Process(self.process.pid).children():
            if child.cmdline()[-1] == victim:
                return child
        raise AssertionError(f"no process {victim}")

    def kill(self, victim: str) -> None:
        """kill -9."""
        self.find(victim).send_signal(signal.SIGKILL)

    def kill_and_wait(self, *victims: str, seconds: float = 60) -> float:
        """kill -9 all of them at once; how long until each runs anew and pages come again."""
        before = {victim: self.find(victim).pid for victim in victims}
        began = time.monotonic()
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        for victim, old in before.items():
            while self.find_pid(victim) in {old, None}:
                assert time.monotonic() < began + seconds, f"{victim} does not come back"
                time.sleep(0.05)
        self.wait_until_up(seconds)
        if "bank" in victims:
            self.wait_for(f"{self.bank_url}/healthz", seconds)
        return time.monotonic() - began

    def find_pid(self, victim: str) -> int | None:
        """Its process id while there is one."""
        try:
            return int(self.find(victim).pid)
        except (AssertionError, ValueError, IndexError, OSError, psutil.Error):
            return None

    @property
    def bank_url(self) -> str:
        """Where the mock bank answers."""
        return f"http://127.0.0.1:{(self.data_dir / 'bank' / 'port').read_text()}"

    def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Look into the database as its superuser."""
        return asyncio.run(self._rows(query, *values))

    def move_clock(self, by: timedelta) -> None:
        """Move the market's clock forward, as ``market clock`` does."""

        async def shift(uow: UnitOfWork) -> timedelta:
            return await move_offset(uow.session, by)

        self.work(lambda tx: tx.run(shift), owner=True)

    def now(self) -> datetime:
        """The market's clock."""
        now: datetime = self.rows("SELECT market_now() AS now")[0]["now"]
        return now

    def work(self, work: Callable[[Tx], Awaitable[R]], *, owner: bool = False) -> R:
        """Run a piece of work in the market's database, from this process."""
        server = EmbeddedPostgres(self.data_dir / "postgres")
        assert server.join()
        dsn = server.owner_dsn(DATABASE) if owner else server.app_dsn(DATABASE)
        return asyncio.run(connected(dsn, work, Sealer(DEMO_SECRET)))

    async def _rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        server = EmbeddedPostgres(self.data_dir / "postgres")
        assert await asyncio.to_thread(server.join)
        connection = await connect_raw(server.superuser_dsn(DATABASE))
        try:
            return await connection.fetch(query, *values)  # type: ignore[no-any-return]
        finally:
            await connection.close()

    def log_in(self, name: str) -> httpx2.Client:
        """A browser in which a demo person is logged in."""
        client = httpx2.Client(base_url=self.url, headers={"Origin": self.url}, timeout=10)
        self.clients.append(client)
        answer = client.post(
            "/login", data={"identifier": f"{name}@demo.invalid", "password": DEMO_PASSWORD}
        )
        assert answer.status_code == 303, answer.text
        return client
