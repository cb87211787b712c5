"""JSON of auctions: what comes in and goes out. Money in 分; no identity of a bidder anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.auctions.engine.codec import to_json
from app.auctions.types import (
    Act,
    Auctioneer,
    BidMode,
    BidReceipt,
    Criterion,
    Ending,
    Extension,
    LotLive,
    LotOutcome,
    LotState,
    LotTerms,
    LotView,
    MyPlace,
    Note,
    Origin,
    Preference,
    PublicBid,
    PublicStep,
    ReserveKind,
    RulebookView,
    SingleBidder,
    Step,
    Tier,
)
from app.core.money import MAX_MINOR, Money
from app.core.paging import Page

Seconds = Annotated[int, Field(ge=0, le=366 * 86400, strict=True)]
Minor = Annotated[int, Field(gt=0, le=MAX_MINOR, strict=True)]


class TierIn(BaseModel):
    """From this price on the step (加价幅度) is that."""

    model_config = ConfigDict(extra="forbid")
    from_minor: Minor
    step_minor: Minor


class ExtensionIn(BaseModel):
    """What a valid bid in the limited period does to its end; ``adds_s`` missing: a full reset."""

    model_config = ConfigDict(extra="forbid")
    adds_s: Seconds | None = None
    threshold_s: Seconds = 0
    cap_s: Seconds | None = None


class CriterionIn(BaseModel):
    """One published criterion of WEIGHTED; weights in basis points."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=32, pattern="^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1, max_length=100)
    unit: str = Field(default="", max_length=20)
    weight_bp: Annotated[int, Field(gt=0, le=10_000, strict=True)]
    full_at: Annotated[int, Field(gt=0, le=MAX_MINOR, strict=True)]
    higher_is_better: bool = True


class AuctioneerIn(BaseModel):
    """Who holds a 拍卖 (拍卖法 10-14)."""

    model_config = ConfigDict(extra="forbid")
    organisation: str = Field(min_length=1, max_length=100)
    licence: str = Field(min_length=1, max_length=100)
    auctioneer: str = Field(min_length=1, max_length=100)
    auctioneer_licence: str = Field(min_length=1, max_length=100)


class LotIn(BaseModel):
    """A lot to be announced; ``free_starts_at`` missing opens it at once.

    Everything after ``window_s`` has a default, under which it is a DYNAMIC lot without conditions.
    """

    model_config = ConfigDict(extra="forbid")
    offer_number: str = Field(min_length=1, max_length=32)
    start_minor: Minor
    step_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)]
    free_starts_at: AwareDatetime | None = None
    free_ends_at: AwareDatetime
    window_s: Annotated[int, Field(gt=0, le=86400, strict=True)]
    mode: BidMode = BidMode.dynamic
    tiers: list[TierIn] = Field(default=[], max_length=20)
    registration_starts_at: AwareDatetime | None = None
    registration_ends_at: AwareDatetime | None = None
    extension: ExtensionIn = ExtensionIn()
    reserve_kind: ReserveKind = ReserveKind.none
    reserve_minor: Minor | None = Field(default=None, repr=False)
    must_bid_in_free: bool = False
    confirm_s: Seconds = 0
    single_bidder: SingleBidder = SingleBidder.proceed
    proxies: bool = False
    preference: Preference = Preference.ordinary
    raise_s: Seconds = 0
    floor_minor: Minor | None = None
    price_weight_bp: Annotated[int, Field(gt=0, le=10_000, strict=True)] = 10_000
    criteria: list[CriterionIn] = Field(default=[], max_length=20)
    deposit_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)] = 0
    deposit_due_at: AwareDatetime | None = None
    admission: Literal["open", "reviewed"] = "open"
    conditions: str = Field(default="", max_length=4000)
    documents: list[str] = Field(default=[], max_length=20)
    auctioneer: AuctioneerIn | None = None
    viewing: str = Field(default="", max_length=2000)
    viewing_starts_at: AwareDatetime | None = None
    viewing_ends_at: AwareDatetime | None = None
    negotiation: bool = False
    price_evidence: str = Field(default="", max_length=2000)

    def terms(self) -> LotTerms:
        plain = {name: getattr(self, name) for name in _PLAIN_TERMS}
        who = self.auctioneer
        return LotTerms(
            tiers=tuple(Tier(one.from_minor, one.step_minor) for one in self.tiers),
            extension=Extension(**self.extension.model_dump()),
            criteria=tuple(Criterion(**one.model_dump()) for one in self.criteria),
            documents=tuple(self.documents),
            auctioneer=Auctioneer(**who.model_dump()) if who else None,
            **plain,
        )


_SHAPED: Final = {"tiers", "extension", "criteria", "documents", "auctioneer"}
_PLAIN_TERMS: Final = LotIn.model_fields.keys() - _SHAPED - {"offer_number"}


