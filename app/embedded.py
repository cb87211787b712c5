"""The default with no servers: PostgreSQL 18 from a wheel, started and stopped for you.

Only the wheel's programs are used. The rules this module keeps: one holder a data folder (our own
lock); the version of the data is checked before anything is touched; a server is believed alive
only after a real connection; it has time to recover (300 s) and says how long it has taken;
everybody needs a password; no parent folder is changed.
"""

import asyncio
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import asyncpg

from app.embedded_host import (
    SOCKET_NAME,
    EmbeddedError,
    Places,
    check_version,
    choose_buffers,
    clean_environment,
    find_memory,
    find_places,
    live_pid,
    remove_stale_pids,
    run_program,
)

__all__ = ["EmbeddedError", "EmbeddedPostgres"]

PATIENCE_S = 300
"""Seconds given to start-up, crash recovery included."""
SUPERUSER, OWNER, SERVER = "postgres", "market_owner", "market_app"
EXTENSIONS = ("pg_trgm", "vector", "btree_gin")
PROGRESS_S = 5
SOCKET_MISSING_S = 2
LEFTOVERS_S = 30
"""Seconds given to the sessions of a killed server to go."""
LOG_LIMIT = 20 * 2**20
"""Bytes after which the server's log begins anew at a start."""
Answer = TypeVar("Answer")


