"""Who holds the folder, what a killed holder or server leaves behind, and patience."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app import embedded
from app.embedded import EmbeddedError, EmbeddedPostgres
from app.embedded_host import Places, noted_pid

Make = Callable[..., EmbeddedPostgres]

HOLDER = """
import sys, time
from pathlib import Path
from app.embedded import EmbeddedPostgres
from tests.integration.embedded.conftest import FAST
EmbeddedPostgres(Path(sys.argv[1]), settings=FAST).start()
print("up", flush=True)
time.sleep(60)
"""


@contextmanager
def holder(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the server of `folder`; killed the hard way at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert "up" in process.stdout.read(3)
        yield process
        process.kill()


async def run(server: EmbeddedPostgres, *statements: str) -> Any:
    dsn = server.superuser_dsn("market").replace("postgresql+asyncpg", "postgresql")
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def test_start_and_stop_may_be_repeated(folder: Path, make: Make) -> None:
    server = make(folder)
    server.start()
    pid = noted_pid(folder / "cluster")
    server.start()
    assert noted_pid(folder / "cluster") == pid
    assert server.alive()
    server.stop()
    assert not server.alive()
    assert noted_pid(folder / "cluster") is None
    server.stop()


def test_a_second_holder_is_told_who_the_first_is(
    folder: Path, make: Make, said: list[str]
) -> None:
    with holder(folder) as other:
        with pytest.raises(EmbeddedError, match=f"进程 {other.pid}"):
            make(folder).start()
        pid = noted_pid(folder / "cluster")
        other.kill()
        other.wait()

        server = make(folder)
        server.start()
        assert noted_pid(folder / "cluster") == pid, "the running server is taken over"
        assert "找到上次没有停下的 PostgreSQL，继续使用它。" in said
        server.stop()
        assert noted_pid(folder / "cluster") is None, "and stopped by its new holder"


def test_other_settings_restart_a_server_found_running(folder: Path, make: Make) -> None:
    with holder(folder):
        pass
    pid = noted_pid(folder / "cluster")
    make(folder, max_connections="33").start()
    assert noted_pid(folder / "cluster") not in {pid, None}


def test_a_server_found_without_its_socket_is_restarted(
    folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SOCKET_MISSING_S", 0.1)
    with holder(folder):
        pass
    pid = noted_pid(folder / "cluster")
    (folder / "run" / ".s.PGSQL.5432").unlink()
    make(folder).start()
    assert noted_pid(folder / "cluster") not in {pid, None}


async def test_what_was_committed_survives_kill_of_the_server(folder: Path, make: Make) -> None:
    server = make(folder, fsync="on", full_page_writes="on")
    server.start()
    await run(server, "CREATE TABLE kept AS SELECT 7 AS a", "SELECT 1")
    pid = noted_pid(folder / "cluster")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server.alive():
        time.sleep(0.01)
    server.start()
    assert server.alive()
    assert await run(server, "SELECT a FROM kept") == 7


@pytest.fixture(params=["zombie", "reused"])
def strange_pid(request: pytest.FixtureRequest, folder: Path) -> Iterator[int]:
    """The pid of a process that is no PostgreSQL: dead and unburied, or quite another program."""
    lent: dict[str, Any] = {}
    if os.geteuid() == 0:
        lent = {"user": (folder / "cluster").stat().st_uid}
    command = ["true"] if request.param == "zombie" else ["sleep", "60"]
    process = subprocess.Popen(command, **lent)
    if request.param == "zombie":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.kill()
    process.wait()


def test_a_stale_pid_is_not_believed(folder: Path, make: Make, strange_pid: int) -> None:
    note = folder / "cluster" / "postmaster.pid"
    note.write_text(f"{strange_pid}\n{folder / 'cluster'}\n1\n5432\n\n\n 1 1\nready\n")
    note.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(note, note.parent.stat().st_uid, -1)
    server = make(folder)
    server.start()
    assert server.alive()
    assert noted_pid(folder / "cluster") != strange_pid


def test_recovery_has_300_seconds_and_says_how_long_it_takes(
    folder: Path, make: Make, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, seen = folder / "slow_pg_ctl", folder / "run" / "words"
    real = Places.program

    def program(places: Places, name: str) -> str:
        if name != "pg_ctl":
            return real(places, name)
        slow.write_text(
            f'#!/bin/sh\necho "$*" >> "{seen}"\nsleep 0.3\nexec "{real(places, name)}" "$@"\n'
        )
        slow.chmod(0o755)
        return str(slow)

    monkeypatch.setattr(Places, "program", program)
    monkeypatch.setattr(embedded, "PROGRESS_S", 0.1)
    make(folder).start()
    assert "-w -t 300" in seen.read_text()
    assert any("PostgreSQL 正在启动（已用" in line for line in said)


def test_an_interrupted_start_leaves_nothing_running(
    folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make(folder)

    def interrupted(_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(EmbeddedPostgres, "_answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert noted_pid(folder / "cluster") is None


async def test_a_command_joins_a_running_server_and_leaves_it_running(
    folder: Path, make: Make
) -> None:
    guest = make(folder)
    assert not guest.join(), "nobody is at home"
    with holder(folder):
        assert guest.join()
        assert await run(guest, "SELECT 1") == 1
        guest.stop()
        assert noted_pid(folder / "cluster") is not None
