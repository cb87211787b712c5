"""`market up` with real processes: it starts, heals and stops as one thing."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.embedded import EmbeddedPostgres
from app.embedded_host import noted_pid

EXTERNAL = {
    "MARKET_DATABASE_URL": "postgresql+asyncpg://nowhere/market",
    "MARKET_OWNER_DATABASE_URL": "postgresql+asyncpg://nowhere/market",
}


def wait_until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Up:
    """One `up` in a process of its own; its output is in `folder/said`."""

    def __init__(self, folder: Path, port: int, kind: str = "", **env: str) -> None:
        self.folder, self.port = folder, port
        with (folder / "said").open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.up.market", str(folder), kind],
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={
                    **os.environ,
                    "MARKET_PORT": str(port),
                    "MARKET_DATA_DIR": str(folder / "data"),
                    **env,
                },
            )

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    @property
    def log(self) -> list[list[str]]:
        log = self.folder / "log"
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []

    def begun(self, name: str) -> list[int]:
        return [int(pid) for pid, who, what in self.log if (who, what) == (name, "begins")]

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.said or self.process.poll() is not None)
        assert text in self.said, self.said

    def web_pid(self) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return int(answer.read())
        except OSError:
            return None

    def bank_pid(self) -> int | None:
        """The mock bank's process, once it answers."""
        address = (self.folder / "data" / "bank" / "port").read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{address}/v1/key") as answer:
                assert json.loads(answer.read())["mock"] is True
        except OSError:
            return None
        children = psutil.Process(self.process.pid).children()
        return next((one.pid for one in children if one.cmdline()[-1:] == ["bank"]), None)


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def folder() -> Iterator[Path]:
    """Outside pytest's own folders, which the user root lends PostgreSQL cannot pass."""
    made = Path(tempfile.mkdtemp(prefix="market-up-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    if (made / "data").exists():
        server = EmbeddedPostgres(made / "data" / "postgres", say=lambda _: None)
        if noted_pid(made / "data" / "postgres" / "cluster") is not None:
            server.start()
            server.stop()
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path, port: int) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def begin(kind: str = "", **env: str) -> Up:
        started.append(Up(folder, port, kind, **env))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()


def test_a_whole_life(start: Callable[..., Up]) -> None:
    market = start()
    market.wait_for("按 Ctrl-C 停止")
    cluster = market.folder / "data" / "postgres" / "cluster"
    assert f"科技大市场已启动：http://127.0.0.1:{market.port}" in market.said
    assert "演示账号 demo" in market.said
    wait_until(lambda: market.begun("worker"))

    for name in ("web", "worker"):
        os.kill(market.begun(name)[-1], signal.SIGKILL)
        wait_until(lambda name=name: len(market.begun(name)) == 2)  # type: ignore[misc]
    wait_until(lambda: market.web_pid() == market.begun("web")[-1])

    wait_until(market.bank_pid)
    bank = market.bank_pid()
    assert bank is not None
    os.kill(bank, signal.SIGKILL)
    wait_until(lambda: market.bank_pid() not in {bank, None})

    first = noted_pid(cluster)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    market.wait_for("PostgreSQL 已恢复。")
    assert noted_pid(cluster) not in {first, None}

    market.process.send_signal(signal.SIGINT)
    assert market.process.wait(15) == 0
    assert [who for _, who, what in market.log if what == "ends"] == ["worker", "web"]
    assert noted_pid(cluster) is None
    assert not psutil.Process().children(recursive=True)
    assert market.said.endswith("已停止。\n")


def test_kill_9_leaves_no_orphans_and_the_next_start_finds_postgresql(
    start: Callable[..., Up],
) -> None:
    market = start()
    market.wait_for("按 Ctrl-C 停止")
    wait_until(lambda: market.begun("worker"))
    wait_until(market.bank_pid)
    children = [*market.begun("web"), *market.begun("worker"), market.bank_pid() or 0]
    cluster = market.folder / "data" / "postgres" / "cluster"
    server = noted_pid(cluster)
    market.process.kill()
    market.process.wait()

    again = start()
    again.wait_for("按 Ctrl-C 停止")
    assert "找到上次没有停下的 PostgreSQL，继续使用它。" in again.said
    assert noted_pid(cluster) == server
    wait_until(lambda: not any(lives(pid) for pid in children), 5)
    wait_until(again.bank_pid)
    again.process.terminate()
    assert again.process.wait(15) == 0
    assert noted_pid(cluster) is None


def test_a_busy_port_is_said_and_nothing_touched(start: Callable[..., Up], port: int) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", port))
        busy.listen()
        market = start()
        assert market.process.wait(15) == 1
    assert f"端口 {port} 已被占用" in market.said
    assert f"PORT={port + 1} make run" in market.said
    assert "Traceback" not in market.said
    assert not (market.folder / "data").exists()


def test_a_web_process_that_cannot_start_ends_it_all(start: Callable[..., Up]) -> None:
    market = start("broken", **EXTERNAL)
    assert market.process.wait(15) == 1
    assert "网页进程 3 次都没能启动（退出码 3）" in market.said
    assert "Traceback" not in market.said
    assert [who for _, who, what in market.log if what == "ends"] == ["worker"]


def test_a_signal_while_preparing_stops_at_once(start: Callable[..., Up]) -> None:
    market = start("slow", **EXTERNAL)
    market.wait_for("preparing")
    market.process.terminate()
    assert market.process.wait(15) == 0
    assert market.log == []
    assert "Traceback" not in market.said
