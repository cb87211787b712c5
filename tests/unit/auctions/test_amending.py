"""Change announcements: what may change when, and what becomes of the head."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auctions.amendment_rules import (
    apply_changes,
    check_amendment,
    describe_change,
    prepare_check,
)
from app.auctions.engine.amending import amended
from app.auctions.engine.codec import from_json
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    BidMode,
    LotState,
    Preference,
    ReserveKind,
    Step,
    Terms,
    Tier,
)
from app.auctions.errors import LotStateForbids
from app.auctions.life_types import Amendment
from app.auctions.lot_terms import LotTerms
from app.auctions.terms_rules import Bounds
from app.core.errors import Invalid
from tests.unit.auctions.engine.stage import (
    DYNAMIC,
    FIRST_END,
    FREE_ENDS,
    MULTI,
    ONCE,
    OPENS,
    SECOND,
    START,
    STEP,
)

DAY = timedelta(days=1)
BEFORE = OPENS - DAY
LOT = LotTerms(
    START,
    STEP,
    OPENS,
    FREE_ENDS,
    300,
    mode=BidMode.multi,
    registration_ends_at=OPENS,
    tiers=(Tier(START, STEP),),
    deposit_minor=10_00,
    deposit_due_at=OPENS,
)


@pytest.mark.parametrize("terms", [DYNAMIC, MULTI, ONCE])
def test_before_the_opening_everything_moves_with_the_times(terms: Terms) -> None:
    mode = MODES[terms.mode]
    later = replace(
        terms,
        free_starts_at=OPENS + DAY,
        free_ends_at=FREE_ENDS + DAY,
        registration_ends_at=OPENS + DAY if terms.registration_ends_at else None,
        start_minor=2 * START,
        tiers=(Tier(2 * START, STEP),) if terms.tiers else (),
    )
    head = replace(mode.begin(terms), shift=DAY)
    after, change = amended(mode, terms, later, head, BEFORE, statement="推迟")
    assert change.step is Step.amended
    assert after.cycle_starts_at - mode.begin(terms).cycle_starts_at == 2 * DAY
    assert mode.phase(later, after, OPENS + DAY) is not LotState.free
    assert mode.least(later, after, OPENS + 2 * DAY) == 2 * START
    assert from_json(Terms, change.facts["before"]) == terms
    assert from_json(Terms, change.facts["after"]) == later


@pytest.mark.parametrize(
    ("terms", "changes", "at"),
    [
        (DYNAMIC, {"preference": Preference.match}, BEFORE),
        (DYNAMIC, {"mode": BidMode.multi}, BEFORE),
        (DYNAMIC, {"reserve_kind": ReserveKind.open, "open_reserve_minor": START}, BEFORE),
        (DYNAMIC, {"start_minor": START + STEP}, OPENS),
        (DYNAMIC, {"free_ends_at": FREE_ENDS - SECOND}, OPENS),
        (DYNAMIC, {"free_ends_at": FREE_ENDS + DAY}, FREE_ENDS),
        (ONCE, {"free_ends_at": FREE_ENDS + DAY}, FREE_ENDS),
    ],
)
def test_the_engine_refuses_what_was_announced_for_good(
    terms: Terms, changes: dict[str, Any], at: Any
) -> None:
    mode = MODES[terms.mode]
    head = mode.begin(terms)
    with pytest.raises(ValueError, match=r"announced for good|put off|span is over"):
        amended(mode, terms, replace(terms, **changes), head, at)


def test_in_the_free_period_the_end_may_be_put_off() -> None:
    mode = MODES[BidMode.dynamic]
    longer = replace(DYNAMIC, free_ends_at=FREE_ENDS + DAY)
    after, _ = amended(mode, DYNAMIC, longer, mode.begin(DYNAMIC), FREE_ENDS - SECOND)
    assert after.cycle_ends_at == FIRST_END + DAY


def test_what_stands_at_an_instant_moves_with_it() -> None:
    after = apply_changes(LOT, Amendment(free_starts_at=OPENS + DAY, free_ends_at=FREE_ENDS + DAY))
    assert after.registration_ends_at == after.deposit_due_at == OPENS + DAY
    priced = apply_changes(LOT, Amendment(start_minor=2 * START))
    assert priced.tiers == (Tier(2 * START, STEP),)
    assert apply_changes(LOT, Amendment(step_minor=STEP * 2)).tiers == (Tier(START, STEP * 2),)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (Amendment(), ""),
        (Amendment(start_minor=START), ""),
        (Amendment(free_starts_at=OPENS - SECOND), "free_starts_at"),
        (Amendment(registration_ends_at=OPENS - SECOND), "registration_ends_at"),
        (Amendment(reserve_minor=START), "reserve"),
    ],
)
def test_nothing_sooner_nothing_sealed_and_not_nothing(changes: Amendment, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_amendment(LOT, apply_changes(LOT, changes), LotState.registering)
    assert field in [one.field for one in refused.value.errors]


@pytest.mark.parametrize(
    ("state", "changes", "allowed"),
    [
        (LotState.registering, Amendment(start_minor=2 * START), True),
        (LotState.free, Amendment(free_ends_at=FREE_ENDS + DAY), True),
        (LotState.free, Amendment(start_minor=2 * START), False),
        (LotState.free, Amendment(viewing="另行预约"), False),
        (LotState.limited, Amendment(free_ends_at=FREE_ENDS + DAY), False),
        (LotState.suspended, Amendment(free_ends_at=FREE_ENDS + DAY), False),
        (LotState.closed, Amendment(free_ends_at=FREE_ENDS + DAY), False),
    ],
)
def test_what_may_change_when(state: LotState, changes: Amendment, allowed: bool) -> None:
    after = apply_changes(LOT, changes)
    if allowed:
        check_amendment(LOT, after, state)
    else:
        with pytest.raises(LotStateForbids):
            check_amendment(LOT, after, state)


def test_content_is_announced_anew_and_other_things_are_not() -> None:
    bounds = Bounds(BEFORE, registration_end=OPENS + DAY)
    _, counted = prepare_check(LOT, apply_changes(LOT, Amendment(start_minor=2 * START)), bounds)
    assert counted == bounds
    _, plain = prepare_check(LOT, apply_changes(LOT, Amendment(viewing="预约")), bounds)
    assert plain == Bounds(BEFORE)
    begun = replace(LOT, registration_starts_at=BEFORE - DAY, deposit_due_at=BEFORE - SECOND)
    asked, _ = prepare_check(begun, replace(begun, viewing="预约"), bounds)
    assert asked.registration_starts_at is None
    assert asked.deposit_due_at is None


def test_old_and_new_words_are_kept() -> None:
    after = apply_changes(LOT, Amendment(deposit_minor=20_00, conditions="须有同类业绩"))
    assert describe_change(LOT, after) == {
        "deposit_minor": [10_00, 20_00],
        "conditions": ["", "须有同类业绩"],
    }
