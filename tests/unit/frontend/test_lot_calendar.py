"""The calendar of lots: what happens on which day of Beijing, and the feed's promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from icalendar import Calendar

from app.auctions.life_types import CalendarEntry
from app.auctions.types import LotOutcome, LotState
from frontend.calendars import write_calendar
from frontend.pages.lot_calendar import happenings_of, next_month, weeks_of

LOT = CalendarEntry(
    number="CJ-2026-000001",
    title="陶瓷涂覆隔膜，独占许可；第一期",
    mode="MULTI",
    state=LotState.registering,
    outcome=None,
    registration_ends_at=datetime(2026, 11, 30, 9, tzinfo=UTC),
    starts_at=datetime(2026, 11, 30, 16, 30, tzinfo=UTC),  # the next day in Beijing
    ends_at=datetime(2026, 12, 1, 9, tzinfo=UTC),
    start_minor=100_000_000,
    version=4,
    changed_at=datetime(2026, 11, 22, tzinfo=UTC),
)


def feed(*lots: CalendarEntry, locale: str = "zh-CN") -> bytes:
    return write_calendar(lots, base="https://market.example", market="科技大市场", locale=locale)


def test_the_feed_says_beijing_s_time_and_a_lasting_name() -> None:
    body = feed(LOT)
    read = Calendar.from_ical(body)
    sale, deadline = read.walk("VEVENT")
    assert sale["UID"] == "CJ-2026-000001@market.example"
    assert sale.decoded("DTSTART").isoformat() == "2026-12-01T00:30:00+08:00"
    assert (sale["SEQUENCE"], sale["STATUS"]) == (4, "CONFIRMED")
    assert sale["URL"] == "https://market.example/lots/CJ-2026-000001"
    assert "陶瓷涂覆隔膜，独占许可；第一期" in str(sale["SUMMARY"])
    assert deadline["UID"] == "CJ-2026-000001-registration@market.example"
    assert b"TZID=Asia/Shanghai" in body
    assert len(read.walk("VTIMEZONE")) == 1
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert feed(LOT) == body


def test_a_lot_that_was_ended_early_is_cancelled_under_the_same_name() -> None:
    for outcome in (LotOutcome.terminated, LotOutcome.annulled):
        gone = replace(LOT, state=LotState.closed, outcome=outcome, version=5)
        [sale, _] = Calendar.from_ical(feed(gone)).walk("VEVENT")
        assert (sale["STATUS"], sale["SEQUENCE"]) == ("CANCELLED", 5)
    sold = replace(LOT, outcome=LotOutcome.won)
    assert Calendar.from_ical(feed(sold)).walk("VEVENT")[0]["STATUS"] == "CONFIRMED"


def test_an_empty_feed_is_a_calendar() -> None:
    assert Calendar.from_ical(feed()).walk("VEVENT") == []


def test_a_month_shows_every_day_of_beijing_once() -> None:
    weeks = weeks_of(date(2026, 11, 1), happenings_of([LOT]), date(2026, 11, 22))
    days = [day for week in weeks for day in week]
    assert len(weeks) == 6
    assert sum(day.inside for day in days) == 30
    assert [day.on for day in days if day.today] == [date(2026, 11, 22)]
    full = {day.on: [one.kind for one in day.happenings] for day in days if day.happenings}
    assert full == {date(2026, 11, 30): ["registers"], date(2026, 12, 1): ["opens", "closes"]}
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
