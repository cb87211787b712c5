"""One initialised market folder a run, copied for each test: cheaper than initdb each time."""

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
def template(outside: Path) -> Path:
    server = EmbeddedPostgres(outside / "template", say=lambda _: None, settings=FAST)
    with server:
        server.ensure_roles_and_database("market")
    return outside / "template"


@pytest.fixture
def folder(outside: Path, template: Path, request: pytest.FixtureRequest) -> Path:
    """A market folder with a stopped server, its own."""
    copy: Path = outside / str(request.node.name)[:40]
    subprocess.run(["cp", "-a", str(template), str(copy)], check=True)
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
