"""Fixtures shared by every kind of test. One test, one rolled-back transaction."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker

from app.accounts import passwords
from app.core.db import make_sessions
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.embedded import EmbeddedError, EmbeddedPostgres
from app.main import create_app
from search.finder import make_finder
from tests import databases
from tests.compiled import keep_compiled
from tests.contract.meili.server import FakeMeilisearch
from tests.following import compare_index
from tests.world import World

# why: a password's hash costs a tenth of a second by intent, and the tests make thousands; its real
# cost has a test of its own
REAL_HASHER = passwords._HASHER
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

# why: what fails here has to fail again; ``--hypothesis-profile default`` looks for new examples
hypothesis_settings.register_profile("same", derandomize=True, deadline=None)
hypothesis_settings.load_profile("same")

keep_compiled()

TEST_SECRET = "test-secret-" * 4
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
_SERVER: list[EmbeddedPostgres] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start one test server for the whole run, in the process that leads it."""
    if hasattr(config, "workerinput") or databases.SERVER_VARIABLE in os.environ:
        return
    server = EmbeddedPostgres(
        databases.choose_folder(),
        say=lambda _: None,
        settings={
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        },
    )
    try:
        server.start()
    except EmbeddedError as error:
        pytest.exit(str(error), returncode=2)
    server.ensure_roles_and_database("market_test")
    _SERVER.append(server)
    os.environ[databases.SERVER_VARIABLE] = server.superuser_dsn("postgres")


def pytest_collection() -> None:
    """Nothing that collecting makes is garbage; the collector would walk over it all again and
    again, then and during every test."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sealing the audit chain waits for every open transaction of the server, and the walk over
    all routes is one that is long: the first come first, the other last, so that neither waits."""
    order = {"test_chain.py": 0, "test_access_table.py": 2}
    items.sort(key=lambda item: order.get(item.path.name, 1))


def pytest_unconfigure() -> None:
    """Stop the server that this process started."""
    while _SERVER:
        server = _SERVER.pop()
        server.stop()
        databases.leave_folder(server.data_dir)
        os.environ.pop(databases.SERVER_VARIABLE, None)


@pytest.fixture(scope="session")
def template() -> str:
    """Name of the migrated template database."""
    return asyncio.run(databases.ensure_template())


@pytest.fixture(scope="session")
def worker_database(template: str) -> Iterator[str]:
    """One database for all rolled-back tests of this process."""
    cloning = databases.clone(template)
    with asyncio.Runner() as runner:
        yield runner.run(cloning.__aenter__())
        runner.run(cloning.__aexit__(None, None, None))


@pytest.fixture(scope="session")
async def serving_engine(worker_database: str) -> AsyncIterator[AsyncEngine]:
    """The serving role's connections to this process's database; opened once."""
    engine = databases.connect(worker_database, role="market_app", pool=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(serving_engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection of the serving role whose outer transaction is rolled back."""
    async with serving_engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()


@pytest.fixture(scope="module")
async def stage_connection(serving_engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """For a module whose tests begin on one dear stage: build it here, once, and let the module's
    own ``connection`` be ``on_stage(stage_connection)``."""
    async with serving_engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()


@asynccontextmanager
async def on_stage(connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
    """One test on the module's stage: what it writes is undone, the stage stays."""
    savepoint = await connection.begin_nested()
    yield connection
    await savepoint.rollback()


def joining(connection: AsyncConnection) -> Tx:
    """Runs verbs inside a connection's transaction; each commit is a savepoint."""
    return Tx(
        async_sessionmaker(
            bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ),
        Sealer(TEST_SECRET),
    )


@pytest.fixture
def tx(connection: AsyncConnection) -> Tx:
    """Runs verbs inside the rolled-back transaction."""
    return joining(connection)


@pytest.fixture
async def index_agrees(tx: Tx) -> AsyncIterator[None]:
    """After the test the search index says what the rooms do."""
    yield
    await compare_index(tx)


@pytest.fixture
async def real_database(template: str) -> AsyncIterator[str]:
    """A database of its own, for tests that need real commits and real rivals."""
    async with databases.clone(template) as name:
        yield name


@pytest.fixture
async def real_tx(real_database: str) -> AsyncIterator[Tx]:
    """Runs verbs with real commits on many connections of the serving role."""
    engine = databases.connect(real_database, role="market_app", pool=24)
    yield Tx(make_sessions(engine), Sealer(TEST_SECRET))
    await engine.dispose()


class Clock:
    """Moves the market's clock; only forward."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def advance(self, **by: float) -> None:
        """Move by a timedelta's keywords, for example ``days=15``."""
        await self.connection.execute(text("SET ROLE NONE"))
        await self.connection.execute(
            text("UPDATE market_clock SET offset_by = offset_by + :by"), {"by": timedelta(**by)}
        )
        await self.connection.execute(text("SET ROLE market_app"))


@pytest.fixture
def clock(connection: AsyncConnection) -> Clock:
    """The market's clock, inside this test's transaction."""
    return Clock(connection)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test market, with a data folder of its own."""
    return Settings(
        mode=Mode.test,
        secret_key=TEST_SECRET,
        public_url="http://market.test",
        data_dir=tmp_path_factory.mktemp("data"),
        embedding="none",  # the model takes a second to load; its own tests ask for it
        meili_url="",  # one that is exported is for the contract of the engines alone
        meili_search_key="",
        meili_admin_key="",
    )


@pytest.fixture(scope="session")
def application(settings: Settings) -> FastAPI:
    """The application, made once: FastAPI builds its routes at their first use."""
    return create_app(settings, tx=Tx(async_sessionmaker(), Sealer(TEST_SECRET)))


@pytest.fixture
async def client(
    tx: Tx, application: FastAPI, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without JavaScript, on the application, inside the test's transaction."""
    application.state.tx = tx
    application.state.finder = make_finder(settings, tx)
    transport = httpx2.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport,
        base_url="http://market.test",
        headers={"Origin": "http://market.test"},
    ) as opened:
        yield opened


@pytest.fixture
def world(tx: Tx, settings: Settings) -> World:
    """Builders of people and things, through the public verbs."""
    return World(tx, settings.files_dir)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real input for trials; never part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real input data is not beside the checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def meili_server() -> Iterator[FakeMeilisearch]:
    """One server for all tests."""
    server = FakeMeilisearch()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def meili(meili_server: FakeMeilisearch) -> Iterator[FakeMeilisearch]:
    """The server, empty."""
    yield meili_server
    meili_server.state.clear()
