"""Admission at its edges: spans, what an application lacks, the closed list, who may decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.auctions import admission_rules as rules
from app.auctions.admission_errors import (
    ApplicationStateForbids,
    DeciderBarred,
    LotNotYetOpenForJoining,
)
from app.auctions.admission_types import (
    CHOSEN,
    ApplicationFacts,
    ApplicationState,
    RefusalReason,
    Requirements,
)
from app.auctions.engine.types import BidMode, Criterion, Head, LotState, Terms, Tier
from app.auctions.errors import LotNotOpenForJoining
from app.core.errors import Invalid
from app.core.ids import new_id

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
POWER = Criterion("power", "年产能", "吨", 4_000, 1_000)
NEEDS = Requirements(
    reviewed=True,
    conditions="具有生产条件",
    documents=("营业执照", "生产许可"),
    criteria=(POWER,),
    deposit_minor=0,
    joins_from=NOW,
    joins_until=NOW + HOUR,
    decides_until=NOW + 2 * HOUR,
)
NOTHING = replace(NEEDS, reviewed=False, conditions="", documents=(), criteria=())


def facts(state: ApplicationState, **given: object) -> ApplicationFacts:
    made = ApplicationFacts(new_id(), new_id(), new_id(), state, None, None, None)
    return replace(made, **given)  # type: ignore[arg-type]


def terms(**given: object) -> Terms:
    made = Terms(
        BidMode.multi, 100, (Tier(100, 10),), NOW + 2 * HOUR, NOW + 3 * HOUR, 300,
        registration_starts_at=NOW, registration_ends_at=NOW + HOUR,
    )  # fmt: skip
    return replace(made, **given)  # type: ignore[arg-type]


def requirements(of: Terms, **given: object) -> Requirements:
    head = Head(LotState.registering, NOW + 3 * HOUR, NOW + 4 * HOUR, shift=timedelta(minutes=5))
    asked = {"reviewed": False, "conditions": "", "documents": (), "deposit_minor": 0} | given
    return rules.compute_requirements(of, head, **asked)  # type: ignore[arg-type]


def test_who_applied_in_time_is_decided_on_until_the_sale_opens() -> None:
    needs = requirements(terms())
    assert needs.joins_from == NOW + timedelta(minutes=5)
    assert needs.joins_until == NOW + HOUR + timedelta(minutes=5)
    assert needs.decides_until == NOW + 2 * HOUR + timedelta(minutes=5)


def test_a_lot_without_registration_decides_as_long_as_it_lets_join() -> None:
    open_ended = terms(mode=BidMode.dynamic, registration_starts_at=None, registration_ends_at=None)
    needs = requirements(open_ended)
    assert needs.joins_from is None
    assert needs.joins_until == needs.decides_until == NOW + 3 * HOUR + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("asked", "reviewed", "at_once"),
    [
        ({}, False, True),
        ({"reviewed": True}, True, False),
        ({"conditions": "有"}, True, False),
        ({"documents": ("执照",)}, True, False),
        ({"deposit_minor": 1}, False, False),
    ],
)
def test_whoever_has_to_bring_something_is_not_admitted_at_once(
    asked: dict[str, object], reviewed: bool, at_once: bool
) -> None:
    needs = requirements(terms(), **asked)
    assert (needs.reviewed, needs.at_once) == (reviewed, at_once)


def test_registration_begins_at_its_instant_and_ends_before_its_end() -> None:
    with pytest.raises(LotNotYetOpenForJoining):
        rules.check_span(NEEDS, LotState.announced, NOW - TICK)
    rules.check_span(NEEDS, LotState.registering, NOW)
    rules.check_span(NEEDS, LotState.registering, NOW + HOUR - TICK)
    with pytest.raises(LotNotOpenForJoining):
        rules.check_span(NEEDS, LotState.registering, NOW + HOUR)
    with pytest.raises(LotNotOpenForJoining):
        rules.check_span(NEEDS, LotState.closed, NOW)


def test_everything_that_lacks_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_application(
            NEEDS, statement="", confirmed=False, brought=frozenset({0}), values={}
        )
    fields = [error.field for error in refused.value.errors]
    assert fields == ["statement", "confirmed", "document-1", "value-power"]


@pytest.mark.parametrize("value", [0, 1, 1_000_000])
def test_a_whole_application_passes(value: int) -> None:
    rules.check_application(
        NEEDS,
        statement="有厂房",
        confirmed=True,
        brought=frozenset({0, 1}),
        values={"power": value},
    )
    rules.check_application(NOTHING, statement="", confirmed=False, brought=frozenset(), values={})


@pytest.mark.parametrize("value", [-1, 2**63])
def test_a_value_that_no_row_holds_is_refused(value: int) -> None:
    with pytest.raises(Invalid):
        rules.check_application(
            NEEDS,
            statement="有",
            confirmed=True,
            brought=frozenset({0, 1}),
            values={"power": value},
        )


def test_bars_have_an_order_and_staff_comes_first() -> None:
    bar = rules.find_bar
    assert bar(related=True, staff=True, defaulted=True) is RefusalReason.staff
    assert bar(related=True, staff=False, defaulted=True) is RefusalReason.related_party
    assert bar(related=False, staff=False, defaulted=True) is RefusalReason.defaulted_before
    assert bar(related=False, staff=False, defaulted=False) is None


def test_every_reason_of_the_closed_list_has_a_sentence_and_a_source() -> None:
    for reason in RefusalReason:
        assert reason.label
        assert reason.source


@pytest.mark.parametrize("reason", [one for one in RefusalReason if one not in CHOSEN])
def test_an_operator_cannot_find_what_follows_from_the_record(reason: RefusalReason) -> None:
    with pytest.raises(Invalid):
        rules.check_decision(
            facts(ApplicationState.submitted), accept=False, reason=reason, note="不符合"
        )


def test_a_refusal_needs_a_reason_and_words() -> None:
    one = facts(ApplicationState.submitted)
    with pytest.raises(Invalid) as refused:
        rules.check_decision(one, accept=False, reason=None, note="")
    assert [error.field for error in refused.value.errors] == ["reason", "note"]
    rules.check_decision(one, accept=True, reason=None, note="")


@pytest.mark.parametrize(
    "state", [state for state in ApplicationState if state is not ApplicationState.submitted]
)
def test_an_application_is_decided_once(state: ApplicationState) -> None:
    with pytest.raises(ApplicationStateForbids):
        rules.check_decision(facts(state), accept=True, reason=None, note="")


def test_who_decided_does_not_answer_the_complaint() -> None:
    one = facts(ApplicationState.refused, decided_by=new_id())
    rules.check_answerer(one, new_id())
    with pytest.raises(DeciderBarred):
        rules.check_answerer(one, one.decided_by)


@pytest.mark.parametrize(
    ("state", "lapse"),
    [
        (ApplicationState.submitted, RefusalReason.not_decided),
        (ApplicationState.accepted, RefusalReason.deposit_missing),
        (ApplicationState.admitted, None),
        (ApplicationState.refused, None),
        (ApplicationState.withdrawn, None),
    ],
)
def test_what_waits_lapses_at_the_end(state: ApplicationState, lapse: RefusalReason | None) -> None:
    end = NEEDS.decides_until
    one = facts(state)
    assert rules.find_lapse(one, NEEDS, LotState.free, end - TICK) is None
    assert rules.find_lapse(one, NEEDS, LotState.free, end) is lapse
    over = RefusalReason.lot_ended if lapse else None
    assert rules.find_lapse(one, NEEDS, LotState.closed, NOW) is over
