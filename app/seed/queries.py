"""What no room answers: is anybody here, is a rival seeding right now, what is old news?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from app.core.facts import Listener, listener_name
from app.core.tx import UnitOfWork

_SEEDING = 0x6B656A69  # any constant of our own: the name of the lock


async def has_parties(uow: UnitOfWork) -> bool:
    """Whether any person or organisation exists."""
    found = await uow.session.execute(text("SELECT EXISTS (SELECT FROM party)"))
    return bool(found.scalar_one())


async def lock_seeding(uow: UnitOfWork) -> None:
    """Keep other processes from seeding until this transaction ends."""
    await uow.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEEDING})


async def pass_over(uow: UnitOfWork, listeners: Mapping[str, Sequence[Listener]]) -> None:
    """Let these listeners, by topic, count as having heard the facts of this transaction."""
    await uow.write_facts()
    pairs = [
        {"topic": topic, "listener": listener_name(one)}
        for topic, heard in listeners.items()
        for one in heard
    ]
    await uow.session.execute(
        text(
            "INSERT INTO fact_handled (fact_id, listener, handled_at)"
            " SELECT id, :listener, market_now() FROM fact"
            " WHERE topic = :topic AND xid = pg_current_xact_id()"
        ),
        pairs,
    )
