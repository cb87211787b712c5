"""Timed work: whoever must decide is reminded before the end of the period, and at its end."""

from __future__ import annotations

from app.accounts.service import tell_organisation
from app.audit.service import note
from app.core.actor import SYSTEM
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.disclosures import queries, rules
from app.disclosures.entry import DECIDERS, href
from app.disclosures.models import Disclosure
from app.inbox.types import Notice

_SOON = _n("披露 %(number)s 即将到期，请尽快决定")
_SOON_BODY = _n("请在 %(day)s 结束之前对披露 %(number)s 作出决定。")
_OVER = _n("披露 %(number)s 已超过决定期限")
_OVER_BODY = _n("披露 %(number)s 的决定期限已于 %(day)s 届满，请立即处理并在理由中说明。")


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
    assert record.due_at is not None, "what waits is due"
    day = rules.last_day_of(record.due_at).isoformat()
    subject, body = (_OVER, _OVER_BODY) if over else (_SOON, _SOON_BODY)
    await tell_organisation(
        uow,
        organisation_id=record.organisation_id,
        roles=DECIDERS,
        notice=Notice(
            kind="disclosures.overdue" if over else "disclosures.due_soon",
            subject=Message(subject, number=record.number),
            body=Message(body, number=record.number, day=day),
            href=href(record),
            facts={"disclosure_id": str(record.id), "number": record.number},
            urgent=True,
        ),
        key=f"disclosure-{'overdue' if over else 'due'}-{record.id}-{record.submissions}",
    )
    await note(
        uow,
        actor=SYSTEM,
        action="disclosures.remind",
        subject_kind="disclosure",
        subject_id=record.id,
        facts={"number": record.number, "overdue": over},
    )


SWEEPS = (sweep_reminders,)
