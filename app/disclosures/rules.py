"""Pure decisions: what may be written and submitted, who decides, what to warn of, when to remind.

Field names in refusals are those of forms; rows are named ``completers-0-name``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.core.calendar import WorkingCalendar
from app.core.clock import SHANGHAI
from app.core.errors import Faults, KeyReused, StaleVersion
from app.core.i18n import Message, _n
from app.core.plaintext import clean_line, clean_text
from app.disclosures.errors import DisclosureStateForbids
from app.disclosures.types import (
    Completer,
    Decision,
    DecisionContent,
    DisclosureContent,
    DisclosureFacts,
    DisclosureState,
    Empowerment,
    Publication,
)

LINES: Final = {"title": 300, "project_name": 300, "project_number": 100}
TEXTS: Final = {"summary": 4000, "problem": 2000, "novelty": 2000, "obligations": 2000}
MAX_ROWS: Final = 50
MAX_LINE: Final = 200
MAX_NOTE: Final = 2000
MAX_PERIOD: Final = 120  # working days; our own limit
WHOLE_BP: Final = 10_000
_MORNING: Final = time(9)
_ONE_DAY: Final = timedelta(days=1)

_EDITABLE = frozenset({DisclosureState.draft, DisclosureState.returned})
_WITHDRAWABLE = frozenset(
    {DisclosureState.draft, DisclosureState.submitted, DisclosureState.returned}
)

_ROWS = _n("最多填写 %(maximum)s 行。")
# Patent law 22 and 24 were not read in full: general knowledge, hence 待核实.
_LOST = _n(
    "“%(where)s”已于 %(day)s 公开。申请专利之前的公开一般会使成果丧失新颖性，"
    "只有少数情形有六个月宽限期（专利法第二十二条、第二十四条，待核实），请尽快咨询专利代理师。"
)
_AT_RISK = _n(
    "“%(where)s”计划于 %(day)s 公开。公开之前应先提交专利申请或改为保密，否则一般会丧失新颖性"
    "（专利法第二十二条，待核实）。"
)
_UNDATED = _n("“%(where)s”没有写明公开日期：申请专利之前的公开一般会使成果丧失新颖性，请补充日期。")


# ---------------------------------------------------------------- content


def check_content(content: DisclosureContent) -> DisclosureContent:
    """The content cleaned, ready to store as a draft. Raises Invalid."""
    faults = Faults()
    texts: dict[str, Any] = {
        name: faults.limit(name, clean_line(getattr(content, name)), maximum)
        for name, maximum in LINES.items()
    } | {
        name: faults.limit(name, clean_text(getattr(content, name)), maximum)
        for name, maximum in TEXTS.items()
    }
    if not texts["title"]:
        faults.add("title", _n("请填写成果名称。"))
    for field, rows in (
        ("completers", content.completers),
        ("publications", content.publications),
    ):
        if len(rows) > MAX_ROWS:
            faults.add(field, Message(_ROWS, maximum=MAX_ROWS))
    cleaned = replace(
        content,
        **texts,
        completers=tuple(_completer(i, row, faults) for i, row in enumerate(content.completers)),
        publications=tuple(
            _publication(i, row, faults) for i, row in enumerate(content.publications)
        ),
    )
    _check_same_person(cleaned.completers, faults)
    faults.check()
    return cleaned


def _completer(i: int, row: Completer, faults: Faults) -> Completer:
    prefix = f"completers-{i}"
    name = faults.limit(f"{prefix}-name", clean_line(row.name), MAX_LINE)
    contribution = faults.limit(f"{prefix}-contribution", clean_line(row.contribution), MAX_LINE)
    if (row.person_id is None) == (not name):
        faults.add(f"{prefix}-name", _n("请填写完成人姓名，或选择一位成员。"))
    if row.share_bp is not None and not 1 <= row.share_bp <= WHOLE_BP:
        faults.add(f"{prefix}-share_bp", _n("贡献比例应大于 0 且不超过 100%。"))
    return replace(row, name=name, contribution=contribution)


def _publication(i: int, row: Publication, faults: Faults) -> Publication:
    prefix = f"publications-{i}"
    return replace(row, where=faults.limit(f"{prefix}-where", clean_line(row.where), MAX_LINE))


def _check_same_person(rows: Sequence[Completer], faults: Faults) -> None:
    seen: set[object] = set()
    for i, row in enumerate(rows):
        who = row.person_id or row.name
        if who and who in seen:
            faults.add(f"completers-{i}-name", _n("同一完成人填写了两次。"))
        seen.add(who)


def check_complete(content: DisclosureContent) -> None:
    """What the unit needs to decide; the shares of the completers sum to 100 %. Raises Invalid."""
    faults = Faults()
    for field, sentence in (
        ("summary", _n("请写明成果是什么。")),
        ("problem", _n("请写明解决了什么问题。")),
        ("novelty", _n("请写明创新点。")),
    ):
        if not getattr(content, field):
            faults.add(field, sentence)
    for field, sentence in (
        ("funding", _n("请选择课题来源。")),
        ("fiscal", _n("请选择是否使用财政资金。")),
        ("secrecy", _n("请自评密级。")),
        ("wish", _n("请选择希望的处置方式。")),
    ):
        if getattr(content, field) is None:
            faults.add(field, sentence)
    if content.fiscal and not content.project_name:
        faults.add("project_name", _n("使用财政资金的成果请填写项目名称。"))
    if not content.completers:
        faults.add("completers", _n("请填写完成人。"))
    elif any(row.share_bp is None for row in content.completers):
        faults.add("completers", _n("请填写每位完成人的贡献比例。"))
    elif (total := sum(row.share_bp or 0 for row in content.completers)) != WHOLE_BP:
        shown = f"{total / 100:g}"
        faults.add(
            "completers",
            Message(_n("各完成人的贡献比例合计应为 100%%，现在是 %(total)s%%。"), total=shown),
        )
    faults.check()


def find_warnings(content: DisclosureContent, today: date) -> list[str]:
    """Sentences about publications that cost, or will cost, the novelty of a patent."""
    warnings: list[str] = []
    for row in content.publications:
        where = row.where or row.kind.label
        if row.on is None:
            warnings.append(Message(_UNDATED, where=where))
        elif row.on <= today:
            warnings.append(Message(_LOST, where=where, day=row.on.isoformat()))
        else:
            warnings.append(Message(_AT_RISK, where=where, day=row.on.isoformat()))
    return warnings


# ---------------------------------------------------------------- states


def check_version(seen: int, current: int) -> None:
    """Raises StaleVersion unless the editor saw the current version."""
    if seen != current:
        raise StaleVersion(current_version=current)


def check_same_request(seen: tuple[object, ...], asked: tuple[object, ...]) -> None:
    """A repeated key must ask for the same. Raises KeyReused."""
    if seen != asked:
        raise KeyReused()


def is_editable(state: DisclosureState) -> bool:
    """Drafts and what the unit gave back."""
    return state in _EDITABLE


def is_withdrawable(state: DisclosureState) -> bool:
    """Whatever the unit has not settled."""
    return state in _WITHDRAWABLE


def check_edit(facts: DisclosureFacts) -> None:
    """Raises DisclosureStateForbids unless draft or returned."""
    if not is_editable(facts.state):
        raise DisclosureStateForbids(
            _n("披露已提交，只有草稿和退回补正的披露可以修改"), state=facts.state
        )


def check_withdraw(facts: DisclosureFacts) -> None:
    """Raises DisclosureStateForbids once the unit has settled it."""
    if not is_withdrawable(facts.state):
        raise DisclosureStateForbids(state=facts.state)


def check_decide(facts: DisclosureFacts) -> None:
    """Only what waits is decided. Raises DisclosureStateForbids."""
    if facts.state is not DisclosureState.submitted:
        raise DisclosureStateForbids(
            _n("该披露不在待决定状态，可能已由他人处理"), state=facts.state
        )


def check_convertible(facts: DisclosureFacts) -> None:
    """Only an accepted disclosure becomes an achievement. Raises DisclosureStateForbids."""
    if facts.state is not DisclosureState.accepted:
        raise DisclosureStateForbids(
            _n("单位认定为职务科技成果后，才能登记为成果"), state=facts.state
        )


def check_decision(given: DecisionContent, *, least_years: int) -> DecisionContent:
    """The decision cleaned. Raises Invalid: reasons always; an empowerment says what, to which
    share or for how long (a long-term use right lasts at least ``least_years``, DOMAIN 1.6)."""
    faults = Faults()
    note = faults.limit("note", clean_text(given.note), MAX_NOTE)
    if not note:
        faults.add("note", _n("请写明理由，披露人和全体完成人都会看到。"))
    if given.decision is not Decision.empower:
        faults.check()
        return DecisionContent(given.decision, note)
    share, years = given.share_bp, given.years
    if given.empowerment is None:
        faults.add("empowerment", _n("请选择赋予所有权还是长期使用权。"))
    elif given.empowerment is Empowerment.ownership:
        years = None
        if share is None or not 1 <= share <= WHOLE_BP:
            faults.add("share_bp", _n("请填写完成人的份额，大于 0 且不超过 100%。"))
    else:
        share = None
        if years is None or not least_years <= years <= 100:
            faults.add(
                "years", Message(_n("长期使用权应为 %(least)s 至 100 年。"), least=least_years)
            )
    faults.check()
    return DecisionContent(given.decision, note, given.empowerment, share, years)


def is_recused(own: bool, other_deciders: int) -> bool:
    """A completer leaves the decision to others (回避), unless there is nobody else."""
    return own and other_deciders > 0


# ---------------------------------------------------------------- time


def compute_remind_from(calendar: WorkingCalendar, last_day: date, before: int) -> datetime:
    """Nine in the morning of the working day from which ``before`` working days are left, the
    last day of the period included."""
    day = last_day
    left = before
    while True:
        left -= calendar.is_working(day)
        if left <= 0:
            return datetime.combine(day, _MORNING, tzinfo=SHANGHAI)
        day -= _ONE_DAY


def last_day_of(due_at: datetime) -> date:
    """The last day in Shanghai of a period whose end is exclusive."""
    return (due_at - timedelta(microseconds=1)).astimezone(SHANGHAI).date()


def next_reminder(due_at: datetime, remind_from: datetime, now: datetime) -> datetime | None:
    """When to remind next: some days before the end, then at the end, then no more."""
    return next((at for at in (remind_from, due_at) if at > now), None)
