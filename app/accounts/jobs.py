"""Timed work: ended sessions, codes that never came back and old counters are thrown away."""

from app.accounts import queries
from app.core.tx import UnitOfWork


async def sweep_sessions(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Delete sessions past their end; they let nobody in since then. Returns how many."""
    return await queries.sweep_sessions(uow, limit)


async def sweep_proofs(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Delete codes past their end, with the names and addresses of what was never proved."""
    return await queries.sweep_proofs(uow, limit)


async def sweep_attempt_counters(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Delete counters of windows that have ended. Returns how many."""
    return await queries.sweep_counters(uow, limit)
