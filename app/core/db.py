"""Tables' common ground: column types, naming of constraints, and the ways to connect."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.core.ids import new_id
from app.core.metrics import CONNECTIONS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """Root of every table; Python types map to one column type each."""

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute as is
        datetime: DateTime(timezone=True),
        int: BigInteger,
        str: Text,
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id; read as text by asyncpg."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


# why: so that the drift check recognises the column when it reads the database
ischema_names["xid8"] = Xid8


def pk() -> Mapped[UUID]:
    """Primary key column: UUIDv7 made in the application."""
    return mapped_column(primary_key=True, default=new_id)


def make_engine(url: str, *, pool_size: int = 8) -> AsyncEngine:
    """Engine on asyncpg. Connections are checked before use, so a restarted server is survived."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        # why: what a statement held would stand in the text of its error, and so in the log
        hide_parameters=True,
        connect_args={"server_settings": {"timezone": "UTC", "jit": "off"}},
    )
    event.listen(engine.sync_engine, "checkout", lambda *_: CONNECTIONS.inc())
    event.listen(engine.sync_engine, "checkin", lambda *_: CONNECTIONS.dec())
    return engine


def is_lost(error: Exception) -> bool:
    """Whether the database itself is lost, so that a worker had better begin anew."""
    if isinstance(error, OSError):
        return error.filename is None  # a file that cannot be read or removed is named
    return isinstance(error, InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def connect_raw(url: str, *, patience_s: float = 60) -> asyncpg.Connection:
    """A plain asyncpg connection to the address SQLAlchemy uses."""
    address = make_url(url)
    _, options = address.get_dialect()().create_connect_args(address)
    return await asyncpg.connect(**options, timeout=patience_s)
