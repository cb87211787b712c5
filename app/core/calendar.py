"""Working days (工作日): an editable calendar, and the arithmetic of periods on it.

Sources: Civil Code 200-204 (the starting day is not counted; a period that ends on a
non-working day ends on the next working day; ends at 24:00), State Council holiday notices for
2025 and 2026 (rows, editable). Days of years without rows are guessed: Monday to Friday less
fixed-date holidays, and the answer says so (``provisional``, shown as 暂定).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import SHANGHAI
from app.core.db import Base
from app.core.tx import UnitOfWork

_ONE_DAY = timedelta(days=1)
# New Year, Labour Day, National Day: the statutory holidays whose dates do not move
_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
_MAX_PERIOD_DAYS = 3660


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday, or a make-up working day (调休)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    note: Mapped[str]


class CalendarYear(Base):
    """A year whose State Council notice has been entered."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The calendar as plain values, for rules."""

    years: frozenset[int]
    exceptions: Mapping[date, bool]

    def is_working(self, day: date) -> bool:
        if day in self.exceptions:
            return self.exceptions[day]
        if day.year not in self.years and (day.month, day.day) in _FIXED_HOLIDAYS:
            return False
        return day.isoweekday() <= 5

    def next_working_day(self, day: date) -> date:
        """The day itself when it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """The end of a period: exclusive instant (24:00 of ``last_day``), and whether it is 暂定."""

    last_day: date
    ends_at: datetime
    provisional: bool


def _end_of(calendar: WorkingCalendar, last_day: date) -> PeriodEnd:
    midnight = datetime.combine(last_day + _ONE_DAY, time(), tzinfo=SHANGHAI)
    return PeriodEnd(last_day, midnight, provisional=last_day.year not in calendar.years)


def compute_end_in_days(calendar: WorkingCalendar, start: date, days: int) -> PeriodEnd:
    """End of a period of calendar days (日) that starts on ``start``, a day in Shanghai."""
    _check_length(days)
    return _end_of(calendar, calendar.next_working_day(start + timedelta(days=days)))


def compute_end_in_working_days(calendar: WorkingCalendar, start: date, days: int) -> PeriodEnd:
    """End of a period of working days (工作日) that starts on ``start``, a day in Shanghai."""
    _check_length(days)
    day = start
    for _ in range(days):
        day = calendar.next_working_day(day + _ONE_DAY)
    return _end_of(calendar, day)


def _check_length(days: int) -> None:
    if not 0 < days <= _MAX_PERIOD_DAYS:
        raise ValueError(f"a period lasts 1 to {_MAX_PERIOD_DAYS} days")


async def enter_year(
    uow: UnitOfWork, *, year: int, source: str, days: Mapping[date, tuple[bool, str]]
) -> None:
    """Enter a year's notice in the place of what was there: day → (working, name)."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    await uow.session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last)))
    await uow.session.execute(delete(CalendarYear).where(CalendarYear.year == year))
    uow.session.add(CalendarYear(year=year, source=source))
    uow.session.add_all(
        CalendarDay(day=day, is_working=works, note=name) for day, (works, name) in days.items()
    )
    await uow.session.flush()


async def load_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Read the whole calendar (a few dozen rows a year)."""
    years = (await uow.session.scalars(select(CalendarYear.year))).all()
    days = (await uow.session.execute(select(CalendarDay.day, CalendarDay.is_working))).all()
    exceptions = {row.day: row.is_working for row in days}
    return WorkingCalendar(frozenset(years), exceptions)