class BidIn(BaseModel):
    """An amount to bid. One far above the least is asked for again: then say ``confirm_jump``."""

    model_config = ConfigDict(extra="forbid")
    amount_minor: Minor
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    confirm_jump: bool = False

    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class MaximumIn(BaseModel):
    """A maximum (最高限价) to be stored; ``amount_minor`` null takes the stored one away."""

    model_config = ConfigDict(extra="forbid")
    amount_minor: Minor | None = Field(repr=False)
    confirm_jump: bool = False

    def money(self) -> Money | None:
        return None if self.amount_minor is None else Money(self.amount_minor)


class PriceIn(BaseModel):
    """The price that was seen; another that stands by now is not taken."""

    model_config = ConfigDict(extra="forbid")
    amount_minor: Minor

    def money(self) -> Money:
        return Money(self.amount_minor)


class LotOut(BaseModel):
    """The public face of a lot (标的) at ``now``; all ends are exclusive."""

    number: str
    title: str
    offer_number: str
    particulars: list[tuple[str, str]]
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
    bidder_count: int
    announced_at: datetime
    closed_at: datetime | None
    now: datetime
    ending: Ending | None
    registration_starts_at: datetime | None
    registration_ends_at: datetime | None
    limited_starts_at: datetime | None
    reserve_kind: ReserveKind
    reserve_commitment: str | None
    has_proxies: bool
    preference: Preference
    bidders_turn: bool
    exercised: list[str]
    waived: list[str]
    asking_minor: int | None
    next_change_at: datetime | None
    deposit_minor: int
    deposit_due_at: datetime | None
    admission: str
    conditions: str
    documents: list[str]
    genesis_hash: str | None
    head_hash: str | None
    terms: dict[str, Any] | None

    @classmethod
    def of(cls, lot: LotView) -> Self:
        shown = {name: getattr(lot, name) for name in cls.model_fields}
        shown |= {name: list(shown[name]) for name in ("exercised", "waived", "documents")}
        return cls(**shown | {"terms": None if lot.terms is None else to_json(lot.terms)})


class LotsOut(BaseModel):
    """One page of lots; ``next`` is the cursor of the following one."""

    items: list[LotOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[LotView]) -> Self:
        return cls(items=[LotOut.of(lot) for lot in page.items], next=page.next)


class NumberOut(BaseModel):
    """The case number of what was made."""

    number: str


class PublicBidOut(BaseModel):
    """A bid as everybody sees it; a refused one has neither code nor amount, nor has a maximum or a
    sealed bid, of which the ``commitment`` alone is told. ``origin`` proxy: the market bid it for a
    stored maximum."""

    seq: int
    accepted: bool
    at: datetime
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    closes_at: datetime
    act: Act
    origin: Origin
    note: Note | None
    commitment: str | None

    @classmethod
    def of(cls, bid: PublicBid) -> Self:
        return cls(**{name: getattr(bid, name) for name in cls.model_fields})


class StepOut(BaseModel):
    """A step of the clock or the staff, numbered together with the bids."""

    seq: int
    step: Step
    at: datetime
    facts: dict[str, Any]

    @classmethod
    def of(cls, step: PublicStep) -> Self:
        return cls(seq=step.seq, step=step.step, at=step.at, facts=dict(step.facts))


class BidsOut(BaseModel):
    """Bids and steps after a number, in order; ask again after ``seq`` until none comes."""

    items: list[PublicBidOut]
    steps: list[StepOut]
    seq: int

    @classmethod
    def of(cls, live: LotLive) -> Self:
        return cls(
            items=[PublicBidOut.of(bid) for bid in live.bids],
            steps=[StepOut.of(step) for step in live.steps],
            seq=live.seq,
        )


class PlaceOut(BaseModel):
    """One's own place in a lot."""

    code: str
    admitted_at: datetime

    @classmethod
    def of(cls, place: MyPlace) -> Self:
        return cls(code=place.code, admitted_at=place.admitted_at)


class BidOut(BaseModel):
    """The receipt of an accepted bid (报价) or other act; the same key gets it again.

    ``standing_…`` is how the lot stood after the automatic bids that answered at once; ``outbid``:
    whether one of them topped this bid. A maximum and a sealed bid have no amount but a commitment.
    """

    lot_number: str
    seq: int
    act: Act
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    standing_price_minor: int | None
    standing_leader_code: str | None
    outbid: bool
    commitment: str | None
    cycle_ends_at: datetime
    received_at: datetime
    decided_at: datetime

    @classmethod
    def of(cls, receipt: BidReceipt) -> Self:
        return cls(**{name: getattr(receipt, name) for name in cls.model_fields})


class RulebookOut(BaseModel):
    """One version of the rules (竞价规则)."""

    version: str
    title: str
    clauses: list[str]
    params: dict[str, int | bool | list[str]]
    source: str
    trust: str
    in_force_from: datetime

    @classmethod
    def of(cls, book: RulebookView) -> Self:
        return cls(
            version=book.version,
            title=book.title,
            clauses=list(book.clauses),
            params=book.params.to_json(),
            source=book.source,
            trust=book.trust,
            in_force_from=book.in_force_from,
        )
