"""One initialised market folder for all tests of a process: cheaper than initdb each time."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import EmbeddedPostgres

FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB"}


@pytest.fixture(scope="session")
def outside() -> Iterator[Path]:
    """A folder every user can pass: pytest's own is closed to the user root lends the server."""
    folder = Path(tempfile.mkdtemp(prefix="market-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def folder(outside: Path) -> Path:
    """A market folder with a stopped server; whoever uses it leaves it stopped and whole."""
    server = EmbeddedPostgres(outside / "market", say=lambda _: None, settings=FAST)
    with server:
        server.ensure_roles_and_database("market")
    return outside / "market"


@pytest.fixture
def spoilt(outside: Path, folder: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of such a folder, to be spoilt."""
    copy: Path = outside / str(request.node.name)[:40]
    subprocess.run(["cp", "-a", str(folder), str(copy)], check=True)
    return copy


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(said: list[str]) -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Make servers that are stopped when the test ends, whatever happened."""
    made: list[EmbeddedPostgres] = []

    def build(folder: Path, **settings: str) -> EmbeddedPostgres:
        server = EmbeddedPostgres(folder, say=said.append, settings={**FAST, **settings})
        made.append(server)
        return server

    yield build
    for server in made:
        server.stop()
