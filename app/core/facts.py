"""Facts (事实): what happened, stored in the transaction that made it happen, told to listeners.

A fact row is written with the business rows; one job per fact then runs every listener of its
topic, each in a transaction of its own that also records (fact, listener), so a job that runs
twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Xid8

if TYPE_CHECKING:
    from app.core.tx import Tx, UnitOfWork

FACT_JOB = "fact"

Listener = Callable[["UnitOfWork", Mapping[str, Any]], Awaitable[None]]


class Fact(Protocol):
    """A frozen dataclass in a room's ``events.py``; the topic ends in its version (``.v1``)."""

    topic: ClassVar[str]

    def payload(self) -> dict[str, Any]: ...


class FactRow(Base):
    """One fact. (xid, seq) below the snapshot's xmin is a complete order; seq alone is not."""

    __tablename__ = "fact"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]


class FactHandled(Base):
    """This listener has done its work for this fact."""

    __tablename__ = "fact_handled"

    fact_id: Mapped[UUID] = mapped_column(ForeignKey("fact.id"), primary_key=True)
    listener: Mapped[str] = mapped_column(primary_key=True)
    handled_at: Mapped[datetime]


def listener_name(listener: Listener) -> str:
    """A listener is known by its module and name: renaming one makes it a new listener."""
    return f"{listener.__module__}.{listener.__qualname__}"


async def hear(uow: UnitOfWork, *, fact: FactRow, listener: Listener) -> bool:
    """Run one listener for one fact; False when it had already run."""
    claimed = await uow.session.execute(
        insert(FactHandled)
        .values(fact_id=fact.id, listener=listener_name(listener), handled_at=uow.now)
        .on_conflict_do_nothing()
        .returning(FactHandled.fact_id)
    )
    if claimed.scalar_one_or_none() is None:
        return False
    await listener(uow, fact.payload)
    return True


async def find_fact(uow: UnitOfWork, *, fact_id: UUID) -> FactRow | None:
    """The fact of a job; None when its transaction rolled back, which no committed job can see."""
    return await uow.session.get(FactRow, fact_id)


async def deliver(tx: Tx, fact_id: UUID, listeners: Mapping[str, Sequence[Listener]]) -> int:
    """Run every listener of a fact, each in its own transaction; returns how many ran now."""
    fact = await tx.run(find_fact, fact_id=fact_id)
    if fact is None:
        raise LookupError(f"no fact {fact_id}")
    ran = 0
    for listener in listeners.get(fact.topic, []):
        ran += await tx.run(hear, fact=fact, listener=listener)
    return ran
