"""Signs of life (运行迹象): when a process, a backup or a test mail was last seen.

One row a name, overwritten; nothing is decided by it, it is only shown. A heartbeat on which
something is decided is another thing, and its room's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.tx import UnitOfWork


class SignOf(StrEnum):
    """Whose sign of life it is."""

    watch = "watch"  # the sweeps
    worker = "worker"  # the jobs
    backup = "backup"
    restore = "restore"


class SignOfLife(Base):
    """The last sign of one name; ``facts`` holds figures and ids, never personal data."""

    __tablename__ = "sign_of_life"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)  # why: written every few seconds

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign as it was read."""

    seen_at: datetime
    facts: Mapping[str, Any]


async def give_sign(uow: UnitOfWork, *, of: SignOf, facts: Mapping[str, Any] | None = None) -> None:
    """Say that something lives, or was done, now."""
    row = {"name": of.value, "seen_at": uow.now, "facts": dict(facts or {})}
    statement = insert(SignOfLife).values(row)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"seen_at": statement.excluded.seen_at, "facts": statement.excluded.facts},
        )
    )


async def read_signs(uow: UnitOfWork) -> dict[SignOf, Sign]:
    """Every sign there is."""
    rows = (await uow.session.execute(select(SignOfLife.__table__))).all()
    known = {one.value for one in SignOf}
    return {SignOf(row.name): Sign(row.seen_at, row.facts) for row in rows if row.name in known}
