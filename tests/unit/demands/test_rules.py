"""Rules of demands at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.core.errors import Conflict, DomainError, Invalid, StaleVersion
from app.core.ids import new_id
from app.demands import rules
from app.demands.errors import (
    DemandNotClosable,
    DemandNotEditable,
    DemandNotSubmittable,
    DemandNotUnderReview,
)
from app.demands.types import DemandContent, DemandFacts, DemandState, Origin
from tests.worlds.demands import COMPLETE

TODAY = date(2026, 5, 1)


def facts(state: DemandState = DemandState.draft, **content: Any) -> DemandFacts:
    return DemandFacts(
        id=new_id(),
        number="XQ-2026-000001",
        owner_id=new_id(),
        care_id=new_id(),
        origin=Origin.entered,
        state=state,
        version=3,
        content=replace(COMPLETE, **content),
        expires_at=None,
    )


@pytest.mark.parametrize("state", list(DemandState))
def test_in_which_state_what_may_be_done(state: DemandState) -> None:
    def refusal(check: Any, *arguments: Any) -> type[DomainError] | None:
        try:
            check(facts(state), 3, *arguments)
        except Conflict as error:
            return type(error)
        return None

    writable = state in {DemandState.draft, DemandState.returned}
    assert refusal(rules.check_edit) == (None if writable else DemandNotEditable)
    assert refusal(rules.check_submit, TODAY) == (None if writable else DemandNotSubmittable)
    waits = state is DemandState.submitted
    assert refusal(rules.check_review) == (None if waits else DemandNotUnderReview)
    open_ = state is not DemandState.closed
    assert refusal(rules.check_close) == (None if open_ else DemandNotClosable)


@pytest.mark.parametrize("version", [2, 4])
def test_an_old_version_is_refused(version: int) -> None:
    with pytest.raises(StaleVersion):
        rules.check_edit(facts(), version)
    with pytest.raises(StaleVersion):
        rules.check_submit(facts(), version, TODAY)
    with pytest.raises(StaleVersion):
        rules.check_review(facts(DemandState.submitted), version)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"field": None}, "field"),
        ({"problem": "太短" * 9 + "一"}, "problem"),
        ({"targets": ""}, "targets"),
        ({"cooperation": ()}, "cooperation"),
        ({"deadline_on": date(2026, 4, 30)}, "deadline_on"),
        ({"expires_on": date(2026, 4, 30)}, "expires_on"),
        ({"expires_on": date(2028, 5, 1)}, "expires_on"),
    ],
)
def test_a_gap_keeps_it_from_being_submitted(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_submit(facts(**change), 3, TODAY)
    assert [error.field for error in caught.value.errors] == [field]


def test_today_is_not_past() -> None:
    rules.check_submit(facts(deadline_on=TODAY, expires_on=TODAY), 3, TODAY)
    rules.check_submit(facts(problem="二" * 20, expires_on=date(2028, 4, 30)), 3, TODAY)


def test_a_date_may_pass_while_it_waits() -> None:
    with pytest.raises(Invalid):
        rules.check_publish(facts(DemandState.submitted, expires_on=TODAY), 3, date(2026, 5, 2))


def test_all_faults_of_the_content_are_told_at_once() -> None:
    content = DemandContent(title="", problem="长" * 5001, budget_minor=0)
    with pytest.raises(Invalid) as caught:
        rules.check_content(content, TODAY)
    assert [error.field for error in caught.value.errors] == ["title", "problem", "budget"]


@pytest.mark.parametrize("reason", ["", "短", "长" * 501])
def test_a_return_says_why(reason: str) -> None:
    with pytest.raises(Invalid):
        rules.check_reason(reason)


@pytest.mark.parametrize(
    ("now", "expires_on", "ends"),
    [
        # the last day counts whole, in Shanghai
        (datetime(2026, 5, 1, tzinfo=UTC), TODAY, datetime(2026, 5, 1, 16, tzinfo=UTC)),
        (datetime(2026, 5, 1, tzinfo=UTC), None, datetime(2027, 5, 1, 16, tzinfo=UTC)),
        # 23:59 in London is the next day in Shanghai
        (datetime(2026, 5, 1, 23, 59, tzinfo=UTC), None, datetime(2027, 5, 2, 16, tzinfo=UTC)),
    ],
)
def test_when_it_ends(now: datetime, expires_on: date | None, ends: datetime) -> None:
    assert rules.compute_expiry(replace(COMPLETE, expires_on=expires_on), now) == ends
