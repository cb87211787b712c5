"""Timed work: whoever must decide is reminded before the end of the period, and at its end."""

from __future__ import annotations

from app.audit.service import note
from app.core.actor import SYSTEM
from app.core.tx import UnitOfWork
from app.disclosures import queries
from app.disclosures.models import Disclosure
from app.disclosures.notices import tell_due


async def sweep_reminders(uow: UnitOfWork, *, limit: int = 50) -> int:
    """Remind the managers and heads of units; returns how many disclosures were reminded of."""
    due = await queries.lock_to_remind(uow, limit)
    now = await uow.stamp()
    for record in due:
        assert record.due_at is not None, "what waits is due"
        over = record.due_at <= now
        await _remind(uow, record, over=over)
        record.remind_at = None if over else record.due_at
    await uow.session.flush()
    return len(due)


async def _remind(uow: UnitOfWork, record: Disclosure, *, over: bool) -> None:
    await tell_due(uow, record, over=over)
    await note(
        uow,
        actor=SYSTEM,
        action="disclosures.remind",
        subject_kind="disclosure",
        subject_id=record.id,
        facts={"number": record.number, "overdue": over},
    )


SWEEPS = (sweep_reminders,)
