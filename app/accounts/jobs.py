"""Timed work: ended sessions, codes that never came back and old counters are thrown away; and what
leaves the market: transfers that prove bank accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from app.accounts import queries, transfers
from app.accounts.banking import TRIAL_JOB
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork

Outside = Callable[[bytes | None], Awaitable[object]]


async def sweep_sessions(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Delete sessions past their end; they let nobody in since then. Returns how many."""
    return await queries.sweep_sessions(uow, limit)


async def sweep_proofs(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Delete codes past their end, with the names and addresses of what was never proved."""
    return await queries.sweep_proofs(uow, limit)


async def sweep_attempt_counters(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Delete counters of windows that have ended. Returns how many."""
    return await queries.sweep_counters(uow, limit)


def make_jobs(settings: Settings, tx: Tx) -> Mapping[str, Outside]:
    """What this room does outside the database: the transfers that prove bank accounts."""
    transfer, sealer = transfers.make_transfer(settings), Sealer(settings.secret_key)
    return {TRIAL_JOB: partial(transfers.send_trial, tx, transfer, sealer)}
