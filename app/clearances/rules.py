"""Pure decisions on gates and rights of pre-emption: what is open, what is due, who is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from app.catalogue.types import Disposal
from app.clearances.errors import ClearanceStateForbids, RightStateForbids
from app.clearances.types import (
    ClearanceFacts,
    ClearanceKind,
    ClearanceState,
    GateRule,
    RightFacts,
    RightResponse,
    ServiceWay,
    Verdict,
)
from app.core.calendar import WorkingCalendar, compute_end_in_days
from app.core.i18n import Message, _n

MAX_RANK: Final = 99
# Where no row says otherwise (网拍规定 16, by analogy): days of notice, days of a public notice.
NOTICE_DAYS: Final = 3
PUBLIC_DAYS: Final = 5


def list_in_force(
    rules: Iterable[GateRule], disposal: Disposal, mode: str, on: date
) -> list[GateRule]:
    """The rows about this way of disposal and this mode of sale on a day."""
    return [
        rule
        for rule in rules
        if rule.disposal in (None, disposal)
        and rule.mode in (None, mode)
        and rule.in_force_from <= on <= (rule.in_force_to or date.max)
    ]


def decide(
    rules: Sequence[GateRule],
    clearances: Sequence[ClearanceFacts],
    rights: Sequence[RightFacts],
    missing: Sequence[str],
    now: datetime,
) -> Verdict:
    """Pass or block at ``now``; ``rules`` are in force, ``missing`` names co-owners without
    consent."""
    points: list[str] = []
    known = {one.kind for one in clearances}
    points += [
        Message(_n("尚未办理“%(kind)s”：%(reason)s"), kind=rule.kind.label, reason=rule.reason)
        for rule in rules
        if rule.required and rule.kind not in known
    ]
    points += [_say(one) for one in clearances if one.state is not ClearanceState.passed]
    if missing:
        points.append(
            Message(_n("还缺少共有人的同意：%(names)s"), names="、".join(missing)),
        )
    waiting = [one for one in rights if not is_settled(one, now)]
    if waiting:
        points.append(
            Message(_n("还有 %(count)s 位优先购买权人未答复，且答复期限未满"), count=len(waiting))
        )
    return Verdict(not points, tuple(points))


def _say(one: ClearanceFacts) -> str:
    if one.state is ClearanceState.blocked:
        return Message(
            _n("“%(kind)s”已被平台阻止：%(reason)s"), kind=one.kind.label, reason=one.reason
        )
    return Message(_n("“%(kind)s”尚未通过"), kind=one.kind.label)


def is_settled(right: RightFacts, now: datetime) -> bool:
    """Whether nothing of it has to be waited for: answered, or the time to answer is over."""
    return right.response is not None or now >= right.answer_by


def compute_times(
    calendar: WorkingCalendar, way: ServiceWay, notified: date, days: int, public_days: int
) -> tuple[datetime | None, datetime]:
    """When a notice of a day in Shanghai counts as served, and until when (exclusive) to answer.

    None for the first: at once. Days are calendar days (日) by Civil Code 200-204: the day itself
    is not counted, and an end that falls on a holiday moves on.
    """
    if way is not ServiceWay.public:
        return None, compute_end_in_days(calendar, notified, days).ends_at
    served = compute_end_in_days(calendar, notified, public_days)
    return served.ends_at, compute_end_in_days(calendar, served.last_day, days).ends_at


def check_state(clearance: ClearanceFacts, *allowed: ClearanceState) -> None:
    """Raises ClearanceStateForbids unless the gate stands in one of these states."""
    if clearance.state not in allowed:
        raise ClearanceStateForbids(state=clearance.state)


def check_settling(clearance: ClearanceFacts, rights: Sequence[RightFacts], now: datetime) -> None:
    """Pre-emption is settled when every right on record is. Raises ClearanceStateForbids."""
    check_state(clearance, ClearanceState.open)
    if clearance.kind is not ClearanceKind.preemption:
        return
    if any(not is_settled(right, now) for right in rights):
        raise ClearanceStateForbids(_n("还有优先购买权人未答复，且答复期限未满"))


def check_answerable(right: RightFacts, now: datetime) -> None:
    """A right is answered once, before its time is over. Raises RightStateForbids."""
    if right.response is not None or now >= right.answer_by:
        raise RightStateForbids(response=right.response or RightResponse.silent)
