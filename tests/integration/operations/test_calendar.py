"""A year's holidays as the keeper of the market enters them."""

from __future__ import annotations

from datetime import date

import pytest
import typer

from app.core.calendar import compute_end_in_working_days, enter_year, load_calendar
from app.core.tx import Tx
from app.operating_cli import read_span


async def test_a_year_that_was_entered_is_no_longer_provisional_and_replaces_itself(tx: Tx) -> None:
    before = await tx.run(load_calendar)
    assert compute_end_in_working_days(before, date(2026, 12, 31), 3).provisional
    days = {day: (False, name) for day, name in read_span("2027-01-01..2027-01-04=元旦", 2027)}
    for _ in range(2):
        await tx.run(enter_year, year=2027, source="通知", days=days)
    after = await tx.run(load_calendar)
    end = compute_end_in_working_days(after, date(2026, 12, 31), 3)
    assert (end.last_day, end.provisional) == (date(2027, 1, 7), False)
    assert after.is_working(date(2026, 10, 10)) is before.is_working(date(2026, 10, 10))


@pytest.mark.parametrize(
    "span",
    ["2027-01-01", "2026-12-31=元旦", "2027-01-03..2027-01-01=元旦", "01/01/2027=元旦", "=元旦"],
)
def test_what_is_no_span_of_the_year_is_refused(span: str) -> None:
    with pytest.raises(typer.Exit):
        read_span(span, 2027)