class EmbeddedPostgres:
    """One embedded server in one data folder, held by one process at a time.

    `say` gets the progress lines (Chinese, one sentence each). `settings` are PostgreSQL settings
    over our own, for example `{"fsync": "off"}` in tests. Every refusal is an EmbeddedError.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        say: Callable[[str], None] = print,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self._say = say
        self._settings = dict(settings or {})
        self._lock: int | None = None
        self._found: Places | None = None
        self._known: dict[str, str] = {}
        self._interrupted = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ start and stop

    def start(self) -> None:
        """Make the cluster when there is none, start it or find it running, prove it answers.

        Idempotent while we hold the folder. A server that outlived a killed holder is taken over
        when it answers with our password and has our settings, and restarted otherwise.
        """
        if self._lock is not None:
            if not self._answers():
                self._bring_up()
            return
        check_version(self.data_dir)
        self._found = find_places(self.data_dir)
        check_version(self.data_dir, self._places.cluster)
        self._take_lock()
        try:
            if not self._places.cluster.exists():
                self._create()
            self._known = self._read_passwords()
            self._bring_up()
        except BaseException:
            # Also on Ctrl-C: nothing we have started stays behind.
            self.stop()
            raise

    def interrupt(self) -> None:
        """Make a start that waits in another thread give up, and stop what it has started."""
        self._interrupted.set()

    def join(self) -> bool:
        """Reach the server that another process holds; False when none runs in this folder.

        For commands given beside a running market; the server is not ours to stop.
        """
        check_version(self.data_dir)
        self._found = find_places(self.data_dir)
        if not self._found.cluster.exists() or self._live_pid() is None:
            return False
        self._known = self._read_passwords()
        return self._answers()

    def alive(self) -> bool:
        """Whether the server's process lives; cheap enough to ask every second."""
        return self._lock is not None and self._live_pid() is not None

    def stop(self) -> None:
        """Stop the server (fast, then hard after 30 s) and let the folder go. Idempotent."""
        if self._lock is None:
            return
        try:
            if self._live_pid() is not None:
                self._shut_down()
        finally:
            self._drop_lock()

    def _bring_up(self) -> None:
        changed = self._configure()
        if self._live_pid() is not None:
            if self._settled() and not changed:
                self._say("找到上次没有停下的 PostgreSQL，继续使用它。")
                return
            if self._live_pid() is not None:
                self._shut_down()
        remove_stale_pids(self._places)
        self._launch()
        if not self._answers():
            raise EmbeddedError(f"PostgreSQL 已启动却连不上，日志在 {self._places.log}。")

    def _settled(self) -> bool:
        """Whether a server found running answers, after the recovery it may be busy with."""
        missing_since: float | None = None

        def over() -> bool:
            nonlocal missing_since
            if self._live_pid() is None or self._answers():
                return True
            if (self._places.socket_dir / SOCKET_NAME).exists():
                missing_since = None
                return False
            # Somebody removed the socket: this server will never answer.
            missing_since = missing_since or time.monotonic()
            return time.monotonic() - missing_since > SOCKET_MISSING_S

        self._wait_for(over, "恢复")
        return self._live_pid() is not None and self._answers()

    def _launch(self) -> None:
        places = self._places
        if places.log.exists() and places.log.stat().st_size > LOG_LIMIT:
            places.log.unlink()
        deadline = time.monotonic() + LEFTOVERS_S
        while True:
            began = places.log.stat().st_size if places.log.exists() else 0
            if self._launch_once():
                return
            reason = self._reason(began)
            # After kill -9 of the server its sessions need a moment to notice and go.
            if "shared memory block" not in reason or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL 没有启动：{reason}日志在 {places.log}。")
            time.sleep(0.3)

    def _launch_once(self) -> bool:
        places = self._places
        command = [places.program("pg_ctl"), "start", "-D", str(places.cluster)]
        command += ["-w", "-t", str(PATIENCE_S), "-s", "-l", str(places.log)]
        # No pipe: the server would inherit it and we would wait for its end for ever.
        control = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=clean_environment(),
            **places.account.popen(),  # type: ignore[call-overload]
        )
        self._wait_for(lambda: control.poll() is not None, "启动", PATIENCE_S + 10)
        return bool(control.poll() == 0)

    def _shut_down(self) -> None:
        for mode, seconds in (("fast", "30"), ("immediate", "30")):
            done = self._control("stop", "-m", mode, "-w", "-t", seconds)
            if done.returncode == 0 or self._live_pid() is None:
                return
        raise EmbeddedError(f"PostgreSQL（进程 {self._live_pid()}）停不下来，请手工结束它。")

    def _control(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_program(self._places, "pg_ctl", *words, "-s", "-D", str(self._places.cluster))

    # ------------------------------------------------------------ the cluster

    def _create(self) -> None:
        """initdb into a folder beside and rename: a cluster that exists is whole."""
        places = self._places
        self._say("正在初始化内置 PostgreSQL 数据库……")
        if not places.cluster.is_relative_to(self.data_dir):
            self._say(
                f"数据库要以普通用户 {places.account.name} 运行，而该用户进不了 {self.data_dir}，"
                f"因此数据库文件放在 {places.cluster.parent}。"
            )
        half = places.cluster.with_name("cluster.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        places.account.take(half)
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, SERVER)}
        self._write_passwords(passwords)
        descriptor, name = tempfile.mkstemp(dir=half.parent)
        try:
            os.write(descriptor, passwords[SUPERUSER].encode())
            os.close(descriptor)
            places.account.take(Path(name))
            done = run_program(
                places,
                "initdb",
                *("-D", str(half), f"--username={SUPERUSER}", f"--pwfile={name}"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"),
                *("--auth=scram-sha-256", "--no-instructions"),
                *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
            )
        finally:
            Path(name).unlink()
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or [f"退出码 {done.returncode}"])[-1]
            raise EmbeddedError(f"数据库初始化失败：{last}")
        with (half / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude_if_exists = 'market.conf'\n")
        half.rename(places.cluster)

    def _configure(self) -> bool:
        """Write our settings beside the cluster's own; True when they differ from before."""
        places = self._places
        wanted = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(places.socket_dir),
            "unix_socket_permissions": "0700",
            "password_encryption": "scram-sha-256",
            "max_connections": "100",
            "shared_buffers": f"{choose_buffers(find_memory()) >> 20}MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
            "jit": "off",
            **self._settings,
        }
        text = "".join(f"{key} = '{escape(value)}'\n" for key, value in wanted.items())
        conf = places.cluster / "market.conf"
        if conf.exists() and conf.read_text("utf-8") == text:
            return False
        conf.write_text(text, "utf-8")
        places.account.take(conf)
        return True

    def _write_passwords(self, passwords: dict[str, str]) -> None:
        path = self._places.passwords
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(passwords, file)

    def _read_passwords(self) -> dict[str, str]:
        path = self._places.passwords
        try:
            found: dict[str, str] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EmbeddedError(
                f"读不到数据库密码文件 {path}。没有它就打不开 {self._places.cluster}；"
                "请从备份恢复该文件，或另选一个数据目录。"
            ) from error
        return found

    # ------------------------------------------------------------ who is alive

    def _take_lock(self) -> None:
        """Our own lock: the kernel lets it go when its holder dies, however it dies."""
        descriptor = os.open(self._places.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
            os.close(descriptor)
            raise EmbeddedError(
                f"数据目录 {self.data_dir} 正由另一个运行中的程序（进程 {holder}）使用，"
                "请先停止它，或用 MARKET_DATA_DIR 另选目录。"
            ) from error
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._lock = descriptor

    def _drop_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _live_pid(self) -> int | None:
        return live_pid(self._places.cluster)

    def _answers(self) -> bool:
        """Liveness: a real connection with our password to this very cluster."""
        try:
            where = block_on(self._ask("SHOW data_directory"))
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
            raise EmbeddedError(
                f"PostgreSQL 不认 {self._places.passwords} 里的密码，"
                f"该文件与数据目录 {self._places.cluster} 不是同一次建立的。"
            ) from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return False
        return bool(Path(where).samefile(self._places.cluster))

    async def _ask(self, query: str) -> Any:
        connection = await self._connect("postgres")
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def _connect(self, database: str) -> Any:
        return await asyncpg.connect(
            host=str(self._places.socket_dir),
            port=5432,
            user=SUPERUSER,
            password=self._known.get(SUPERUSER, ""),
            database=database,
            timeout=10,
            ssl=False,
        )

    def _wait_for(self, over: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
        """Wait until `over`, with a progress line every five seconds."""
        began = told = time.monotonic()
        while not over() and (now := time.monotonic()) - began < seconds:
            if self._interrupted.is_set():
                raise EmbeddedError("已中断 PostgreSQL 的启动。")
            if now - told >= PROGRESS_S:
                told = now
                spent = f"已用 {now - began:.0f} 秒，最多等 {seconds:.0f} 秒"
                self._say(f"PostgreSQL 正在{what}（{spent}）……")
            time.sleep(0.05)

    def _reason(self, began: int) -> str:
        """The last FATAL or ERROR of this start, as PostgreSQL wrote it."""
        try:
            with self._places.log.open("rb") as log:
                log.seek(began)
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        for line in reversed(lines):
            for mark in ("FATAL:", "PANIC:", "ERROR:"):
                if mark in line:
                    return line.partition(mark)[2].strip() + "。"
        return ""

    # ------------------------------------------------------------ ways in

    @property
    def _places(self) -> Places:
        if self._found is None:
            raise EmbeddedError("内置数据库尚未启动。")
        return self._found

    def _dsn(self, role: str, database: str) -> str:
        host = quote(str(self._places.socket_dir), safe="")
        password = quote(self._known[role], safe="")
        return f"postgresql+asyncpg://{role}:{password}@/{database}?host={host}&port=5432"

    def superuser_dsn(self, database: str = "postgres") -> str:
        """SQLAlchemy address (asyncpg, unix socket) as superuser: for set-up and tests only."""
        return self._dsn(SUPERUSER, database)

    def owner_dsn(self, database: str) -> str:
        """SQLAlchemy address as market_owner, who migrates."""
        return self._dsn(OWNER, database)

    def app_dsn(self, database: str) -> str:
        """SQLAlchemy address as market_app, who serves."""
        return self._dsn(SERVER, database)

    def ensure_roles_and_database(self, name: str) -> None:
        """Make roles, database and extensions that are missing. Idempotent."""
        block_on(self._ensure(name))

    async def _ensure(self, name: str) -> None:
        connection = await self._connect("postgres")
        try:
            for role in (OWNER, SERVER):
                if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname=$1", role):
                    await connection.execute(f'CREATE ROLE "{role}"')
                await connection.execute(
                    f'ALTER ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE '
                    f"NOREPLICATION NOBYPASSRLS PASSWORD '{escape(self._known[role])}'"
                )
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname=$1", name):
                await connection.execute(f'CREATE DATABASE "{name}" OWNER "{OWNER}"')
        finally:
            await connection.close()
        connection = await self._connect(name)
        try:
            for extension in EXTENSIONS:
                await connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO "{SERVER}"')
            await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        finally:
            await connection.close()


def escape(value: str) -> str:
    """A value inside single quotes, in SQL and in postgresql.conf."""
    return value.replace("'", "''")


def block_on(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine to its end, also where an event loop is already running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
