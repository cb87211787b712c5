"""The wheel, installed where nothing of this checkout is: the command, the data files, a page."""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.databases import server_url

ROOT = Path(__file__).parents[2]
OURS = ("app", "search", "frontend", "migrations")


def run(*words: object, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env={**os.environ, **env},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling itself: no isolation, so no network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """bin/ of an environment that holds the wheel and our dependencies, but not the checkout.

    Installing the dependencies again would take half a minute, so a .pth lends those of this
    environment. A .pth inside the lent folder is not read, so the checkout itself, which is
    installed there as editable, stays out of reach: `test_it_is_the_wheel` makes sure.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    lent = sysconfig.get_path("purelib")
    words = ["-m", "pip", "--python", home / "bin" / "python", "install", "-q", "--no-deps"]
    run(sys.executable, *words, "--no-index", wheel, cwd=home)
    (packages / "lent.pth").write_text(f"{lent}\n")
    return home / "bin"


def test_the_wheel_holds_everything_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == set(OURS)
    assert "frontend/static/dist/manifest.json" in names
    assert "migrations/env.py" in names
    for kind in (
        "migrations/versions/*.py",
        "frontend/templates/**/*.html",
        "frontend/static/**/*.svg",
        "frontend/i18n/**/*.po",
        "search/**/*.txt",
        "app/**/*.txt",
    ):
        missing = {str(path.relative_to(ROOT)) for path in ROOT.glob(kind)} - names
        assert not missing, missing
    strange = [name for name in names if "node_modules" in name or "/src/" in name]
    assert not strange
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_requires_what_requirements_in_names(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    text = archive.read(metadata).decode()
    wanted = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    assert text.count("Requires-Dist: ") == len(wanted)


def test_it_is_the_wheel(installed: Path) -> None:
    script = f"import {', '.join(OURS)}; print(*({'.__file__, '.join(OURS)}.__file__,))"
    for file in run(installed / "python", "-c", script, cwd=installed).split():
        assert Path(file).is_relative_to(installed.parent)


def test_the_command_speaks(installed: Path) -> None:
    shown = run(installed / "market", "--help", cwd=installed)
    for word in ("up", "web", "worker", "migrate"):
        assert word in shown


def test_unbuilt_assets_stop_the_wheel(tmp_path: Path) -> None:
    """From a copy of what git would give: the assets are not in it."""
    for name in ("pyproject.toml", "hatch_build.py", "requirements.in", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name in OURS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode != 0
    assert "前端资源尚未构建" in done.stderr + done.stdout


def wait_for(answer: Callable[[], bytes], process: "subprocess.Popen[str]", log: Path) -> bytes:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, log.read_text()
        try:
            return answer()
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def test_it_serves(installed: Path, real_database: str, tmp_path: Path) -> None:
    """`market web` from the wheel answers /healthz, its home page and its built style."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    database = server_url(real_database).render_as_string(hide_password=False)
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(installed / "market"), "web"],
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tmp_path,
            env={
                **os.environ,
                "MARKET_MODE": "test",
                "MARKET_SECRET_KEY": "packaging-secret-" * 3,
                "MARKET_PORT": str(port),
                "MARKET_DATABASE_URL": database,
                "MARKET_OWNER_DATABASE_URL": database,
            },
        )
    try:

        def get(path: str) -> bytes:
            with urllib.request.urlopen(address + path) as answer:  # noqa: S310
                return bytes(answer.read())

        assert b"ok" in wait_for(lambda: get("/healthz"), process, log)
        page = get("/").decode()
        assert "科技大市场" in page
        styles = re.findall(r"/static/dist/app-\w+\.css", page)
        assert len(get(styles[0])) > 1000
    finally:
        process.terminate()
        process.wait(15)


def test_up_refuses_a_busy_port_in_one_sentence(installed: Path, tmp_path: Path) -> None:
    """The web process that `market up` begins before all else goes with it."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = subprocess.run(
            [str(installed / "market"), "up"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "MARKET_PORT": str(port), "MARKET_DATA_DIR": "data"},
        )
    assert done.returncode == 1
    assert done.stdout.startswith(f"端口 {port} 已被占用")
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [words for words in commands if str(installed) in " ".join(words)]
