"""`market up`: PostgreSQL, web and worker as one thing that starts, lives and stops together.

Order of starting: the port (so that nothing is touched when it is busy), PostgreSQL, whatever
`prepare` does (migrations, the demo market), worker, web and, outside production and where no other
bank is named, the mock bank. Order of stopping: the same, PostgreSQL last. What dies meanwhile is
started again.
"""

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from app.core.settings import Settings
from app.core.sharing import forget_figures
from app.embedded import EmbeddedPostgres
from app.place import DATABASE, embedded_server, webhook_address, with_addresses, with_bank
from app.tether import BEGUN, command, environment

__all__ = ["UpError", "up"]

LOOK_EVERY_S, ENDED_EVERY_S = 0.5, 0.1
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.2, 30.0
STEADY_S = 5.0
"""A process that has lived this long has served, and is started again without delay; one that ends
sooner could not begin."""
GIVE_UP_AFTER = 3
"""Starts of a web process that never answered, before we stop trying."""
FIRST_ANSWER_S = 60.0
STOP_S = 5.0
"""Seconds each process may take to end before it is killed."""

Say = Callable[[str], None]
Process = subprocess.Popen[bytes]
Prepare = Callable[[Settings], Awaitable[None]]


class UpError(Exception):
    """A reason, in one Chinese sentence, why the market cannot start or go on."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def default_commands(settings: Settings) -> dict[str, Sequence[str]]:
    """The processes, in the order they are stopped."""
    names = ("worker", "web", "bank") if settings.mocks_bank else ("worker", "web")
    return {name: command(name) for name in names}


async def up(
    settings: Settings,
    *,
    say: Say = print,
    prepare: Prepare,
    logins: Callable[[Settings], Sequence[str]] = lambda _: (),
    commands: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Run the market until SIGINT, SIGTERM or SIGHUP; everything is stopped when this returns.

    `prepare` gets settings whose two database addresses are filled in; it migrates and seeds.
    `logins` gives the lines to print in demo mode. Raises UpError or EmbeddedError with a sentence.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # Under nohup a closed terminal is no reason to stop.
        wanted.append(signal.SIGHUP)
    for number in wanted:
        loop.add_signal_handler(number, stop.set)
    try:
        database = Database(settings, say)
        commands = default_commands(settings) if commands is None else commands
        market = Market(say, commands)
        try:
            market.warm("web")
            await need_port(settings.host, settings.port)
            ready = await database.start(stop)
            if ready is None:
                return
            if "bank" in commands:
                ready = with_bank(ready)
            await _interruptible(prepare(ready), stop)
            if not stop.is_set():
                await market.live(ready, database, stop, logins)
        finally:
            if stop.is_set():
                say("正在停止……")
            await market.end()
            await database.stop()
            forget_figures()
            if stop.is_set():
                say("已停止。")
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


async def _interruptible(work: Awaitable[None], stop: asyncio.Event) -> None:
    """Run `work` unless a signal comes first; its transactions roll back when it does."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return
    working.result()


async def need_port(host: str, port: int, patience_s: float = 2.0) -> None:
    """UpError when the port is taken; what a killed run left behind gets a moment to go."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + patience_s
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError as error:
                if error.errno == errno.EACCES:
                    raise UpError(f"没有权限使用端口 {port}，请换一个 1024 以上的端口。") from None
                if error.errno != errno.EADDRINUSE:
                    raise UpError(f"无法监听 {host}:{port}：{error.strerror}。") from None
            else:
                return
        if time.monotonic() > deadline:
            raise UpError(
                f"端口 {port} 已被占用。请停止占用它的程序，"
                f"或换一个端口：PORT={port + 1} make run。"
            )
        await asyncio.sleep(0.1)


class Database:
    """The embedded PostgreSQL, or the external one the settings name."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings, self._say = settings, say
        self._server: EmbeddedPostgres | None = None
        if settings.embedded:
            self._server = embedded_server(settings, say)

    async def start(self, stop: asyncio.Event) -> Settings | None:
        """Settings with both addresses, or None when a signal came before it was up."""
        server = self._server
        if server is None:
            return self._settings

        async def interrupt() -> None:
            await stop.wait()
            server.interrupt()

        watching = asyncio.create_task(interrupt())
        try:
            await asyncio.to_thread(self._start)
        except Exception:
            if stop.is_set():
                return None
            raise
        finally:
            watching.cancel()
        return with_addresses(self._settings, server)

    def _start(self) -> None:
        assert self._server is not None
        self._server.start()
        self._server.ensure_roles_and_database(DATABASE)

    async def watch(self) -> None:
        """Start the embedded server again whenever it has died."""
        if self._server is None:
            return
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._server.alive():
                self._say("PostgreSQL 意外退出，正在重新启动……")
                await asyncio.to_thread(self._server.start)
                self._say("PostgreSQL 已恢复。")

    async def stop(self) -> None:
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)


