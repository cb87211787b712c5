"""JSON of auctions: what comes in and goes out. Money in 分; no identity of a bidder anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.auctions.types import (
    BidMode,
    BidReceipt,
    LotLive,
    LotOutcome,
    LotState,
    LotTerms,
    LotView,
    MyPlace,
    PublicBid,
    RulebookView,
)
from app.core.money import MAX_MINOR, Money
from app.core.paging import Page

Minor = Annotated[int, Field(gt=0, le=MAX_MINOR, strict=True)]


class LotIn(BaseModel):
    """A lot to be announced; ``free_starts_at`` missing opens it at once."""

    model_config = ConfigDict(extra="forbid")
    offer_number: str = Field(min_length=1, max_length=32)
    start_minor: Minor
    step_minor: Minor
    free_starts_at: AwareDatetime | None = None
    free_ends_at: AwareDatetime
    window_s: Annotated[int, Field(gt=0, le=86400, strict=True)]

    def terms(self) -> LotTerms:
        return LotTerms(
            start_minor=self.start_minor,
            step_minor=self.step_minor,
            free_starts_at=self.free_starts_at,
            free_ends_at=self.free_ends_at,
            window_s=self.window_s,
        )


class BidIn(BaseModel):
    """An amount to bid."""

    model_config = ConfigDict(extra="forbid")
    amount_minor: Minor
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")

    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


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

    @classmethod
    def of(cls, lot: LotView) -> Self:
        return cls(**{name: getattr(lot, name) for name in cls.model_fields})


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
    """A bid as everybody sees it; a refused one has neither code nor amount."""

    seq: int
    accepted: bool
    at: datetime
    code: str
    amount_minor: int | None
    price_minor: int | None
    leader_code: str | None
    closes_at: datetime

    @classmethod
    def of(cls, bid: PublicBid) -> Self:
        return cls(**{name: getattr(bid, name) for name in cls.model_fields})


class BidsOut(BaseModel):
    """Bids after a number, in order; ask again after the last one until none comes."""

    items: list[PublicBidOut]
    seq: int

    @classmethod
    def of(cls, live: LotLive) -> Self:
        return cls(items=[PublicBidOut.of(bid) for bid in live.bids], seq=live.lot.seq)


class PlaceOut(BaseModel):
    """One's own place in a lot."""

    code: str
    admitted_at: datetime

    @classmethod
    def of(cls, place: MyPlace) -> Self:
        return cls(code=place.code, admitted_at=place.admitted_at)


class BidOut(BaseModel):
    """The receipt of an accepted bid (报价); the same key gets it again."""

    lot_number: str
    seq: int
    code: str
    amount_minor: int
    price_minor: int | None
    leader_code: str | None
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
