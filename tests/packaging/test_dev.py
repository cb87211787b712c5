"""dev.py as a person meets it: what it says when something is missing, and that it does no step
twice. It is run as a copy in a folder of its own, never on this checkout."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py as a module whose checkout is an empty folder."""
    shutil.copy(ROOT / "dev.py", tmp_path / "dev.py")
    spec = importlib.util.spec_from_file_location("dev_copy", tmp_path / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["dev.py", "build"])
    return module


def test_without_python3_venv_it_names_the_package(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Debian's python3 has venv but not ensurepip until python3-venv is installed."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name)
    )
    (tmp_path / "requirements-dev.txt").write_text("")
    with pytest.raises(SystemExit, match="sudo apt install python3-venv"):
        dev.main()
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_is_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match="需要 Python 3"):
        dev.main()
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_gives_way_to_a_newer_one(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[list[str]] = []

    def become(program: str, words: list[str]) -> None:
        became.append(words)
        raise SystemExit(0)

    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(
        shutil, "which", lambda name: "/opt/python3.12" if name == "python3.12" else None
    )
    monkeypatch.setattr(os, "execv", become)
    with pytest.raises(SystemExit):
        dev.main()
    assert became == [["/opt/python3.12", "dev.py", "build"]]


def test_old_pythons_can_still_read_it() -> None:
    """What does not parse cannot say which Python it needs."""
    compile((ROOT / "dev.py").read_text("utf-8"), "dev.py", "exec", dont_inherit=True)
    source = (ROOT / "dev.py").read_text("utf-8")
    assert "from __future__" not in source
    assert ":=" not in source
    assert "match " not in source


def test_a_lost_network_is_said(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = dev.run

    def without_venv(*words: object) -> None:
        if "venv" not in words:
            real(*words)

    (tmp_path / "requirements-dev.txt").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(dev, "run", without_venv)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SystemExit, match="请检查网络"):
        dev.main()
    assert not (tmp_path / ".venv" / ".stamp").exists(), "so that the next run tries again"


def test_a_step_is_done_once_for_one_content(dev: ModuleType, tmp_path: Path) -> None:
    done: list[str] = []
    source, stamp = tmp_path / "lock", tmp_path / ".cache" / "stamp"
    source.write_text("one")
    for content in ("one", "one", "two", "two", "one"):
        source.write_text(content)
        dev.once(stamp, dev.digest(source), "步骤", lambda content=content: done.append(content))
    assert done == ["one", "two", "one"]


def test_a_failed_step_is_tried_again(dev: ModuleType, tmp_path: Path) -> None:
    def fail() -> None:
        raise dev.Stop("断网")

    for _ in range(2):
        with pytest.raises(dev.Stop):
            dev.once(tmp_path / "stamp", "key", "步骤", fail)


def test_an_unknown_word_shows_what_there_is(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev.py", tmp_path / "dev.py")
    done = subprocess.run(
        [sys.executable, tmp_path / "dev.py", "fly"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    for word in ("run", "test", "build", "check", "fmt", "lock"):
        assert f"dev.py {word}" in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "dev.py"]


def test_the_makefile_only_forwards() -> None:
    shown = subprocess.run(
        ["make", "-n", "run", "test", "build", "PORT=8123"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.splitlines()
    assert [line.strip() for line in shown if "dev.py" in line] == [
        "python3 dev.py run",
        "python3 dev.py test",
        "python3 dev.py build",
    ]


def test_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "frontend/package-lock.json"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text, name
        assert "sha256:" in text or "sha512-" in text
    locked = "\n" + (ROOT / "requirements.txt").read_text("utf-8").lower()
    for line in (ROOT / "requirements.in").read_text("utf-8").splitlines():
        name = line.partition(";")[0].partition("[")[0].strip()
        assert f"\n{name}==" in locked, name


def test_continuous_integration_runs_the_tests_and_then_breaks_and_attacks() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").rstrip().endswith("\nmake test\nmake chaos\nexec make fuzz")
