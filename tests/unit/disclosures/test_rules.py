"""Rules of disclosures at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.core.calendar import WorkingCalendar, compute_end_in_working_days
from app.core.errors import Invalid
from app.disclosures import rules
from app.disclosures.errors import DisclosureStateForbids
from app.disclosures.types import (
    Completer,
    Decision,
    DecisionContent,
    DisclosureContent,
    DisclosureFacts,
    DisclosureState,
    Empowerment,
    Funding,
    Publication,
    PublicationKind,
    Secrecy,
    Wish,
)

CALENDAR = WorkingCalendar(frozenset({2026}), {})
WHOLE = DisclosureContent(
    title="成果",
    summary="是什么",
    problem="问题",
    novelty="创新",
    funding=Funding.own,
    fiscal=False,
    secrecy=Secrecy.open,
    wish=Wish.apply_patent,
    completers=(Completer("甲", share_bp=6000), Completer("乙", share_bp=4000)),
)


def with_shares(*shares: int | None) -> DisclosureContent:
    rows = tuple(Completer(f"完成人{i}", share_bp=share) for i, share in enumerate(shares))
    return DisclosureContent(**{**_fields(WHOLE), "completers": rows})  # type: ignore[arg-type]


def _fields(content: DisclosureContent) -> dict[str, object]:
    return {name: getattr(content, name) for name in DisclosureContent.__dataclass_fields__}


@pytest.mark.parametrize("shares", [(10_000,), (9_999, 1), (3333, 3333, 3334)])
def test_shares_that_sum_to_the_whole_pass(shares: tuple[int, ...]) -> None:
    rules.check_complete(with_shares(*shares))


@pytest.mark.parametrize("shares", [(9_999,), (5000, 5001), (10_000, None), ()])
def test_shares_that_do_not_are_refused(shares: tuple[int | None, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_complete(with_shares(*shares))
    assert [fault.field for fault in refused.value.errors] == ["completers"]


def test_what_is_missing_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_complete(DisclosureContent(title="只有名称"))
    assert {fault.field for fault in refused.value.errors} == {
        "summary",
        "problem",
        "novelty",
        "funding",
        "fiscal",
        "secrecy",
        "wish",
        "completers",
    }


def test_public_money_names_its_project() -> None:
    paid = DisclosureContent(**{**_fields(WHOLE), "fiscal": True})  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        rules.check_complete(paid)
    assert [fault.field for fault in refused.value.errors] == ["project_name"]


def test_the_same_person_is_named_once() -> None:
    person = uuid4()
    rows = (Completer(person_id=person), Completer(person_id=person))
    with pytest.raises(Invalid):
        rules.check_content(DisclosureContent(title="成果", completers=rows))


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (Completer(), "name"),
        (Completer("甲", person_id=uuid4()), "name"),
        (Completer("甲", share_bp=0), "share_bp"),
        (Completer("甲", share_bp=10_001), "share_bp"),
    ],
)
def test_a_row_that_means_nothing_is_refused(row: Completer, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_content(DisclosureContent(title="成果", completers=(row,)))
    assert refused.value.errors[0].field == f"completers-0-{word}"


def test_a_publication_costs_novelty_on_the_day_itself() -> None:
    today = date(2026, 11, 22)

    def told(on: date | None) -> str:
        row = Publication(PublicationKind.paper, "某学报", on)
        return rules.find_warnings(DisclosureContent(title="成果", publications=(row,)), today)[0]

    assert "丧失新颖性" in told(today)
    assert "已于" in told(today)
    assert "计划于" in told(today + timedelta(days=1))
    assert "没有写明" in told(None)


def facts(state: DisclosureState) -> DisclosureFacts:
    return DisclosureFacts(uuid4(), "PL-1", uuid4(), uuid4(), state, "成果", 1, 1, None)


def test_states() -> None:
    for state in DisclosureState:
        editable = state in (DisclosureState.draft, DisclosureState.returned)
        for check, allowed in (
            (rules.check_edit, editable),
            (rules.check_withdraw, editable or state is DisclosureState.submitted),
            (rules.check_decide, state is DisclosureState.submitted),
            (rules.check_convertible, state is DisclosureState.accepted),
        ):
            if allowed:
                check(facts(state))
            else:
                with pytest.raises(DisclosureStateForbids):
                    check(facts(state))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (DecisionContent(Decision.apply_patent, "  "), "note"),
        (DecisionContent(Decision.empower, "理由"), "empowerment"),
        (DecisionContent(Decision.empower, "理由", Empowerment.ownership), "share_bp"),
        (DecisionContent(Decision.empower, "理由", Empowerment.ownership, 10_001), "share_bp"),
        (DecisionContent(Decision.empower, "理由", Empowerment.use_right, None, 9), "years"),
    ],
)
def test_a_decision_says_why_and_how(given: DecisionContent, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_decision(given, least_years=10)
    assert refused.value.errors[0].field == field


def test_a_decision_keeps_only_what_belongs_to_it() -> None:
    given = DecisionContent(Decision.not_service, "与任务无关", Empowerment.ownership, 7000, 12)
    assert rules.check_decision(given, least_years=10) == DecisionContent(
        Decision.not_service, "与任务无关"
    )
    right = DecisionContent(Decision.empower, "试点", Empowerment.use_right, 7000, 10)
    assert rules.check_decision(right, least_years=10).share_bp is None


def test_a_completer_leaves_it_to_another_when_there_is_one() -> None:
    assert rules.is_recused(own=True, other_deciders=1)
    assert not rules.is_recused(own=True, other_deciders=0)
    assert not rules.is_recused(own=False, other_deciders=5)


def test_reminders_come_before_the_end_then_at_the_end() -> None:
    end = compute_end_in_working_days(CALENDAR, date(2026, 11, 20), 5)  # a Friday
    assert end.last_day == date(2026, 11, 27)
    first = rules.compute_remind_from(CALENDAR, end.last_day, 3)
    assert first == datetime(2026, 11, 25, 1, tzinfo=UTC)  # nine in the morning in Beijing
    assert rules.last_day_of(end.ends_at) == end.last_day
    before = first - timedelta(microseconds=1)
    assert rules.next_reminder(end.ends_at, first, before) == first
    assert rules.next_reminder(end.ends_at, first, first) == end.ends_at
    assert rules.next_reminder(end.ends_at, first, end.ends_at) is None


def test_reminders_pass_over_the_weekend() -> None:
    assert rules.compute_remind_from(CALENDAR, date(2026, 11, 23), 2) == datetime(
        2026, 11, 20, 1, tzinfo=UTC
    )
