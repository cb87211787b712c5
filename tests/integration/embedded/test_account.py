"""As whom the server runs when we are root, and when we are not."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app import embedded_host
from app.embedded import EmbeddedError, EmbeddedPostgres
from app.embedded_host import PROGRAMS, choose_account, noted_pid
from tests.integration.embedded.conftest import FAST

Make = Callable[..., EmbeddedPostgres]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="root alone lends the server a user")


def owner_of(pid: int | None) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@root_only
def test_root_lends_the_server_an_ordinary_user(folder: Path, make: Make) -> None:
    server = make(folder)
    server.start()
    uid = owner_of(noted_pid(folder / "cluster"))
    assert uid != 0
    assert folder.stat().st_uid == 0
    assert (folder / "cluster").stat().st_uid == uid
    assert (folder / "passwords.json").stat().st_uid == 0


@root_only
def test_a_closed_parent_is_left_closed_and_the_cluster_moves_out(
    make: Make, monkeypatch: pytest.MonkeyPatch, outside: Path, said: list[str]
) -> None:
    base = outside / "base"
    monkeypatch.setattr(embedded_host, "ROOT_BASE", base)
    closed = outside / "closed"
    closed.mkdir(mode=0o700)
    server = make(closed / "data")
    server.start()
    cluster = server._places.cluster
    assert cluster.is_relative_to(base)
    assert any(f"数据库文件放在 {cluster.parent}" in line for line in said)
    assert owner_of(noted_pid(cluster)) != 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    server.stop()
    again = make(closed / "data")
    again.start()
    assert again._places.cluster == cluster, "and is found there again"


@root_only
def test_programs_out_of_reach_are_copied_once(
    monkeypatch: pytest.MonkeyPatch, outside: Path, folder: Path, make: Make
) -> None:
    """A checkout under /root: its .venv cannot be passed by the lent user."""
    closed = Path(tempfile.mkdtemp(dir=outside))
    (closed / "pginstall").symlink_to(PROGRAMS)
    monkeypatch.setattr(embedded_host, "PROGRAMS", closed / "pginstall")
    monkeypatch.setattr(embedded_host, "ROOT_BASE", outside / "copies")
    server = make(folder)
    server.start()
    assert server._places.programs.is_relative_to(outside / "copies")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_without_an_ordinary_user_root_says_why_it_cannot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody_here(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setattr(pwd, "getpwnam", nobody_here)
    with pytest.raises(EmbeddedError, match="没有可借用的普通用户"):
        choose_account(tmp_path / "none")


def test_who_called_sudo_comes_before_the_system_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(pwd.getpwnam("daemon").pw_uid))
    assert choose_account(tmp_path / "none").name == "daemon"


@root_only
def test_an_ordinary_user_runs_his_own_server(outside: Path) -> None:
    """The whole life as `nobody`, in a process of its own."""
    if not embedded_host.choose_account(Path("/nonexistent")).reaches(Path(sys.executable)):
        pytest.skip("the interpreter lies where an ordinary user cannot pass")
    home = Path(tempfile.mkdtemp(dir=outside))
    shutil.chown(home, "nobody")
    script = (
        "import os\nfrom pathlib import Path\nfrom app.embedded import EmbeddedPostgres\n"
        f"with EmbeddedPostgres(Path({str(home / 'data')!r}), settings={FAST!r}) as server:\n"
        "    server.ensure_roles_and_database('market')\n"
        "    assert server._live_pid() is not None\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        user="nobody",
        extra_groups=[],
        cwd=Path(__file__).parents[3],
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700
