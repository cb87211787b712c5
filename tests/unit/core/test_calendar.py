import importlib.util
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from app.core.calendar import (
    WorkingCalendar,
    compute_end_in_days,
    compute_end_in_working_days,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIGRATION = Path(__file__).parents[3] / "migrations/versions/20261122_0001_core.py"


def seeded() -> WorkingCalendar:
    """The calendar as the migration seeds it."""
    spec = importlib.util.spec_from_file_location("core_migration", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    exceptions = {
        date.fromordinal(n): working
        for first, last, working, _ in module.SPANS
        for n in range(
            date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1
        )
    }
    return WorkingCalendar(frozenset(year for year, _ in module.YEARS), exceptions)


CALENDAR = seeded()


def test_every_day_of_2025_and_2026_agrees_with_chinesecalendar() -> None:
    day = date(2025, 1, 1)
    while day < date(2027, 1, 1):
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("case", "start", "days", "last"),
    [
        ("fifteen days, starting day not counted", date(2025, 1, 1), 15, date(2025, 1, 16)),
        ("ends on a Saturday: Monday", date(2025, 3, 7), 1, date(2025, 3, 10)),
        ("ends on a make-up Saturday: that day", date(2025, 2, 7), 1, date(2025, 2, 8)),
        ("ends inside National Day week", date(2025, 9, 25), 7, date(2025, 10, 9)),
    ],
)
def test_a_period_of_days(case: str, start: date, days: int, last: date) -> None:
    end = compute_end_in_days(CALENDAR, start, days)
    assert end.last_day == last, case
    assert end.ends_at == datetime(last.year, last.month, last.day, tzinfo=SHANGHAI) + timedelta(1)
    assert not end.provisional


@pytest.mark.parametrize(
    ("case", "start", "days", "last"),
    [
        ("five working days over a weekend", date(2025, 3, 6), 5, date(2025, 3, 13)),
        ("make-up Sunday counts", date(2025, 4, 25), 2, date(2025, 4, 28)),
        ("over Spring Festival", date(2025, 1, 27), 1, date(2025, 2, 5)),
    ],
)
def test_a_period_of_working_days(case: str, start: date, days: int, last: date) -> None:
    assert compute_end_in_working_days(CALENDAR, start, days).last_day == last, case


def test_beyond_the_known_years_the_end_is_provisional_and_fixed_holidays_count() -> None:
    end = compute_end_in_working_days(CALENDAR, date(2026, 12, 31), 1)
    assert end.last_day == date(2027, 1, 4)
    assert end.provisional


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_lengths_that_are_no_period_are_refused(days: int) -> None:
    with pytest.raises(ValueError, match="period"):
        compute_end_in_days(CALENDAR, date(2025, 1, 1), days)
