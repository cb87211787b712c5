"""Gates and rights of pre-emption at their edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.catalogue.types import Disposal, Trust
from app.clearances import rules
from app.clearances.errors import ClearanceStateForbids, RightStateForbids
from app.clearances.types import (
    ClearanceFacts,
    ClearanceKind,
    ClearanceState,
    GateRule,
    RightBasis,
    RightFacts,
    RightResponse,
    ServiceWay,
)
from app.core.calendar import WorkingCalendar
from app.core.ids import new_id

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
CALENDAR = WorkingCalendar(frozenset({2026}), {})
TRANSFER = GateRule(
    ClearanceKind.preemption, Disposal.transfer, None, True, 3, 5, "须通知", "民法", Trust.law_read,
    date(2026, 1, 1), date(2026, 12, 31),
)  # fmt: skip


def gate(
    state: ClearanceState, kind: ClearanceKind = ClearanceKind.preemption, reason: str = ""
) -> ClearanceFacts:
    return ClearanceFacts(new_id(), new_id(), kind, state, "", reason, NOW, None)


def right(**given: object) -> RightFacts:
    made = RightFacts(
        new_id(), new_id(), new_id(), new_id(), None, RightBasis.completer, 1,
        ServiceWay.workbench, NOW, NOW, NOW + timedelta(days=3), None, None,
    )  # fmt: skip
    return replace(made, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("disposal", "mode", "on", "found"),
    [
        (Disposal.transfer, "DYNAMIC", date(2026, 1, 1), 1),
        (Disposal.transfer, "DYNAMIC", date(2026, 12, 31), 1),
        (Disposal.transfer, "DYNAMIC", date(2025, 12, 31), 0),
        (Disposal.transfer, "DYNAMIC", date(2027, 1, 1), 0),
        (Disposal.exclusive, "DYNAMIC", date(2026, 6, 1), 0),
    ],
)
def test_a_row_is_in_force_on_its_days(disposal: Disposal, mode: str, on: date, found: int) -> None:
    assert len(rules.list_in_force([TRANSFER], disposal, mode, on)) == found


def test_a_row_may_be_about_one_way_of_finding_a_price() -> None:
    auction = replace(TRANSFER, mode="AUCTION")
    assert rules.list_in_force([auction], Disposal.transfer, "AUCTION", date(2026, 6, 1))
    assert not rules.list_in_force([auction], Disposal.transfer, "DYNAMIC", date(2026, 6, 1))


def test_what_is_required_and_not_opened_blocks() -> None:
    verdict = rules.decide([TRANSFER], [], [], [], NOW)
    assert not verdict.passed
    assert verdict.open == ("尚未办理“优先购买权的通知与答复”：须通知",)


@pytest.mark.parametrize(
    ("state", "passes"),
    [
        (ClearanceState.passed, True),
        (ClearanceState.open, False),
        (ClearanceState.blocked, False),
    ],
)
def test_only_a_passed_gate_lets_through(state: ClearanceState, passes: bool) -> None:
    verdict = rules.decide([TRANSFER], [gate(state, reason="涉诉")], [], [], NOW)
    assert verdict.passed is passes
    assert len(verdict.open) == (0 if passes else 1)


def test_every_open_point_has_its_sentence() -> None:
    blocked = gate(ClearanceState.blocked, ClearanceKind.export, "未取得许可")
    verdict = rules.decide([TRANSFER], [blocked], [right()], ["乙大学", "丙研究所"], NOW)
    assert [str(one) for one in verdict.open] == [
        "尚未办理“优先购买权的通知与答复”：须通知",
        "“技术出口许可或合同登记”已被平台阻止：未取得许可",
        "还缺少共有人的同意：乙大学、丙研究所",
        "还有 1 位优先购买权人未答复，且答复期限未满",
    ]


@pytest.mark.parametrize("response", list(RightResponse))
def test_an_answered_right_holds_nothing_up(response: RightResponse) -> None:
    assert rules.decide([], [], [right(response=response, responded_at=NOW)], [], NOW).passed


def test_the_time_to_answer_is_exclusive() -> None:
    one = right()
    last = one.answer_by - timedelta(microseconds=1)
    assert not rules.is_settled(one, last)
    assert rules.is_settled(one, one.answer_by)
    rules.check_answerable(one, last)
    with pytest.raises(RightStateForbids):
        rules.check_answerable(one, one.answer_by)


def test_three_whole_days_to_answer_and_the_day_of_the_notice_not_counted() -> None:
    # Monday 2 March: Tuesday, Wednesday, Thursday to midnight in Shanghai
    served, answer_by = rules.compute_times(CALENDAR, ServiceWay.workbench, date(2026, 3, 2), 3, 5)
    assert served is None
    assert answer_by == datetime(2026, 3, 5, 16, tzinfo=UTC)


def test_a_public_notice_counts_as_served_after_five_days_and_then_the_three_begin() -> None:
    # Monday 2 March + 5 days is Saturday: on to Monday 9; + 3 days is Thursday 12
    served, answer_by = rules.compute_times(CALENDAR, ServiceWay.public, date(2026, 3, 2), 3, 5)
    assert served == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert answer_by == datetime(2026, 3, 12, 16, tzinfo=UTC)


def test_preemption_is_settled_after_the_last_holder() -> None:
    one = gate(ClearanceState.open)
    with pytest.raises(ClearanceStateForbids):
        rules.check_settling(one, [right()], NOW)
    rules.check_settling(one, [right(response=RightResponse.waive, responded_at=NOW)], NOW)
    rules.check_settling(one, [], NOW)
    rules.check_settling(gate(ClearanceState.open, ClearanceKind.decision), [right()], NOW)


@pytest.mark.parametrize("state", [ClearanceState.passed, ClearanceState.blocked])
def test_only_an_open_gate_is_settled(state: ClearanceState) -> None:
    with pytest.raises(ClearanceStateForbids):
        rules.check_settling(gate(state), [], NOW)


def test_who_waived_or_was_silent_holds_nothing_any_more() -> None:
    assert right().is_alive
    assert right(response=RightResponse.take_part).is_alive
    assert not right(response=RightResponse.waive).is_alive
    assert not right(response=RightResponse.silent).is_alive
