"""Decisions of the stage: which lots are missing, and what a robot does. Pure.

All figures are our own choice: enough to watch, little enough that a visitor can win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.auctions.types import Act as Move
from app.auctions.types import BidMode, LotState, LotView, PublicBid
from app.seed.acts import (
    ENDING,
    FIRST_ENDING,
    MULTI,
    OPENING,
    OWN,
    RUNNING,
    SHORT_S,
    WAITING,
    Act,
)

SOON: Final = timedelta(minutes=15)  # what ends within it is "ending soon"
MOST_IN_LIMITED: Final = 2  # with so many bids in the limited period the robots are content
BRISK_BIDS: Final = 4  # the first ones come quickly, so that a visitor sees a curve
BRISK: Final = timedelta(seconds=20)  # at least; each lot and bid has its own second
SLOWEST: Final = timedelta(minutes=6)
SEALING: Final = timedelta(seconds=30)  # between the opening and the sealed bids of the robots
ABOVE_FLOOR: Final = 2  # steps above the floor of a falling price at which a robot accepts
NAMED: Final = frozenset(key for act in OWN for key in act.offers)
"""Keys of the offers that belong to an act; the others are the pool."""
SEALED_MODES: Final = frozenset({BidMode.once, BidMode.weighted})


@dataclass(frozen=True, slots=True)
class RobotMove:
    """What a robot submits; the amount in 分."""

    act: Move
    amount_minor: int


def find_missing_acts(open_lots: Sequence[LotView], *, sold_before: bool) -> list[Act]:
    """The acts of the pool to put on, given its open lots and whether one was ever sold."""
    missing = []
    if not sold_before and all(lot.window_s != SHORT_S for lot in open_lots):
        missing.append(OPENING)
    shows = [_act_of(lot) for lot in open_lots if lot.window_s != SHORT_S]
    if ENDING.name not in shows:
        missing.append(ENDING if sold_before else FIRST_ENDING)
    if RUNNING.name not in shows:
        missing.append(RUNNING)
    if WAITING.name not in shows:
        missing.append(WAITING)
    return missing


def find_missing_own(keys: Mapping[str, LotView], shown: AbstractSet[str]) -> list[Act]:
    """The acts with offers of their own that do not stand now.

    ``keys``: the open lots by the key of their offer; ``shown``: keys of the offers that were put
    on at any time. Of MULTI one is always open for registration: the next one is announced when
    the last one opens for bids.
    """
    missing = []
    for act in OWN:
        standing = [keys[key] for key in act.offers if key in keys]
        if act is MULTI:
            standing = [lot for lot in standing if is_before(lot)]
        if not standing and not (act.once and shown & set(act.offers)):
            missing.append(act)
    return missing


def is_before(lot: LotView) -> bool:
    """Whether it has not opened for bids yet."""
    return lot.state in (LotState.announced, LotState.registering)


def _act_of(lot: LotView) -> str:
    if lot.state is LotState.announced:
        return WAITING.name
    if lot.state is LotState.free and lot.free_ends_at - lot.now > SOON:
        return RUNNING.name
    return ENDING.name


def find_robot_move(lot: LotView, bids: Sequence[PublicBid], sealed: int) -> RobotMove | None:
    """What a robot submits now, or None to wait; ``sealed``: how many robots have sealed a bid.

    A fixed price is left to visitors; a falling one is taken near its floor, if nobody was faster.
    """
    if lot.mode in SEALED_MODES:
        due = lot.free_starts_at + (sealed + 1) * SEALING
        share = 2 + (serial(lot) * 7 + sealed * 5) % 11
        amount = lot.start_minor + share * lot.start_minor // 50
        return RobotMove(Move.seal, amount) if lot.is_open and lot.now >= due else None
    if lot.mode is BidMode.dutch:
        return _take_falling(lot)
    if lot.mode is BidMode.buy_now:
        return None
    raised = compute_robot_bid(lot, [bid for bid in bids if bid.act is Move.bid])
    if raised is None:
        return None
    if lot.has_proxies and lot.state is LotState.free and len(bids) % 3 == 1:
        return RobotMove(Move.store, raised + 2 * lot.step_minor)
    return RobotMove(Move.bid, raised)


def _take_falling(lot: LotView) -> RobotMove | None:
    floor = lot.terms.floor_minor if lot.terms else None
    if not lot.is_open or lot.asking_minor is None or floor is None:
        return None
    if lot.asking_minor > floor + ABOVE_FLOOR * lot.step_minor:
        return None
    return RobotMove(Move.accept, lot.asking_minor)


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
    return 3 if lot.window_s == SHORT_S else 5 + serial(lot) * 7 % 8


def serial(lot: LotView) -> int:
    """The running number in a lot's case number."""
    return int(lot.number.rpartition("-")[2])


def _draw(lot: LotView) -> int:
    """A number that looks arbitrary and is the same for the same lot and price."""
    return (serial(lot) * 31 + lot.seq * 17) % 101
