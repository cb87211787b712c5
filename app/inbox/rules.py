"""Pure decisions of the inbox: when a digest is due, when to try again, when to give up."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.inbox.types import MailMode

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
DIGEST_AT: Final = time(8)  # our default; Beijing time, all year: China keeps no summer time


def compute_digest_due(now: datetime) -> datetime:
    """The next 08:00 in Beijing strictly after an instant."""
    local = now.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), DIGEST_AT, SHANGHAI)
    return due if due > local else due + timedelta(days=1)


def is_mailed_at_once(mail: MailMode, *, urgent: bool) -> bool:
    """Whether a message is mailed by itself, now."""
    return mail is MailMode.at_once or (mail is MailMode.daily and urgent)
