"""What is told about disclosures: numbers and days, never a title or what was disclosed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.accounts.service import tell_organisation
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.disclosures import access, rules
from app.disclosures.models import Disclosure
from app.inbox.types import Notice

_WAITING = _n("职务科技成果披露待决定：%(number)s")
_WAITING_BODY = _n("披露 %(number)s 已提交，请在 %(day)s 之前作出决定。内容只在平台内查看。")
_SOON = _n("披露 %(number)s 即将到期，请尽快决定")
_SOON_BODY = _n("请在 %(day)s 结束之前对披露 %(number)s 作出决定。")
_OVER = _n("披露 %(number)s 已超过决定期限")
_OVER_BODY = _n("披露 %(number)s 的决定期限已于 %(day)s 届满，请立即处理并在理由中说明。")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "disclosures.submitted": _n("本单位收到成果披露"),
    "disclosures.due_soon": _n("本单位成果披露即将到期"),
    "disclosures.overdue": _n("本单位成果披露超过决定期限"),
}


def href(record: Disclosure) -> str:
    """Where its page is."""
    return f"/desk/disclosures/{record.id}"


async def tell_submitted(uow: UnitOfWork, record: Disclosure) -> None:
    """Tell who decides that a disclosure waits."""
    notice = _notice("disclosures.submitted", record, _WAITING, _WAITING_BODY)
    await _tell(uow, record, notice, "submitted")


async def tell_due(uow: UnitOfWork, record: Disclosure, *, over: bool) -> None:
    """Remind who decides that the period ends, or that it is ``over``."""
    if over:
        notice = _notice("disclosures.overdue", record, _OVER, _OVER_BODY, urgent=True)
    else:
        notice = _notice("disclosures.due_soon", record, _SOON, _SOON_BODY, urgent=True)
    await _tell(uow, record, notice, "overdue" if over else "due")


def _notice(
    kind: str, record: Disclosure, subject: str, body: str, *, urgent: bool = False
) -> Notice:
    assert record.due_at is not None, "what waits is due"
    return Notice(
        kind=kind,
        subject=Message(subject, number=record.number),
        body=Message(body, number=record.number, day=rules.last_day_of(record.due_at).isoformat()),
        href=href(record),
        facts={"disclosure_id": str(record.id), "number": record.number},
        urgent=urgent,
    )


async def _tell(uow: UnitOfWork, record: Disclosure, notice: Notice, what: str) -> None:
    await tell_organisation(
        uow,
        organisation_id=record.organisation_id,
        roles=access.DECIDE.members,
        notice=notice,
        key=f"disclosure-{what}-{record.id}-{record.submissions}",
    )