class Market:
    """The processes that serve, kept alive."""

    def __init__(self, say: Say, commands: Mapping[str, Sequence[str]]) -> None:
        self._say, self._commands = say, commands
        self._running: dict[str, Process] = {}
        self._warm: dict[str, Process] = {}
        self._answered = False

    def warm(self, name: str) -> None:
        """Have a process that imports while the database starts, and waits for its settings."""
        process = BEGUN.pop(name) if name in BEGUN else self._spawn(name)
        self._warm[name] = self._running[name] = process

    async def live(
        self,
        settings: Settings,
        database: Database,
        stop: asyncio.Event,
        logins: Callable[[Settings], Sequence[str]],
    ) -> None:
        """Run until `stop`; raises what made it impossible to go on."""
        tasks = [asyncio.create_task(self._keep(name, settings)) for name in self._commands]
        tasks += [
            asyncio.create_task(database.watch()),
            asyncio.create_task(self._greet(settings, logins)),
        ]
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stopping.done():
                waiting = {stopping, *(task for task in tasks if not task.done())}
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in (stopping, *tasks):
                task.cancel()
            await asyncio.gather(stopping, *tasks, return_exceptions=True)

    async def end(self) -> None:
        """Stop the processes, in order."""
        for name in self._commands:
            await self._end(name)

    def _spawn(self, name: str) -> Process:
        # A session of its own: Ctrl-C reaches us alone, and we stop things in order.
        return subprocess.Popen(
            self._commands[name],
            stdin=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )

    @staticmethod
    def _tell(process: Process, settings: Settings) -> None:
        """Send a waiting process its settings; one that died meanwhile is seen by its exit."""
        told = {
            "MARKET_MODE": settings.mode.value,
            "MARKET_HOST": settings.host,
            "MARKET_PORT": str(settings.port),
            "MARKET_DATA_DIR": str(settings.data_dir.absolute()),
            "MARKET_DATABASE_URL": settings.database_url,
            "MARKET_OWNER_DATABASE_URL": settings.owner_database_url,
            "MARKET_BANK_URL": settings.bank_url,
            "MARKET_BANK_TOKEN": settings.bank_token,
            "MARKET_BANK_KEY": settings.bank_key,
            "BANK_FOLDER": str(settings.bank_dir.absolute()),
            "BANK_PORT": str(urlsplit(settings.bank_url).port or ""),
            "BANK_WEBHOOK": webhook_address(settings),
        }
        assert process.stdin is not None
        with suppress(ConnectionError), process.stdin as line:
            line.write(f"{json.dumps(told)}\n".encode())

    async def _keep(self, name: str, settings: Settings) -> None:
        """Start one process again whenever it ends, more and more slowly while it keeps ending."""
        backoff, fruitless = FIRST_BACKOFF_S, 0
        while True:
            began = time.monotonic()
            process = self._warm.pop(name, None) or self._spawn(name)
            self._running[name] = process
            self._tell(process, settings)
            code = await ended(process)
            if name == "web" and not self._answered:
                fruitless += 1
                if fruitless >= GIVE_UP_AFTER:
                    raise UpError(f"网页进程 {fruitless} 次都没能启动（退出码 {code}），原因见上。")
            if time.monotonic() - began > STEADY_S:
                backoff = FIRST_BACKOFF_S
            self._say(f"{name} 进程退出（{code}），{backoff:.1f} 秒后重新启动。")
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF_S)

    async def _end(self, name: str) -> None:
        process = self._running.get(name)
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(ended(process), STOP_S)
        except TimeoutError:
            # Its whole session: a web process may have workers of its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await ended(process)

    async def _greet(self, settings: Settings, logins: Callable[[Settings], Sequence[str]]) -> None:
        """Say where the market is once it answers there."""
        deadline = time.monotonic() + FIRST_ANSWER_S
        while not await answers(settings.host, settings.port):
            if time.monotonic() > deadline:
                raise UpError(f"网页进程 {FIRST_ANSWER_S:.0f} 秒内没有应答，原因见上。")
            await asyncio.sleep(0.05)
        self._answered = True
        self._say(f"科技大市场已启动：{settings.public_url}")
        if "bank" in self._commands:
            self._say(f"模拟银行的柜台：{settings.bank_url}/counter")
        for line in logins(settings):
            self._say(line)
        self._say("按 Ctrl-C 停止；数据保留，下次启动继续使用。")


async def ended(process: Process) -> int:
    """Wait for a process; its exit code, negative for a signal."""
    while (code := process.poll()) is None:  # noqa: ASYNC110 - no event tells it
        await asyncio.sleep(ENDED_EVERY_S)
    return code


async def answers(host: str, port: int) -> bool:
    """Whether /healthz of the web process answers 200."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not bound
    try:
        reader, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /healthz HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
        status = await asyncio.wait_for(reader.readline(), 5)
        return b" 200 " in status
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
