"""A whole market in real processes, for tests that kill them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import psutil

from app.core.db import connect_raw
from app.embedded import EmbeddedPostgres
from app.place import DATABASE
from app.seed.logins import DEMO_PASSWORD

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
        self.wait_until_up(120)

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def wait_until_up(self, seconds: float) -> None:
        """Until a page comes from the database."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx2.get(self.url, timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the market did not come up")

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
        """The process of a name: web, worker or postgres."""
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

    def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Look into the database as its superuser."""
        return asyncio.run(self._rows(query, *values))

    def now(self) -> datetime:
        """The market's clock."""
        now: datetime = self.rows("SELECT market_now() AS now")[0]["now"]
        return now

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
