"""When a lot closes, when it is suspended, when it waits: every edge of the outage rule."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.auctions.rules import check_terms, decide_close, find_outage, overlaps, pick_code
from app.auctions.types import Close, Gap, LotState, LotTerms, RulebookParams, Suspend, Wait
from app.core.errors import Invalid
from tests.unit.auctions.test_bids import FREE_ENDS, LED, MOMENT, OPENS

LIMITED = replace(LED, state=LotState.limited)
START, END = LIMITED.cycle_starts_at, LIMITED.cycle_ends_at
SECOND = timedelta(seconds=1)
TOLERANCE = 5 * SECOND
CLOSE = Close(END)
WAIT = Wait(END)


def gap(start: datetime, end: datetime | None) -> Gap:
    return Gap(start, end)


@pytest.mark.parametrize(
    ("case", "outages", "last_beat", "now", "answer"),
    [
        ("running", [], START + SECOND, START + 2 * SECOND, WAIT),
        ("over, beat at the end itself", [], END, END + SECOND, CLOSE),
        ("over, last beat a moment before the end", [], END - MOMENT, END + SECOND, WAIT),
        ("beat after the end, long after", [], END + SECOND, END + 3600 * SECOND, CLOSE),
        ("never served", [], None, END + 3600 * SECOND, WAIT),
        ("silence of just the tolerance", [], END - SECOND, END + 4 * SECOND, WAIT),
        (
            "silence longer than that",
            [],
            END - SECOND,
            END + 4 * SECOND + MOMENT,
            Suspend(gap(END - SECOND, None)),
        ),
        (
            "silence in the middle of the cycle",
            [],
            START + SECOND,
            START + 7 * SECOND,
            Suspend(gap(START + SECOND, None)),
        ),
        (
            "silence from before the cycle",
            [],
            START - SECOND,
            START + 5 * SECOND,
            Suspend(gap(START - SECOND, None)),
        ),
        (
            "outage of just the tolerance",
            [gap(END - 2 * SECOND, END + 3 * SECOND)],
            END + 3 * SECOND,
            END + 3 * SECOND,
            CLOSE,
        ),
        (
            "outage longer than that",
            [gap(END - 2 * SECOND, END + 3 * SECOND + MOMENT)],
            END + 4 * SECOND,
            END + 4 * SECOND,
            Suspend(gap(END - 2 * SECOND, END + 3 * SECOND + MOMENT)),
        ),
        (
            "long outage that ended as the cycle began",
            [gap(START - 60 * SECOND, START)],
            END,
            END,
            CLOSE,
        ),
        (
            "long outage that reached into the cycle",
            [gap(START - 60 * SECOND, START + MOMENT)],
            END,
            END,
            Suspend(gap(START - 60 * SECOND, START + MOMENT)),
        ),
        (
            "long outage that began as the cycle ended",
            [gap(END, END + 60 * SECOND)],
            END + 60 * SECOND,
            END + 60 * SECOND,
            CLOSE,
        ),
        (
            "two short outages",
            [gap(START, START + 4 * SECOND), gap(START + 9 * SECOND, START + 13 * SECOND)],
            END,
            END,
            CLOSE,
        ),
        (
            "outage in a cycle still running",
            [gap(START + SECOND, START + 9 * SECOND)],
            START + 9 * SECOND,
            START + 9 * SECOND,
            Suspend(gap(START + SECOND, START + 9 * SECOND)),
        ),
    ],
)
def test_the_close(
    case: str,
    outages: list[Gap],
    last_beat: datetime | None,
    now: datetime,
    answer: Close | Suspend | Wait,
) -> None:
    found = decide_close(
        LIMITED, outages=outages, last_beat=last_beat, now=now, tolerance=TOLERANCE
    )
    assert found == answer


def test_the_first_of_several_long_outages_is_named() -> None:
    early = gap(START + SECOND, START + 8 * SECOND)
    late = gap(START + 20 * SECOND, START + 60 * SECOND)
    found = decide_close(
        LIMITED, outages=[late, early], last_beat=END, now=END, tolerance=TOLERANCE
    )
    assert found == Suspend(early)


def test_a_gap_that_lasts_overlaps_everything_after_its_start() -> None:
    assert overlaps(Gap(START, None), START, END)
    assert overlaps(Gap(END - MOMENT, None), START, END)
    assert not overlaps(Gap(END, None), START, END)


def test_beats_close_together_are_no_outage() -> None:
    assert find_outage(START, START + 2 * SECOND, 2 * SECOND) is None
    found = find_outage(START, START + 2 * SECOND + MOMENT, 2 * SECOND)
    assert found == Gap(START, START + 2 * SECOND + MOMENT)


def test_codes_are_free_ones_and_grow_a_digit_when_they_run_out() -> None:
    assert pick_code([], 0) == "C01"
    assert pick_code([], 98) == "C99"
    assert pick_code([], 99) == "C01"
    assert pick_code(["C01", "C02"], 0) == "C03"
    two = [f"C{n:02d}" for n in range(1, 100)]
    assert pick_code(two[:-1], 12345) == "C99"
    assert pick_code(two, 0) == "C100"
    three = two + [f"C{n}" for n in range(100, 1000)]
    assert pick_code(three, 0) == "C100000"


RULES = RulebookParams(
    outage_tolerance_s=5,
    resume_after_s=600,
    min_window_s=60,
    max_window_s=86400,
    leader_may_raise=False,
)
TERMS = LotTerms(100_00, 1_00, OPENS, FREE_ENDS, 60)


@pytest.mark.parametrize(
    ("case", "terms", "field"),
    [
        ("good", TERMS, None),
        ("at once", replace(TERMS, free_starts_at=None), None),
        ("no start price", replace(TERMS, start_minor=0), "start"),
        ("absurd start price", replace(TERMS, start_minor=10**15 + 1), "start"),
        ("no step", replace(TERMS, step_minor=0), "step"),
        ("opens in the past", replace(TERMS, free_starts_at=OPENS - MOMENT), "free_starts_at"),
        (
            "opens in two years",
            replace(
                TERMS,
                free_starts_at=OPENS + timedelta(days=730),
                free_ends_at=OPENS + timedelta(days=731),
            ),
            "free_starts_at",
        ),
        ("ends as it opens", replace(TERMS, free_ends_at=OPENS), "free_ends_at"),
        (
            "free for two years",
            replace(TERMS, free_ends_at=OPENS + timedelta(days=730)),
            "free_ends_at",
        ),
        ("window a second short", replace(TERMS, window_s=59), "window_s"),
        ("window of a day", replace(TERMS, window_s=86400), None),
        ("window longer than a day", replace(TERMS, window_s=86401), "window_s"),
    ],
)
def test_terms_of_a_lot(case: str, terms: LotTerms, field: str | None) -> None:
    if field is None:
        check_terms(terms, RULES, OPENS)
        return
    with pytest.raises(Invalid) as refused:
        check_terms(terms, RULES, OPENS)
    assert [error.field for error in refused.value.errors] == [field]


def test_every_fault_of_the_terms_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_terms(LotTerms(0, 0, OPENS, OPENS - MOMENT, 1), RULES, OPENS)
    assert len(refused.value.errors) == 4
