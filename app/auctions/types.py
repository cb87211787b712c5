"""Words of the room: states, refusals, and the frozen facts that rules decide on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.auctions.admission_types import (
    CHOSEN,
    MAX_NOTE,
    MAX_STATEMENT,
    ApplicationLine,
    ApplicationState,
    ApplicationView,
    ApplyView,
    LookView,
    RefusalReason,
    Requirements,
)
from app.auctions.deposit_types import (
    DepositFilter,
    DepositPage,
    DepositState,
    DepositView,
    ForfeitReason,
    Portion,
    Use,
)
from app.auctions.engine.types import (
    Act,
    BidMode,
    Criterion,
    Ending,
    Extension,
    Gap,
    LotOutcome,
    LotState,
    Note,
    Origin,
    Preference,
    Reason,
    ReserveKind,
    SingleBidder,
    Step,
    Terms,
    Tier,
)
from app.auctions.lot_terms import Auctioneer, LotTerms
from app.auctions.record_types import Finding, RecordsView, RecordView, ScoreView
from app.auctions.rulebook_types import RulebookParams
from app.auctions.terms_rules import MODE_LABELS

__all__ = [
    "CHOSEN",
    "MAX_NOTE",
    "MAX_STATEMENT",
    "MODE_LABELS",
    "Act",
    "ApplicationLine",
    "ApplicationState",
    "ApplicationView",
    "ApplyView",
    "Auctioneer",
    "BidMode",
    "BidOrigin",
    "BidOutcome",
    "BidReason",
    "BidReceipt",
    "Criterion",
    "DepositFilter",
    "DepositPage",
    "DepositState",
    "DepositView",
    "Ending",
    "Extension",
    "Finding",
    "ForfeitReason",
    "Gap",
    "JoinedLot",
    "LookView",
    "LotLive",
    "LotOutcome",
    "LotState",
    "LotTerms",
    "LotView",
    "MyPlace",
    "Note",
    "Origin",
    "Portion",
    "Preference",
    "PublicBid",
    "PublicStep",
    "Reason",
    "RecordView",
    "RecordsView",
    "RefusalReason",
    "Requirements",
    "ReserveKind",
    "RulebookParams",
    "RulebookView",
    "ScoreView",
    "Shelf",
    "SingleBidder",
    "Step",
    "SuspensionView",
    "Terms",
    "Tier",
    "Use",
    "sentence_of",
]


class BidOutcome(StrEnum):
    accepted = "accepted"
    refused = "refused"


BidReason = Reason
BidOrigin = Origin

_SENTENCES: Final[dict[Reason, str]] = {
    Reason.not_started: "报价尚未开始",
    Reason.late: "报价到达时本轮报价已经结束",
    Reason.closed: "本标的竞价已经结束",
    Reason.suspended: "本标的已中止，恢复后可继续报价",
    Reason.confirming: "正在确认参加限时报价，限时报价开始后可继续报价",
    Reason.exercising: "报价已经结束，正在等待优先购买权人答复",
    Reason.below_start: "报价低于起始价",
    Reason.not_above_price: "报价须高于当前价至少一个加价幅度",
    Reason.off_grid: "报价与当前价（首次报价为起始价）之差须为加价幅度的整数倍",
    Reason.already_leading: "您已是当前最高报价人，无需再次报价",
    Reason.not_in_free: "自由报价期内未报价的竞买人不能参加限时报价",
    Reason.not_confirmed: "未在规定时间内确认参加限时报价",
    Reason.not_this_mode: "本标的的竞价方式不接受这种操作",
    Reason.no_proxies: "本标的不接受自动出价",
    Reason.below_price: "最高限价不能低于您当前的领先报价",
    Reason.nothing_stored: "您没有设定最高限价",
    Reason.not_a_holder: "只有优先购买权人可以这样操作",
    Reason.nothing_to_match: "目前没有可以跟价的报价",
    Reason.not_senior: "同等或更高顺位的优先购买权人已经跟价",
    Reason.already_sealed: "每位竞买人只能提交一次密封报价",
    Reason.price_moved: "价格已经变化，请按当前价格重新确认",
    Reason.not_your_turn: "现在还没有轮到您答复",
    Reason.already_answered: "您已经答复过，不能更改",
}


def sentence_of(reason: Reason) -> str:
    """Why a submission was refused, as the Chinese source text that is shown to people."""
    return _SENTENCES[reason]


class Shelf(StrEnum):
    """The three public lists of lots."""

    running = "running"
    coming = "coming"
    ended = "ended"


@dataclass(frozen=True, slots=True)
class BidReceipt:
    """The answer to one submission; the same key gets the same receipt for ever.

    ``amount_minor`` is None where the amount is kept sealed (a maximum, a sealed bid), of which
    only the ``commitment`` is told. ``price_minor`` and ``leader_code`` are how the lot stood after
    it, ``standing_…`` how it stood after the automatic bids that answered it at once.
    """

    lot_number: str
    seq: int
    outcome: BidOutcome
    reason: Reason | None
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    cycle_ends_at: datetime
    received_at: datetime
    decided_at: datetime
    act: Act = Act.bid
    standing_price_minor: int | None = None
    standing_leader_code: str | None = None
    commitment: str | None = None

    @property
    def accepted(self) -> bool:
        return self.outcome is BidOutcome.accepted

    @property
    def outbid(self) -> bool:
        """Whether an automatic bid topped it at once."""
        return self.accepted and self.leader_code == self.code != self.standing_leader_code


@dataclass(frozen=True, slots=True)
class PublicBid:
    """What everybody may see of a bid: for an accepted one a code, an amount in 分, an instant.

    Of a refused bid only its number, its instant and that it was refused: what somebody would
    have paid is nobody's business. Of a maximum or a sealed bid neither code nor amount, before the
    close. ``closes_at`` is the end that stood after it.
    """

    seq: int
    accepted: bool
    at: datetime
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    closes_at: datetime
    act: Act = Act.bid
    origin: Origin = Origin.manual
    note: Note | None = None
    commitment: str | None = None


@dataclass(frozen=True, slots=True)
class PublicStep:
    """A step of the clock or the staff as everybody may see it, numbered together with the bids.

    ``at`` is when it took effect; ``facts`` are public.
    """

    seq: int
    step: Step
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """One suspension as published; the gap is that of an outage."""

    suspended_at: datetime
    gap_started_at: datetime | None
    gap_ended_at: datetime | None
    resumes_at: datetime | None
    resumed_at: datetime | None
    reason: str = "service_outage"
    resume_by: datetime | None = None


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
    terms: Terms | None = None  # the engine's, with nothing secret in them
    ending: Ending | None = None
    registration_starts_at: datetime | None = None
    registration_ends_at: datetime | None = None
    limited_starts_at: datetime | None = None
    reserve_kind: ReserveKind = ReserveKind.none
    reserve_commitment: str | None = None
    has_proxies: bool = False
    preference: Preference = Preference.ordinary
    leader_rank: int | None = None
    rival_code: str | None = None  # POST_WITH_RAISE: who may raise, or was overtaken by a holder
    bidders_turn: bool = False
    exercised: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    asking_minor: int | None = None  # BUY_NOW and DUTCH: the price that stands
    next_change_at: datetime | None = None  # DUTCH: when it falls next
    suspended_from: LotState | None = None
    suspended_at: datetime | None = None
    deposit_minor: int = 0
    deposit_due_at: datetime | None = None
    admission: str = "open"
    conditions: str = ""
    documents: tuple[str, ...] = ()
    auctioneer: Auctioneer | None = None
    notice: Mapping[str, Any] = field(default_factory=dict)
    negotiation_ends_at: datetime | None = None
    relisted_from: UUID | None = None
    genesis_hash: str | None = None
    head_hash: str | None = None  # of the last event; None while the sale runs

    @property
    def is_open(self) -> bool:
        """Whether a bid may be accepted now."""
        return self.state in (LotState.free, LotState.limited) and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the current cycle has run out and the lot waits to be closed."""
        running = (LotState.free, LotState.limited, LotState.exercising)
        return self.state in running and self.now >= self.cycle_ends_at

    @property
    def is_over(self) -> bool:
        return self.state is LotState.closed

    @property
    def is_sold(self) -> bool:
        return self.outcome is LotOutcome.won

    @property
    def next_end_at(self) -> datetime:
        """The instant that this moment's countdown runs to."""
        if self.closed_at is not None:
            return self.closed_at
        if self.state is LotState.announced:
            return self.registration_starts_at or self.free_starts_at
        if self.state is LotState.registering:
            return self.free_starts_at
        if self.state is LotState.free:
            return min(self.free_ends_at, self.cycle_ends_at)
        return self.cycle_starts_soon_at or self.cycle_ends_at

    @property
    def cycle_starts_soon_at(self) -> datetime | None:
        """While bidders confirm: when the limited period begins."""
        return self.limited_starts_at if self.state is LotState.confirming else None


@dataclass(frozen=True, slots=True)
class MyPlace:
    """How the asking organisation stands in a lot; only its own members see this.

    ``stored_seq``: the number of the maximum that stands for it, whose amount nobody is shown;
    ``sealed_seq``: of its sealed bid. ``answer``: what it said as a holder of a pre-emption right.
    """

    code: str
    admitted_at: datetime
    leading: bool
    won: bool
    rank: int | None = None
    bid_in_free: bool = False
    confirmed: bool = False
    stored_seq: int | None = None
    sealed_seq: int | None = None
    sealed_at: datetime | None = None
    sealed_commitment: str | None = None
    answer: Act | None = None  # exercise · waive


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
    """What watchers of a room poll: the head, and what happened after a number, in order.

    ``seq``: ask for what comes after this number next.
    """

    lot: LotView
    bids: tuple[PublicBid, ...]
    steps: tuple[PublicStep, ...] = ()
    seq: int = 0


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
    shown_from: datetime | None = None  # None: the first version, which changed nothing
