"""Pure decisions of demands."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.core.clock import SHANGHAI
from app.core.errors import FieldError, Invalid, StaleVersion
from app.core.i18n import Message
from app.demands.errors import (
    DemandNotClosable,
    DemandNotEditable,
    DemandNotSubmittable,
    DemandNotUnderReview,
)
from app.demands.types import DemandContent, DemandFacts, DemandState

MAX_TITLE, MAX_TEXT, MAX_REASON = 120, 5000, 500
# Our own default (D): a demand older than a year is seldom still real; its owner may renew it.
DEFAULT_DAYS, MAX_DAYS = 365, 730
_WRITABLE = frozenset({DemandState.draft, DemandState.returned})


def check_version(facts: DemandFacts, version: int) -> None:
    """Refuse what was decided on an older version."""
    if facts.version != version:
        raise StaleVersion(current=facts.version)


def check_edit(facts: DemandFacts, version: int) -> None:
    if facts.state not in _WRITABLE:
        raise DemandNotEditable(state=facts.state.value)
    check_version(facts, version)


def check_submit(facts: DemandFacts, version: int, today: date) -> None:
    """A demand must say enough to be answered: problem, targets, field (DOMAIN 7.3, quality bar).

    Raises Invalid with every gap at once.
    """
    if facts.state not in _WRITABLE:
        raise DemandNotSubmittable(state=facts.state.value)
    check_version(facts, version)
    content = facts.content
    gaps = [
        FieldError(name, sentence)
        for name, missing, sentence in (
            ("field", content.field is None, "请选择所属领域"),
            ("problem", len(content.problem) < 20, "请写明拟解决的问题，至少 20 个字"),
            ("targets", not content.targets, "请写明量化指标，便于对方判断能否做到"),
            ("cooperation", not content.cooperation, "请至少选择一种合作方式"),
        )
        if missing
    ]
    gaps += check_dates(content, today)
    if gaps:
        raise Invalid(gaps)


def check_content(content: DemandContent, today: date) -> None:
    """Refuse what no demand may hold, whatever its state; raises Invalid."""
    faults = [FieldError("title", "请填写需求名称")] if not content.title else []
    limits = {"title": MAX_TITLE, **dict.fromkeys(("background", "problem", "targets"), MAX_TEXT)}
    for name, limit in limits.items():
        if len(getattr(content, name)) > limit:
            faults.append(FieldError(name, Message("最多 %(maximum)s 个字", maximum=limit)))
    if content.budget_minor is not None and content.budget_minor <= 0:
        faults.append(FieldError("budget", "拟投入资金应大于零，未定的请留空"))
    faults += check_dates(content, today)
    if faults:
        raise Invalid(faults)


def check_dates(content: DemandContent, today: date) -> list[FieldError]:
    """Faults of the two dates, seen from a day in Shanghai."""
    faults = []
    if content.deadline_on is not None and content.deadline_on < today:
        faults.append(FieldError("deadline_on", "完成时限已经过去"))
    if content.expires_on is not None:
        if content.expires_on < today:
            faults.append(FieldError("expires_on", "有效期已经过去"))
        elif content.expires_on > today + timedelta(days=MAX_DAYS):
            faults.append(
                FieldError("expires_on", Message("有效期最长 %(maximum)s 天", maximum=MAX_DAYS))
            )
    return faults


def check_review(facts: DemandFacts, version: int) -> None:
    if facts.state is not DemandState.submitted:
        raise DemandNotUnderReview(state=facts.state.value)
    check_version(facts, version)


def check_publish(facts: DemandFacts, version: int, today: date) -> None:
    """What was true when it was submitted must still be true: its dates lie ahead."""
    check_review(facts, version)
    if faults := check_dates(facts.content, today):
        raise Invalid(faults)


def check_reason(reason: str) -> None:
    """A return says what to change."""
    if not 2 <= len(reason) <= MAX_REASON:
        raise Invalid(
            [
                FieldError(
                    "reason", Message("请写明退回原因，2 至 %(maximum)s 个字", maximum=MAX_REASON)
                )
            ]
        )


def check_close(facts: DemandFacts, version: int) -> None:
    if facts.state is DemandState.closed:
        raise DemandNotClosable(state=facts.state.value)
    check_version(facts, version)


def compute_expiry(content: DemandContent, now: datetime) -> datetime:
    """The instant at which a demand published now ends: the end of its last day in Shanghai."""
    last = content.expires_on or now.astimezone(SHANGHAI).date() + timedelta(days=DEFAULT_DAYS)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
