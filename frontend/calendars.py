"""Lots as iCalendar (RFC 5545): what opens and what closes, in Beijing time.

A lot keeps its UID for ever; every change of it raises SEQUENCE, and one that was ended early or
undone is CANCELLED, so a calendar that subscribed mends itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from app.auctions.life_types import CalendarEntry
from app.auctions.types import BidMode, LotOutcome
from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n, translate
from app.core.money import format_yuan
from frontend.lot_modes import SHAPES

_CANCELLED: Final = frozenset({LotOutcome.terminated, LotOutcome.annulled})
_PRODUCT: Final = "-//keji-market//lots//ZH"
_REFRESH: Final = "PT1H"


def write_calendar(
    entries: Sequence[CalendarEntry], *, base: str, market: str, locale: str
) -> bytes:
    """The feed. ``base``: the market's address without a slash at its end.

    The same lots give the same bytes: nothing in it is the instant of writing.
    """
    name = translate(locale, Message("%(market)s：竞价日历", market=market))
    calendar = Calendar()
    for key, value in (
        ("prodid", _PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", name),
        ("x-wr-timezone", "Asia/Shanghai"),
        ("refresh-interval;value=duration", _REFRESH),
        ("x-published-ttl", _REFRESH),
    ):
        calendar.add(key, value)
    host = urlsplit(base).hostname or "market.invalid"
    for entry in entries:
        calendar.add_component(_sale(entry, base, host, locale))
        if entry.registration_ends_at is not None:
            calendar.add_component(_deadline(entry, base, host, locale))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _sale(entry: CalendarEntry, base: str, host: str, locale: str) -> Event:
    mode = SHAPES[BidMode(entry.mode)].label
    event = _event(entry, f"{entry.number}@{host}", base)
    event.add("summary", translate(locale, Message("竞价：%(title)s", title=entry.title)))
    event.add("dtstart", _local(entry.starts_at))
    event.add("dtend", _local(max(entry.ends_at, entry.starts_at)))
    about = Message(
        "%(mode)s，起始价 %(start)s。编号 %(number)s。结束时间以标的页面为准。",
        mode=mode,
        start=format_yuan(entry.start_minor),
        number=entry.number,
    )
    event.add("description", translate(locale, about))
    return event


def _deadline(entry: CalendarEntry, base: str, host: str, locale: str) -> Event:
    assert entry.registration_ends_at is not None, "only with a deadline"
    event = _event(entry, f"{entry.number}-registration@{host}", base)
    event.add("summary", translate(locale, Message("报名截止：%(title)s", title=entry.title)))
    event.add("dtstart", _local(entry.registration_ends_at))
    event.add("dtend", _local(entry.registration_ends_at))
    event.add("transp", "TRANSPARENT")
    return event


def _event(entry: CalendarEntry, uid: str, base: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.version)
    event.add("status", "CANCELLED" if entry.outcome in _CANCELLED else "CONFIRMED")
    event.add("url", f"{base}/lots/{entry.number}")
    return event


def _local(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI).replace(microsecond=0)


CALENDAR_LABELS: Final = {
    "opens": _n("开始报价"),
    "closes": _n("预定结束"),
    "closed": _n("竞价结束"),
    "registers": _n("报名截止"),
}
