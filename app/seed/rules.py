"""Decisions of the stage: which lots are missing, and what a robot bids. Pure.

All figures are our own choice: enough to watch, little enough that a visitor can win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.auctions.types import LotState, LotView, PublicBid


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of lot on the stage: when it opens, how long it is free, its limited window."""

    name: str
    opens_in: timedelta | None
    free: timedelta
    window_s: int


OPENING: Final = Act("opening", None, timedelta(seconds=15), 20)  # the first one to be sold
FIRST_ENDING: Final = Act("ending", None, timedelta(minutes=6), 60)
ENDING: Final = Act("ending", None, timedelta(minutes=12), 60)
RUNNING: Final = Act("running", None, timedelta(minutes=90), 120)
WAITING: Final = Act("waiting", timedelta(hours=3), timedelta(minutes=60), 120)

SOON: Final = timedelta(minutes=15)  # what ends within it is "ending soon"
MOST_IN_LIMITED: Final = 2  # with so many bids in the limited period the robots are content
BRISK_BIDS: Final = 4  # the first ones come quickly, so that a visitor sees a curve
BRISK: Final = timedelta(seconds=20)  # at least; each lot and bid has its own second
SLOWEST: Final = timedelta(minutes=6)


def find_missing_acts(open_lots: Sequence[LotView], *, sold_before: bool) -> list[Act]:
    """The acts to put on, given the open lots of the stage and whether one was ever sold."""
    missing = []
    if not sold_before and all(lot.window_s != OPENING.window_s for lot in open_lots):
        missing.append(OPENING)
    shows = [_act_of(lot) for lot in open_lots if lot.window_s != OPENING.window_s]
    if ENDING.name not in shows:
        missing.append(ENDING if sold_before else FIRST_ENDING)
    if RUNNING.name not in shows:
        missing.append(RUNNING)
    if WAITING.name not in shows:
        missing.append(WAITING)
    return missing


def _act_of(lot: LotView) -> str:
    if lot.state is LotState.announced:
        return WAITING.name
    if lot.state is LotState.free and lot.free_ends_at - lot.now > SOON:
        return RUNNING.name
    return ENDING.name


def compute_robot_bid(lot: LotView, bids: Sequence[PublicBid]) -> int | None:
    """What a robot bids now, in 分; None to wait. ``bids`` are the accepted ones, newest first.

    The numbers count everybody's bids: the more a visitor bids, the sooner the robots are done.
    """
    if not lot.is_open:
        return None
    in_limited = sum(bid.at >= lot.free_ends_at for bid in bids)
    left_in_free = most_bids(lot) - (len(bids) - in_limited)
    last_at = bids[0].at if bids else lot.free_starts_at
    if lot.state is LotState.limited:
        if in_limited >= MOST_IN_LIMITED:
            return None
        # the present cycle began with the last bid, the end of the free period, or a resumption
        last_at = lot.cycle_ends_at - timedelta(seconds=lot.window_s)
        wait = timedelta(seconds=lot.window_s) / 2
    elif left_in_free <= 0:
        return None
    elif len(bids) < BRISK_BIDS:
        brisk = BRISK + timedelta(seconds=_draw(lot) % 25)
        wait = min(brisk, (lot.free_ends_at - lot.free_starts_at) / 5)
    else:
        wait = min((lot.free_ends_at - last_at) / (left_in_free + 1), SLOWEST)
    if lot.now - last_at < wait:
        return None
    return lot.next_minor + (_draw(lot) % 3) * lot.step_minor


def most_bids(lot: LotView) -> int:
    """With how many bids in the free period the robots are content: 5 to 12, 3 in the short one."""
    return 3 if lot.window_s == OPENING.window_s else 5 + serial(lot) * 7 % 8


def serial(lot: LotView) -> int:
    """The running number in a lot's case number."""
    return int(lot.number.rpartition("-")[2])


def _draw(lot: LotView) -> int:
    """A number that looks arbitrary and is the same for the same lot and price."""
    return (serial(lot) * 31 + lot.seq * 17) % 101
