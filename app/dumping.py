"""PostgreSQL's own programs for a backup: which of them fits the server, and how it is called."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from app.archive import ArchiveError
from app.embedded_host import PROGRAMS, clean_environment

LOOK_EVERY_S: Final = 0.1
_TOLD_LINES: Final = 3


def find_program(name: str, server_major: int) -> str:
    """Path of ``pg_dump`` or ``pg_restore`` that is at least as new as the server.

    The one that came with the market is asked first, then the one on PATH. Raises ArchiveError.
    """
    found: list[str] = []
    for path in (str(PROGRAMS / "bin" / name), shutil.which(name)):
        if path is None or not Path(path).is_file():
            continue
        major = read_major(path)
        if major >= server_major:
            return path
        found.append(f"{path}（{major} 版）")
    if found:
        raise ArchiveError(
            f"数据库是 PostgreSQL {server_major}，而找到的 {name} 较旧：{'、'.join(found)}。"
            f"请安装 {server_major} 版的客户端程序。"
        )
    raise ArchiveError(f"没有找到 {name}，请安装 PostgreSQL {server_major} 的客户端程序。")


def read_major(program: str) -> int:
    """The major version a program says it is; 0 when it says none."""
    told = subprocess.run(
        [program, "--version"], check=False, capture_output=True, text=True, env=clean_environment()
    )
    number = re.search(r"\) (\d+)", told.stdout)
    return int(number[1]) if number else 0


def connection_environment(database_url: str) -> dict[str, str]:
    """How libpq finds the database; by environment: a command line shows its words to everybody."""
    url = make_url(database_url)
    query = {key: str(value) for key, value in url.query.items()}
    told = {
        "PGHOST": query.get("host") or url.host or "",
        "PGPORT": query.get("port") or str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        "PGSSLMODE": query.get("ssl") or query.get("sslmode") or "",
        "PGCONNECT_TIMEOUT": "20",
        "PGAPPNAME": "market",
    }
    return {**clean_environment(), **{key: value for key, value in told.items() if value}}


async def run_program(
    words: list[str], database_url: str, *, watch: Callable[[], None] = lambda: None
) -> None:
    """Run to the end, calling ``watch`` meanwhile. Raises ArchiveError with what it said last."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=connection_environment(database_url),
        start_new_session=True,
    )
    assert process.stderr is not None
    told: list[bytes] = []

    async def listen() -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            told.append(line)
            del told[:-50]

    listening = asyncio.create_task(listen())
    try:
        while not listening.done():
            await asyncio.wait({listening}, timeout=LOOK_EVERY_S)
            watch()
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        listening.cancel()
    if status != 0:
        raise ArchiveError(explain(Path(words[0]).name, status, told))


def explain(program: str, status: int, told: list[bytes]) -> str:
    """What a program said when it gave up, without the rows it quotes."""
    lines = [line.decode("utf-8", "replace").strip() for line in told]
    lines = [line for line in lines if line and not line.startswith(("DETAIL", "COPY ", "CONTEXT"))]
    if any("No space left on device" in line for line in lines):
        return "磁盘已满，没有留下半个备份，请腾出空间后重试。"
    if any("server closed the connection" in line for line in lines):
        return "数据库在中途断开：它可能重启了，或它的磁盘已满；请查看数据库日志后重试。"
    if status < 0:
        return f"{program} 被信号 {-status} 结束。"
    return f"{program} 失败（退出码 {status}）：{' / '.join(lines[-_TOLD_LINES:])}"
