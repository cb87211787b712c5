"""When a payout is tried again, and when people must look. Pure.

Own defaults: a loser's money must be on its way within 24 hours (DOMAIN 2.7), so people hear of a
payout that will not go after five tries or half of that time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

PAUSES_S: Final = (10, 60, 300, 900, 3600)  # the last one for ever: a payout is never given up
STUCK_TRIES: Final = 5
STUCK_AFTER: Final = timedelta(hours=12)
LEASE: Final = timedelta(minutes=2)  # of a worker that has one in hand


def compute_pause(tries: int) -> timedelta:
    """How long to wait after so many tries (at least one) that did not end it."""
    return timedelta(seconds=PAUSES_S[min(max(tries, 1), len(PAUSES_S)) - 1])


def is_stuck(tries: int, made_at: datetime, now: datetime) -> bool:
    """Whether people must look at a payout that has not gone."""
    return tries >= STUCK_TRIES or now - made_at >= STUCK_AFTER


def make_bank_number(number: str, series: int) -> str:
    """The number under which the bank knows a payout: a new one only after a definite no.

    The same number twice is one payout at the bank, so an answer that was lost is asked for under
    the same one.
    """
    return f"{number}-{series}"


def compute_look(opened_at: datetime, due_at: datetime, now: datetime) -> datetime | None:
    """When to ask the bank about an open order again; None a day after it was due.

    Often while the payer probably sits at his screen, seldom afterwards: a message that was lost
    is all that this finds.
    """
    if now >= due_at + timedelta(days=1):
        return None
    fresh = now - opened_at < timedelta(minutes=30)
    return now + (timedelta(minutes=1) if fresh else timedelta(minutes=10))
