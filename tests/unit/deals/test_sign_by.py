"""Until when a contract is to be signed: five working days, the day of the price not counted."""

from datetime import UTC, date, datetime

import pytest

from app.core.calendar import WorkingCalendar
from app.deals.rules import compute_sign_by

CALENDAR = WorkingCalendar(
    frozenset({2026}),
    {date(2026, 10, n): False for n in range(1, 8)} | {date(2026, 10, 10): True},
)


@pytest.mark.parametrize(
    ("case", "priced_at", "last_day", "provisional"),
    [
        ("a Monday", datetime(2026, 11, 23, 2, tzinfo=UTC), date(2026, 11, 30), False),
        ("a Sunday", datetime(2026, 11, 22, 2, tzinfo=UTC), date(2026, 11, 27), False),
        (
            "late in the evening in London is the next day here",
            datetime(2026, 11, 22, 17, tzinfo=UTC),
            date(2026, 11, 30),
            False,
        ),
        (
            "before a holiday and a make-up day",
            datetime(2026, 9, 30, 2, tzinfo=UTC),
            date(2026, 10, 13),
            False,
        ),
        ("into an unknown year", datetime(2026, 12, 30, 2, tzinfo=UTC), date(2027, 1, 7), True),
    ],
)
def test_five_working_days(
    case: str, priced_at: datetime, last_day: date, provisional: bool
) -> None:
    found = compute_sign_by(CALENDAR, priced_at)
    assert found.last_day == last_day
    assert found.provisional is provisional
