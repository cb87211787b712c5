"""Words of the engine: terms, head, book, submissions, entries, changes. All frozen.

Money in 分. Bidders are known by their codes alone: the engine never sees an organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class BidMode(StrEnum):
    """How the price is found (DOMAIN 2.4)."""

    dynamic = "DYNAMIC"  # 动态报价
    multi = "MULTI"  # 多次报价
    once = "ONCE"  # 一次报价（密封）
    buy_now = "BUY_NOW"  # 一口价
    weighted = "WEIGHTED"  # 权重报价
    dutch = "DUTCH"  # 降价
    auction = "AUCTION"  # 拍卖, by a licensed auctioneer only (拍卖法 10-14)
    tender = "TENDER"  # 招投标: known by name, always refused


class LotState(StrEnum):
    """Where a lot (标的) stands."""

    announced = "announced"  # 公告中
    registering = "registering"  # 报名中
    free = "free"  # 自由报价期; of sealed bids the window, of fixed and falling prices the sale
    confirming = "confirming"  # 确认参加限时报价
    limited = "limited"  # 限时报价期
    exercising = "exercising"  # 优先购买权行权期
    suspended = "suspended"  # 中止
    closed = "closed"  # 已结束


class LotOutcome(StrEnum):
    """How a closed lot ended."""

    won = "won"  # 成交
    unsold = "unsold"  # 流拍
    failed = "failed"  # 未能成交: the winner defaulted
    terminated = "terminated"  # 终止: ended before its end
    annulled = "annulled"  # 撤销: the result was voided


class Ending(StrEnum):
    """Why the clock or a bid ended it."""

    highest_bid = "highest_bid"
    first_acceptance = "first_acceptance"
    best_score = "best_score"
    preempted = "preempted"
    no_bidder = "no_bidder"
    single_bidder = "single_bidder"
    no_bid = "no_bid"
    below_reserve = "below_reserve"


class Preference(StrEnum):
    """How holders of a pre-emption right (优先购买权人) take part (DOMAIN 2.6)."""

    match = "MATCH"
    post = "POST"
    post_with_raise = "POST_WITH_RAISE"
    ordinary = "ORDINARY"


class SingleBidder(StrEnum):
    """What happens when one bidder alone is admitted."""

    proceed = "proceed"  # one bid at or above the start sells (L-网拍11)
    agreement = "agreement"  # the lot ends; what follows is an agreement (P-宁 3, P-甘 3)


class ReserveKind(StrEnum):
    none = "none"
    open = "open"
    hidden = "hidden"


@dataclass(frozen=True, slots=True)
class Tier:
    """From this price on the step (加价幅度) is ``step_minor``; the first tier starts at start."""

    from_minor: int
    step_minor: int


@dataclass(frozen=True, slots=True)
class Extension:
    """What a valid bid in the limited period does to its end.

    ``adds_s`` None: the cycle starts again in full. Else that much is added when less than
    ``threshold_s`` is left. ``cap_s``: the limited period lasts no longer than that in all.
    """

    adds_s: int | None = None
    threshold_s: int = 0
    cap_s: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One published criterion of WEIGHTED beside the price. Weights in basis points.

    ``full_at`` or better earns the whole weight; otherwise the exact fraction of it.
    """

    key: str
    name: str
    unit: str
    weight_bp: int
    full_at: int
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lot pins when it is published. Durations in seconds."""

    mode: BidMode
    start_minor: int
    tiers: tuple[Tier, ...]
    free_starts_at: datetime
    free_ends_at: datetime
    window_s: int  # a limited cycle; of DUTCH the time of one rung
    registration_starts_at: datetime | None = None
    registration_ends_at: datetime | None = None
    extension: Extension = Extension()
    reserve_kind: ReserveKind = ReserveKind.none
    open_reserve_minor: int | None = None
    must_bid_in_free: bool = False  # P-汕 19
    confirm_s: int = 0  # P-汕 23
    single_bidder: SingleBidder = SingleBidder.proceed
    proxies: bool = False
    preference: Preference = Preference.ordinary
    raise_s: int = 0  # POST_WITH_RAISE: how long each side has
    floor_minor: int | None = None  # DUTCH: the last rung
    price_weight_bp: int = 10_000
    criteria: tuple[Criterion, ...] = ()
    leader_may_raise: bool = False
    join_until_end: bool = False  # DYNAMIC of the first rulebooks: joined while it runs

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.window_s)


@dataclass(frozen=True, slots=True)
class Head:
    """What has become of a lot: all that the next decision depends on, and nothing secret.

    ``cycle_ends_at`` is the only end there is: of the limited cycle, of the window of sealed bids,
    of the sale at a fixed or falling price, of a turn of the exercising. Before the limited period
    the cycle is the first one to come. ``shift`` is how long the schedule was suspended.
    """

    state: LotState
    cycle_starts_at: datetime
    cycle_ends_at: datetime
    shift: timedelta = timedelta()
    price_minor: int | None = None
    leader: str | None = None
    leader_rank: int | None = None  # of a holder who matched or exercised; None: ordinary
    rival: str | None = None  # POST_WITH_RAISE: the highest bidder, while a holder leads
    bidders_turn: bool = False  # POST_WITH_RAISE
    asked: tuple[str, ...] = ()  # holders whom the found price was put to, the most senior first
    exercised: tuple[str, ...] = ()  # holders who took the price that stands, in order
    waived: tuple[str, ...] = ()  # holders who let it go, silent ones too
    rung: int = 0  # DUTCH: the rung at cycle_starts_at
    limited_starts_at: datetime | None = None
    decided_at: datetime | None = None
    suspended_from: LotState | None = None
    suspended_at: datetime | None = None
    outcome: LotOutcome | None = None
    ending: Ending | None = None
    closed_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state is LotState.closed


@dataclass(frozen=True, slots=True)
class Place:
    """An admitted bidder. ``rank`` 1 is the most senior holder, None an ordinary bidder;
    ``values`` are what WEIGHTED weighs, settled at admission."""

    code: str
    rank: int | None = None
    bid_in_free: bool = False
    confirmed: bool = False
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A stored maximum (最高限价), opened; ``seq`` is the number it was stored under, ``rank`` that
    of the place that stored it."""

    code: str
    max_minor: int = field(repr=False)
    seq: int
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed bid, opened."""

    code: str
    amount_minor: int = field(repr=False)
    seq: int


@dataclass(frozen=True, slots=True)
class Book:
    """What is kept beside the head, opened for one decision; empty where a mode needs none.

    ``places`` are all admitted bidders (for the clock, and for an acceptance that ends a sale);
    ``proxies`` at least the leader's and the submitter's; ``sealed`` the submitter's, and
    everybody's once the window has ended; ``reserve_minor`` a hidden reserve, where the lot has one
    and either takes stored maxima or may close.
    """

    reserve_minor: int | None = field(default=None, repr=False)
    proxies: tuple[Proxy, ...] = ()
    sealed: tuple[Sealed, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody could be served; ``ended_at`` None while it lasts."""

    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a decision and what is known of the service around it.

    ``last_beat``: the last sign of life of the service; ``outages`` those that touch the lot's
    span; gaps up to ``tolerance`` count for nothing. ``exercise_ends_at``: where a window of
    holders that opens at this moment would end.
    """

    now: datetime
    last_beat: datetime | None = None
    outages: tuple[Gap, ...] = ()
    tolerance: timedelta = timedelta(seconds=5)
    exercise_ends_at: datetime | None = None


class Act(StrEnum):
    """What a bidder sends in."""

    bid = "bid"  # 报价
    store = "store"  # 设定最高限价; without an amount: take it away
    match = "match"  # 行使优先权跟价
    accept = "accept"  # 应价: take the price that stands
    seal = "seal"  # 密封报价
    confirm = "confirm"  # 确认参加限时报价
    exercise = "exercise"  # 行使优先购买权
    waive = "waive"  # 放弃优先购买权
    raise_ = "raise"  # 最高报价人追加报价


@dataclass(frozen=True, slots=True)
class Submission:
    """A well-formed request of an admitted bidder. ``amount_minor`` of a match, an exercise or an
    acceptance is the price that its sender saw: where another stands by now it is refused."""

    act: Act
    place: Place
    amount_minor: int | None = field(default=None, repr=False)


class Origin(StrEnum):
    """Who made an entry: a person, or the market for a stored maximum."""

    manual = "manual"
    proxy = "proxy"


class Note(StrEnum):
    """Why an automatic bid is more than the least lawful one."""

    limit = "limit"  # a whole maximum: outbid at once, or short of the reserve
    reserve = "reserve"  # up to the reserve
    tie = "tie"  # equal maxima: the one stored earlier has the price


class Reason(StrEnum):
    """Why a submission was refused."""

    not_started = "not_started"
    late = "late"
    closed = "closed"
    suspended = "suspended"
    confirming = "confirming"
    exercising = "exercising"
    below_start = "below_start"
    not_above_price = "not_above_price"
    off_grid = "off_grid"
    already_leading = "already_leading"
    not_in_free = "not_in_free"
    not_confirmed = "not_confirmed"
    not_this_mode = "not_this_mode"
    no_proxies = "no_proxies"
    below_price = "below_price"
    nothing_stored = "nothing_stored"
    not_a_holder = "not_a_holder"
    nothing_to_match = "nothing_to_match"
    not_senior = "not_senior"
    already_sealed = "already_sealed"
    price_moved = "price_moved"
    not_your_turn = "not_your_turn"
    already_answered = "already_answered"


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered answer, and how the lot stood after it."""

    act: Act
    origin: Origin
    code: str
    amount_minor: int | None
    reason: Reason | None
    note: Note | None
    state: LotState
    price_minor: int | None
    leader: str | None
    ends_at: datetime

    @property
    def accepted(self) -> bool:
        return self.reason is None


class Step(StrEnum):
    """What the clock or the staff does; numbered like an entry."""

    registering = "registering"
    opened = "opened"
    confirming = "confirming"
    limited = "limited"
    unsealed = "unsealed"
    exercising = "exercising"
    turned = "turned"
    waived = "waived"
    closed = "closed"
    suspended = "suspended"
    resumed = "resumed"
    amended = "amended"
    terminated = "terminated"
    failed = "failed"
    annulled = "annulled"
    looked = "looked"  # behind the codes, by people of the platform: moves nothing


class Look(StrEnum):
    """How far a look behind the codes (特情查看) has come, in facts of ``Step.looked``."""

    asked = "asked"
    approved = "approved"
    read = "read"


@dataclass(frozen=True, slots=True)
class Change:
    """A step at an instant, with what everybody may know of it."""

    step: Step
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """To a submission: its own entry first, automatic ones after it, then what it ended."""

    entries: tuple[Entry, ...]
    head: Head
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Advance:
    """Of the clock. ``due_at``: look again then, None for a lot that is over."""

    head: Head
    changes: tuple[Change, ...] = ()
    due_at: datetime | None = None
