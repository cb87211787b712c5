"""Words of the room: states, refusals, and the frozen facts that rules decide on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class LotState(StrEnum):
    """Where a lot (标的) stands."""

    announced = "announced"  # 公告中, not yet open for bids
    free = "free"  # 自由报价期: the clock does not move
    limited = "limited"  # 限时报价期: each valid bid resets the clock in full
    suspended = "suspended"  # 中止
    closed = "closed"  # 已结束


class LotOutcome(StrEnum):
    """How a closed lot ended."""

    won = "won"  # 成交
    unsold = "unsold"  # 流拍


class BidMode(StrEnum):
    """How the price is found (DOMAIN 2.4)."""

    dynamic = "DYNAMIC"  # 动态报价


class BidOrigin(StrEnum):
    """Who made the bid: a person, or later a stored maximum."""

    manual = "manual"


class BidOutcome(StrEnum):
    accepted = "accepted"
    refused = "refused"


class BidReason(StrEnum):
    """Why a bid was refused; ``sentence`` is the Chinese source text shown to people."""

    not_started = "not_started"
    late = "late"
    closed = "closed"
    suspended = "suspended"
    below_start = "below_start"
    not_above_price = "not_above_price"
    off_grid = "off_grid"
    already_leading = "already_leading"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES: dict[BidReason, str] = {
    BidReason.not_started: "报价尚未开始",
    BidReason.late: "报价到达时本轮限时报价已经结束",
    BidReason.closed: "本标的竞价已经结束",
    BidReason.suspended: "本标的已中止，恢复后可继续报价",
    BidReason.below_start: "报价低于起始价",
    BidReason.not_above_price: "报价须高于当前价至少一个加价幅度",
    BidReason.off_grid: "报价与当前价（首次报价为起始价）之差须为加价幅度的整数倍",
    BidReason.already_leading: "您已是当前最高报价人，无需再次报价",
}


class Shelf(StrEnum):
    """The three public lists of lots."""

    running = "running"
    coming = "coming"
    ended = "ended"


@dataclass(frozen=True, slots=True)
class RulebookParams:
    """What one version of the rules sets; durations in seconds."""

    outage_tolerance_s: int
    resume_after_s: int
    min_window_s: int
    max_window_s: int
    leader_may_raise: bool

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        return cls(**{name: stored[name] for name in cls.__slots__})

    @property
    def outage_tolerance(self) -> timedelta:
        return timedelta(seconds=self.outage_tolerance_s)

    @property
    def resume_after(self) -> timedelta:
        return timedelta(seconds=self.resume_after_s)


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What a seller sets for a lot; money in 分. ``free_starts_at`` None opens it at once."""

    start_minor: int
    step_minor: int
    free_starts_at: datetime | None
    free_ends_at: datetime
    window_s: int


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot as rules see it. All ends are exclusive.

    ``cycle_starts_at`` and ``cycle_ends_at`` bound the current limited cycle; before any limited
    bid that is the first one, which follows the free period. ``decided_at`` is the last decision.
    """

    state: LotState
    start_minor: int
    step_minor: int
    free_starts_at: datetime
    free_ends_at: datetime
    window: timedelta
    cycle_starts_at: datetime
    cycle_ends_at: datetime
    leader_may_raise: bool = False
    price_minor: int | None = None
    leader_id: UUID | None = None
    leader_code: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BidFacts:
    """A well-formed bid of an admitted bidder."""

    bidder_id: UUID
    code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a bid, and the head of the lot after it."""

    outcome: BidOutcome
    reason: BidReason | None
    state: LotState
    price_minor: int | None
    leader_id: UUID | None
    leader_code: str | None
    cycle_starts_at: datetime
    cycle_ends_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody could be served; ``ended_at`` None while it lasts."""

    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: look again, at the latest at ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """The lot ended at the scheduled instant, whenever that was noticed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Suspend:
    """The current cycle overlapped a gap longer than the rules tolerate."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class BidReceipt:
    """The answer to one bid; the same key gets the same receipt for ever."""

    lot_number: str
    seq: int
    outcome: BidOutcome
    reason: BidReason | None
    code: str
    amount_minor: int
    price_minor: int | None
    leader_code: str | None
    cycle_ends_at: datetime
    received_at: datetime
    decided_at: datetime

    @property
    def accepted(self) -> bool:
        return self.outcome is BidOutcome.accepted


@dataclass(frozen=True, slots=True)
class PublicBid:
    """What everybody may see of a bid: for an accepted one a code, an amount in 分, an instant.

    Of a refused bid only its number, its instant and that it was refused: what somebody would
    have paid is nobody's business. ``closes_at`` is the end that stood after it.
    """

    seq: int
    accepted: bool
    at: datetime
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """One suspension as published."""

    suspended_at: datetime
    gap_started_at: datetime
    gap_ended_at: datetime | None
    resumes_at: datetime | None
    resumed_at: datetime | None


@dataclass(frozen=True, slots=True)
class LotView:
    """The public face of a lot at ``now``: no identity of a bidder is in it. Money in 分."""

    id: UUID
    number: str
    offer_id: UUID
    achievement_id: UUID
    seller_id: UUID
    offer_number: str
    title: str
    particulars: tuple[tuple[str, str], ...]
    mode: BidMode
    state: LotState
    outcome: LotOutcome | None
    rulebook_version: str
    start_minor: int
    step_minor: int
    window_s: int
    free_starts_at: datetime
    free_ends_at: datetime
    cycle_ends_at: datetime
    price_minor: int | None
    leader_code: str | None
    next_minor: int
    seq: int
    version: int
    bidder_count: int
    announced_at: datetime
    closed_at: datetime | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether a bid may be accepted now."""
        return self.state in (LotState.free, LotState.limited) and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the current cycle has run out and the lot waits to be closed."""
        return self.state is LotState.limited and self.now >= self.cycle_ends_at

    @property
    def is_over(self) -> bool:
        return self.state is LotState.closed

    @property
    def next_end_at(self) -> datetime:
        """The instant that this moment's countdown runs to."""
        if self.closed_at is not None:
            return self.closed_at
        if self.state is LotState.announced:
            return self.free_starts_at
        return self.free_ends_at if self.state is LotState.free else self.cycle_ends_at


@dataclass(frozen=True, slots=True)
class MyPlace:
    """How the asking organisation stands in a lot; only its own members see this."""

    code: str
    admitted_at: datetime
    leading: bool
    won: bool


@dataclass(frozen=True, slots=True)
class JoinedLot:
    """A lot that one's organisation takes part in, under its own code."""

    lot: LotView
    code: str

    @property
    def leading(self) -> bool:
        """Whether the highest bid is one's own; of a closed lot: whether one has won."""
        return self.lot.leader_code == self.code


@dataclass(frozen=True, slots=True)
class LotLive:
    """What watchers of a room poll: the head, and the bids after a number, in order."""

    lot: LotView
    bids: tuple[PublicBid, ...]


@dataclass(frozen=True, slots=True)
class RulebookView:
    """One printed version of the rules."""

    version: str
    title: str
    clauses: tuple[str, ...]
    params: RulebookParams
    source: str
    trust: str
    in_force_from: datetime
