"""What a seller sets for a lot before it is one, and what the engine needs of it.

Money in 分, durations in seconds. Everything beyond the first five fields has a default, under
which a lot is what it was before there were other modes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final, Self

from app.auctions.engine.checking import completed
from app.auctions.engine.types import (
    BidMode,
    Criterion,
    Extension,
    Preference,
    ReserveKind,
    SingleBidder,
    Terms,
    Tier,
)
from app.auctions.rulebook_types import RulebookParams

# Their price is raised, or lowered, step by step.
STEPPED = frozenset({BidMode.dynamic, BidMode.multi, BidMode.auction, BidMode.dutch})
# Registration ends before the sale opens (DOMAIN 3.1); the others are joined while they run.
REGISTERED = frozenset({BidMode.multi, BidMode.once, BidMode.weighted, BidMode.auction})

_FULL_RESET: Final = Extension()


@dataclass(frozen=True, slots=True)
class Auctioneer:
    """Who holds a 拍卖: a licensed enterprise and the person who presides (拍卖法 10-14)."""

    organisation: str
    licence: str
    auctioneer: str
    auctioneer_licence: str

    @classmethod
    def of(cls, stored: Mapping[str, str] | None) -> Self | None:
        return cls(**stored) if stored else None

    def to_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What a seller sets for a lot. ``free_starts_at`` None opens it at once.

    ``tiers`` empty: one step all the way. ``reserve_minor`` is an open or a hidden reserve, as
    ``reserve_kind`` says; it is kept out of every draft and log. ``admission``: ``open`` admits
    whoever applies and pays, ``reviewed`` after a decision. ``negotiation``: a reserve that was
    not met opens the window of the rulebook.
    """

    start_minor: int
    step_minor: int
    free_starts_at: datetime | None
    free_ends_at: datetime
    window_s: int
    mode: BidMode = BidMode.dynamic
    tiers: tuple[Tier, ...] = ()
    registration_starts_at: datetime | None = None
    registration_ends_at: datetime | None = None
    extension: Extension = _FULL_RESET
    reserve_kind: ReserveKind = ReserveKind.none
    reserve_minor: int | None = None
    must_bid_in_free: bool = False
    confirm_s: int = 0
    single_bidder: SingleBidder = SingleBidder.proceed
    proxies: bool = False
    preference: Preference = Preference.ordinary
    raise_s: int = 0
    floor_minor: int | None = None
    price_weight_bp: int = 10_000
    criteria: tuple[Criterion, ...] = ()
    deposit_minor: int = 0
    deposit_due_at: datetime | None = None
    admission: str = "open"
    conditions: str = ""
    documents: tuple[str, ...] = ()
    auctioneer: Auctioneer | None = None
    viewing: str = ""
    viewing_starts_at: datetime | None = None
    viewing_ends_at: datetime | None = None
    negotiation: bool = False
    price_evidence: str = ""

    def __repr__(self) -> str:
        # why: a reserve must not reach a log by way of an error
        return f"LotTerms({self.mode}, {self.start_minor}, {self.free_ends_at})"

    def to_engine(self, rules: RulebookParams, now: datetime) -> Terms:
        """What the engine decides by. Registration ends at the opening unless it is said when."""
        opens_at = self.free_starts_at or now
        ends_at = self.registration_ends_at
        if ends_at is None and self.mode in REGISTERED:
            ends_at = opens_at
        public = self.reserve_kind is ReserveKind.open
        terms = Terms(
            mode=self.mode,
            start_minor=self.start_minor,
            tiers=self.tiers or self._one_tier(),
            free_starts_at=opens_at,
            free_ends_at=self.free_ends_at,
            window_s=self.window_s,
            registration_starts_at=self.registration_starts_at,
            registration_ends_at=ends_at,
            extension=self.extension,
            reserve_kind=self.reserve_kind,
            open_reserve_minor=self.reserve_minor if public else None,
            must_bid_in_free=self.must_bid_in_free,
            confirm_s=self.confirm_s,
            single_bidder=self.single_bidder,
            proxies=self.proxies,
            preference=self.preference,
            raise_s=self.raise_s,
            floor_minor=self.floor_minor,
            price_weight_bp=self.price_weight_bp,
            criteria=self.criteria,
            leader_may_raise=rules.leader_may_raise,
            join_until_end=rules.join_until_end and self.mode is BidMode.dynamic,
        )
        return completed(terms)

    def _one_tier(self) -> tuple[Tier, ...]:
        if self.mode in STEPPED or self.step_minor:
            return (Tier(self.start_minor, self.step_minor),)
        return ()

    def without_secret(self) -> LotTerms:
        """The same without a hidden reserve."""
        hidden = self.reserve_kind is ReserveKind.hidden
        return replace(self, reserve_minor=None) if hidden else self
