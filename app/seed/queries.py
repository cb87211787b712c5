"""The two questions that no room answers: is anybody here, and is a rival seeding right now?"""

from __future__ import annotations

from sqlalchemy import text

from app.core.tx import UnitOfWork

_SEEDING = 0x6B656A69  # any constant of our own: the name of the lock


async def has_parties(uow: UnitOfWork) -> bool:
    """Whether any person or organisation exists."""
    found = await uow.session.execute(text("SELECT EXISTS (SELECT FROM party)"))
    return bool(found.scalar_one())


async def lock_seeding(uow: UnitOfWork) -> None:
    """Keep other processes from seeding until this transaction ends."""
    await uow.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEEDING})
