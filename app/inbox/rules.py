"""Pure decisions of the inbox: when a digest is due, when to try again, when to give up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zlib import crc32

from app.core.clock import SHANGHAI
from app.inbox.types import MailMode

DIGEST_AT: Final = time(8)  # our default; Beijing time, all year: China keeps no summer time
DIGEST_ITEMS: Final = 30  # a longer list is read on the page

LEASE: Final = timedelta(minutes=2)  # how long a worker may have an item in hand
_MINUTE: Final = 60
_HOUR: Final = 3600
# Pauses after the first, second, … failure; after the last one the item is given up (our default).
MAIL_PAUSES_S: Final = (60, 300, 900, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR)
# A code is good for minutes: trying for a day would only surprise whoever asked for it.
SECRET_PAUSES_S: Final = (10, 30, 2 * _MINUTE, 5 * _MINUTE)
# About a day in all, as Standard Webhooks suggests.
WEBHOOK_PAUSES_S: Final = (
    5,
    60,
    5 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    2 * _HOUR,
    4 * _HOUR,
    8 * _HOUR,
    8 * _HOUR,
)
_SPREAD: Final = 0.2  # a pause is up to a fifth longer, so that rivals do not come back together

# An endpoint that has answered nothing for so long, and has exhausted an event, is disabled.
FAILING_TOO_LONG: Final = timedelta(hours=20)

KEEP_READ: Final = timedelta(days=400)  # messages: at least a year
KEEP_SENT: Final = timedelta(days=90)  # mails and deliveries that are over
MAX_ENDPOINTS: Final = 10  # of one organisation


def compute_digest_due(now: datetime) -> datetime:
    """The next 08:00 in Beijing strictly after an instant."""
    local = now.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), DIGEST_AT, SHANGHAI)
    return due if due > local else due + timedelta(days=1)


def is_mailed_at_once(mail: MailMode, *, urgent: bool) -> bool:
    """Whether a message is mailed by itself, now."""
    return mail is MailMode.at_once or (mail is MailMode.daily and urgent)


def compute_pause(pauses_s: Sequence[int], attempts: int, item: UUID) -> timedelta | None:
    """How long to wait after the ``attempts``-th failure; None: give up.

    The spread is drawn from the item and the attempt, so the same failure always waits alike.
    """
    if attempts > len(pauses_s):
        return None
    drawn = crc32(item.bytes + attempts.to_bytes(4, "big")) / 2**32
    return timedelta(seconds=pauses_s[attempts - 1] * (1 + _SPREAD * drawn))


def is_failing_too_long(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint that has just exhausted an event is to be disabled."""
    return failing_since is not None and now - failing_since >= FAILING_TOO_LONG
