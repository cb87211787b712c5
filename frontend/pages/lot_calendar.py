"""The calendar of lots: a month, or a list, and the same as an iCalendar feed."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.auctions import service
from app.auctions.life_types import CalendarEntry
from app.auctions.types import BidMode
from app.core.clock import SHANGHAI
from app.core.tx import UnitOfWork
from app.core.web import ActorDep, TxDep
from frontend.calendars import CALENDAR_LABELS, write_calendar
from frontend.choices import options
from frontend.lot_modes import SHAPES
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

_MONTH: Final = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])")
# A lot that opened so long ago may still close in the month that is shown.
_BEFORE: Final = timedelta(days=180)
_FEED_BEFORE: Final = timedelta(days=60)
_FEED_AFTER: Final = timedelta(days=300)
_MAX_AGE_S: Final = 300


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens to a lot: it opens, closes, or registration ends."""

    kind: str
    label: str
    at: datetime
    lot: CalendarEntry


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month's table; ``inside`` False for those of its neighbours."""

    on: date
    inside: bool
    today: bool
    happenings: Sequence[Happening]


async def read_span(
    uow: UnitOfWork, *, from_: datetime, until: datetime, mode: BidMode | None
) -> tuple[list[CalendarEntry], datetime]:
    """Lots that open in a span, and the market's time."""
    return await service.list_calendar(uow, from_=from_, until=until, mode=mode), uow.now


async def read_month(
    uow: UnitOfWork, *, month: str, mode: BidMode | None
) -> tuple[list[CalendarEntry], datetime, date]:
    """The lots of a month (``2026-11``; this one when it is none), the time, the month's first."""
    match = _MONTH.fullmatch(month)
    today = uow.now.astimezone(SHANGHAI).date()
    first = date(int(match[1]), int(match[2]), 1) if match else today.replace(day=1)
    start = midnight(first - timedelta(days=7)) - _BEFORE
    found, now = await read_span(
        uow, from_=start, until=midnight(next_month(first) + timedelta(days=7)), mode=mode
    )
    return found, now, first


@router.get("/lots/calendar", name="lot_calendar")
async def show(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    month: str = "",
    mode: str = "",
    view: str = "",
) -> Response:
    """What opens, closes and registers in a month, by day or as a list."""
    del actor  # read for the page's head
    chosen = BidMode(mode) if mode in [*BidMode] else None
    found, now, first = await tx.run(read_month, month=month, mode=chosen)
    events = happenings_of(found)
    last = next_month(first)
    inside = [one for one in events if first <= _day(one.at) < last]
    return page(
        request,
        "auctions/calendar.html",
        first=first,
        before=(first - timedelta(days=1)).strftime("%Y-%m"),
        behind=last.strftime("%Y-%m"),
        weeks=weeks_of(first, events, now.astimezone(SHANGHAI).date()),
        happenings=inside,
        listed=view == "list",
        mode=str(chosen or ""),
        modes=options(
            request, {one: SHAPES[one].label for one in SHAPES if one is not BidMode.tender}
        ),
        feed=request.app.state.settings.public_url.rstrip("/") + "/lots/calendar.ics",
    )


@router.get("/lots/calendar.ics", name="lot_calendar_feed")
async def feed(request: Request, tx: TxDep, mode: str = "") -> Response:
    """The calendar to subscribe to; asked for again only when something changed."""
    chosen = BidMode(mode) if mode in [*BidMode] else None

    async def read(uow: UnitOfWork) -> list[CalendarEntry]:
        # why: whole days, so that the same lots give the same feed all day long
        today = midnight(uow.now.astimezone(SHANGHAI).date())
        found, _ = await read_span(
            uow, from_=today - _FEED_BEFORE, until=today + _FEED_AFTER, mode=chosen
        )
        return found

    settings = request.app.state.settings
    body = write_calendar(
        await tx.run(read),
        base=settings.public_url.rstrip("/"),
        market=settings.name,
        locale=locale_of(request),
    )
    headers = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": f"public, max-age={_MAX_AGE_S}",
        "Vary": "Cookie, Accept-Language",
        "Content-Disposition": 'inline; filename="lots.ics"',
    }
    asked = request.headers.get("if-none-match", "")
    if headers["ETag"] in (one.strip().removeprefix("W/") for one in asked.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def happenings_of(entries: Sequence[CalendarEntry]) -> list[Happening]:
    """What happens to lots, in order of time."""
    found = []
    for lot in entries:
        instants = {
            "registers": lot.registration_ends_at,
            "opens": lot.starts_at,
            "closes" if lot.outcome is None else "closed": lot.ends_at,
        }
        found += [
            Happening(kind, CALENDAR_LABELS[kind], at, lot)
            for kind, at in instants.items()
            if at is not None
        ]
    return sorted(found, key=lambda one: (one.at, one.lot.number, one.kind))


def weeks_of(first: date, events: Sequence[Happening], today: date) -> list[list[Day]]:
    """The month as weeks from Monday to Sunday."""
    by_day: dict[date, list[Happening]] = {}
    for one in events:
        by_day.setdefault(_day(one.at), []).append(one)
    return [
        [Day(on, on.month == first.month, on == today, by_day.get(on, ())) for on in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def midnight(day: date) -> datetime:
    """The beginning of a day in Beijing."""
    return datetime.combine(day, time.min, SHANGHAI)


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()
