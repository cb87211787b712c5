"""Test databases: one migrated template a set of migrations, cheap clones of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.migrate import make_config

ROOT = Path(__file__).parents[1]
SERVER_VARIABLE = "MARKET_TEST_DATABASE_URL"
MEMORY = Path("/dev/shm")  # noqa: S108 - the name under it is ours or is not used
ROOM = 2 * 1024**3
_TEMPLATE_LOCK = 0x74706C


def choose_folder() -> Path:
    """Where the test server keeps its data: in memory where there is room, else in the cache.

    why: a clone is 1,300 small files, half a second on a disk and a fiftieth in memory
    """
    name = f"keji-market-tests-{os.getuid()}-{hashlib.sha256(bytes(ROOT)).hexdigest()[:8]}"
    folder = MEMORY / name
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    ours = not folder.exists() or folder.stat().st_uid == os.getuid()
    if roomy and ours and os.access(MEMORY, os.W_OK):
        return folder
    return ROOT / ".cache" / "test-database"


def leave_folder(folder: Path) -> None:
    """Give the memory back; a folder in the cache stays for the next run."""
    if folder.parent == MEMORY:
        shutil.rmtree(folder)


def server_url(database: str = "postgres") -> URL:
    """The test server's superuser address, for one database."""
    return make_url(os.environ[SERVER_VARIABLE]).set(database=database)


def connect(database: str, *, role: str | None, pool: int = 0) -> AsyncEngine:
    """Engine on a test database as a role (None: the superuser); ``pool`` 0 keeps no connection."""
    settings = {"timezone": "UTC", "jit": "off"} | ({"role": role} if role else {})
    kwargs: dict[str, object] = {"connect_args": {"server_settings": settings}}
    kwargs |= {"pool_size": pool, "max_overflow": 0} if pool else {"poolclass": NullPool}
    return create_async_engine(server_url(database), **kwargs)


@asynccontextmanager
async def superuser(database: str = "postgres") -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(
        server_url(database), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    try:
        yield engine
    finally:
        await engine.dispose()


def _template_name() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(path.read_bytes())
    return f"market_template_{digest.hexdigest()[:16]}"


async def ensure_template() -> str:
    """Name of the migrated template database, made now if no earlier run has made it."""
    name = _template_name()
    async with superuser() as engine, engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_advisory_lock({_TEMPLATE_LOCK})"))
        found = await connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if found.scalar_one_or_none() is None:
            await _make_template(name)
    return name


async def _make_template(name: str) -> None:
    building = f"{name}_building"
    async with superuser() as engine, engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {building} OWNER market_owner"))
    async with superuser(building) as engine, engine.connect() as connection:
        for extension in ("pg_trgm", "vector", "btree_gin"):
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    await migrate(building)
    async with superuser() as engine, engine.connect() as connection:
        await connection.execute(text(f"ALTER DATABASE {building} RENAME TO {name}"))


async def migrate(database: str, revision: str = "head") -> None:
    """Migrate a test database as its owner role."""
    engine = connect(database, role="market_owner")

    def run(sync: Connection) -> None:
        config = make_config("")
        config.attributes["connection"] = sync
        command.upgrade(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


@asynccontextmanager
async def clone(template: str) -> AsyncIterator[str]:
    """A database of its own, dropped afterwards."""
    name = f"market_clone_{uuid.uuid4().hex[:12]}"
    async with superuser() as engine, engine.connect() as connection:
        create = f"CREATE DATABASE {name} TEMPLATE {template} OWNER market_owner STRATEGY FILE_COPY"
        await connection.execute(text(create))
    try:
        yield name
    finally:
        async with superuser() as engine, engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
