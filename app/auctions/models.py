"""Tables of the room. Bids and rulebooks are append-only for the serving role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Interval,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.auctions.types import (
    BidMode,
    BidOutcome,
    BidReason,
    BidReceipt,
    Decision,
    LotFacts,
    LotOutcome,
    LotState,
    RulebookParams,
)
from app.core.db import Base, pk


class Rulebook(Base):
    """One version of the rules (竞价规则). A lot keeps the version it was born under."""

    __tablename__ = "rulebook"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str]
    clauses: Mapped[list[Any]]  # Chinese sentences, printed in this order
    params: Mapped[dict[str, Any]]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(16))  # law · excerpt · general · ours (DOMAIN 0.1)
    demonstration: Mapped[bool]  # never chosen by date, only by name
    in_force_from: Mapped[datetime]
    in_force_to: Mapped[datetime | None]


class Lot(Base):
    """One thing for sale by bidding (标的), and the head of its bids.

    ``seq`` is the number of the last decided bid, ``version`` grows with every change that a
    watcher must see. ``due_at`` is the earliest instant at which the sweep has to look; a bid
    that moves the end leaves it alone, so that the hot row is updated without touching an index.
    """

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("seller_id", "idempotency_key"),
        CheckConstraint("start_minor > 0 AND step_minor > 0", name="terms_positive"),
        CheckConstraint("window_s > 0", name="window_positive"),
        CheckConstraint("free_starts_at < free_ends_at", name="free_period_ordered"),
        CheckConstraint("cycle_starts_at < cycle_ends_at", name="cycle_ordered"),
        CheckConstraint("(price_minor IS NULL) = (leader_id IS NULL)", name="price_has_leader"),
        CheckConstraint("(leader_id IS NULL) = (leader_code IS NULL)", name="leader_has_code"),
        CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)"
            " AND (state = 'closed') = (closed_at IS NOT NULL)"
            " AND (state = 'closed') = (due_at IS NULL)",
            name="closed_says_how",
        ),
        CheckConstraint(
            "outcome IS NULL OR (outcome = 'won') = (leader_id IS NOT NULL)",
            name="won_has_winner",
        ),
        # the sweep's one question: what is due?
        Index("ix_lot_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "offer_id"),  # the lots of an offer's page
        Index(None, "seller_id", "id"),  # the seller's desk, newest first
        Index(  # the public list of lots that are over, latest first
            "ix_lot_closed_at", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")
        ),
        Index(None, "achievement_id"),  # the lots of an achievement's page
        # why: every bid rewrites this row; room on the page keeps those updates off the indexes
        {"postgresql_with": {"fillfactor": 20}},
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(32), unique=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    offer_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    particulars: Mapped[list[Any]]  # what is sold, [label, text] pairs as announced
    bid_on: Mapped[str] = mapped_column(String(16))  # which number of the price terms is bid
    terms_hash: Mapped[str | None] = mapped_column(String(64))  # None: the offer's price is 面议
    mode: Mapped[str] = mapped_column(String(16))
    rulebook_version: Mapped[str] = mapped_column(ForeignKey("rulebook.version"))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    announced_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    announced_at: Mapped[datetime]
    currency: Mapped[str] = mapped_column(String(3))
    start_minor: Mapped[int]
    step_minor: Mapped[int]
    window_s: Mapped[int]
    free_starts_at: Mapped[datetime]
    free_ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    price_minor: Mapped[int | None]
    leader_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    leader_code: Mapped[str | None] = mapped_column(String(8))
    cycle_starts_at: Mapped[datetime]
    cycle_ends_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    def facts(self, rules: RulebookParams) -> LotFacts:
        """The lot as its rules see it."""
        return LotFacts(
            state=LotState(self.state),
            start_minor=self.start_minor,
            step_minor=self.step_minor,
            free_starts_at=self.free_starts_at,
            free_ends_at=self.free_ends_at,
            window=timedelta(seconds=self.window_s),
            cycle_starts_at=self.cycle_starts_at,
            cycle_ends_at=self.cycle_ends_at,
            leader_may_raise=rules.leader_may_raise,
            price_minor=self.price_minor,
            leader_id=self.leader_id,
            leader_code=self.leader_code,
            decided_at=self.decided_at,
        )

    def take(self, decision: Decision, decided_at: datetime) -> None:
        """Write a decided bid into the head: the next number, and what an accepted bid moves."""
        self.seq += 1
        self.decided_at = decided_at
        if decision.outcome is BidOutcome.accepted:
            self.version += 1
            self.state = decision.state
            self.price_minor = decision.price_minor
            self.leader_id = decision.leader_id
            self.leader_code = decision.leader_code
            self.cycle_starts_at = decision.cycle_starts_at
            self.cycle_ends_at = decision.cycle_ends_at

    @property
    def bid_mode(self) -> BidMode:
        return BidMode(self.mode)

    @property
    def lot_outcome(self) -> LotOutcome | None:
        return LotOutcome(self.outcome) if self.outcome else None


class LotBidder(Base):
    """An organisation admitted to a lot, known to everybody else by its code only."""

    __tablename__ = "lot_bidder"
    __table_args__ = (
        UniqueConstraint("lot_id", "code"),
        Index(None, "bidder_id", "lot_id"),  # "lots I take part in"
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    bidder_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    admitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    admitted_at: Mapped[datetime]


class Bid(Base):
    """One bid (报价), accepted or refused. Rows are inserted, never changed; ``seq`` is the order.

    ``received_at`` is when the market took it in, ``decided_at`` the legal instant: read under the
    lot's lock, never before the decision that went before it.
    """

    __tablename__ = "bid"
    __table_args__ = (
        UniqueConstraint("lot_id", "bidder_id", "idempotency_key"),
        ForeignKeyConstraint(
            ["lot_id", "bidder_id"], ["lot_bidder.lot_id", "lot_bidder.bidder_id"]
        ),
        CheckConstraint("seq > 0", name="seq_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(outcome = 'refused') = (reason IS NOT NULL)", name="refusal_has_reason"),
        CheckConstraint(
            "outcome <> 'accepted' OR price_after_minor = amount_minor", name="accepted_is_price"
        ),
        CheckConstraint("received_at <= decided_at", name="received_before_decided"),
        # the curve and the feed: accepted bids of a lot in order
        Index("ix_bid_accepted", "lot_id", "seq", postgresql_where=text("outcome = 'accepted'")),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bidder_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    origin: Mapped[str] = mapped_column(String(16))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    amount_minor: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    price_after_minor: Mapped[int | None]
    leader_code_after: Mapped[str | None] = mapped_column(String(8))
    cycle_ends_after: Mapped[datetime]
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime]

    def receipt(self, lot_number: str) -> BidReceipt:
        """The answer that was given, and is given again for the same key."""
        return BidReceipt(
            lot_number=lot_number,
            seq=self.seq,
            outcome=BidOutcome(self.outcome),
            reason=BidReason(self.reason) if self.reason else None,
            code=self.code,
            amount_minor=self.amount_minor,
            price_minor=self.price_after_minor,
            leader_code=self.leader_code_after,
            cycle_ends_at=self.cycle_ends_after,
            received_at=self.received_at,
            decided_at=self.decided_at,
        )


class LotSuspension(Base):
    """A suspension (中止): why, from when to when the service was gone, and its resumption."""

    __tablename__ = "lot_suspension"
    __table_args__ = (
        CheckConstraint(
            "gap_ended_at IS NULL OR gap_started_at < gap_ended_at", name="gap_ordered"
        ),
        # a lot is suspended once at a time
        Index(
            "uq_lot_suspension_open",
            "lot_id",
            unique=True,
            postgresql_where=text("resumed_at IS NULL"),
        ),
        Index(None, "lot_id", "suspended_at"),  # the lot's record
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str] = mapped_column(String(32))
    suspended_at: Mapped[datetime]
    gap_started_at: Mapped[datetime]
    gap_ended_at: Mapped[datetime | None]
    resumes_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]


class ServiceHeartbeat(Base):
    """The last sign of life of the web service; one row, written by every web process.

    ``offset_by`` is the market clock's offset at that beat: a clock that is moved forward is not
    a gap in service.
    """

    __tablename__ = "service_heartbeat"
    __table_args__ = (
        CheckConstraint("only_row", name="one_row"),
        {"postgresql_with": {"fillfactor": 50}},  # why: written every second
    )

    only_row: Mapped[bool] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime]
    offset_by: Mapped[timedelta] = mapped_column(Interval)


class ServiceOutage(Base):
    """A gap in service, written by the beat that ended it."""

    __tablename__ = "service_outage"
    __table_args__ = (
        CheckConstraint("started_at < ended_at", name="ordered"),
        Index(None, "ended_at"),  # outages that may touch a current cycle
    )

    id: Mapped[UUID] = pk()
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]


class OutbidTold(Base):
    """Up to which bid of a lot those who were outbid have been told, and when."""

    __tablename__ = "outbid_told"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    told_seq: Mapped[int]
    told_at: Mapped[datetime]
