"""Rulebooks, lots and who takes part in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Interval,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.auctions.types import BidMode, LotOutcome
from app.core.db import Base, pk


class Rulebook(Base):
    """One version of the rules (竞价规则). A lot keeps the version it was born under."""

    __tablename__ = "rulebook"
    __table_args__ = (
        CheckConstraint(
            "in_force_from >= shown_from + interval '7 days'", name="shown_before_force"
        ),
    )

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str]
    clauses: Mapped[list[Any]]  # Chinese sentences, printed in this order
    params: Mapped[dict[str, Any]]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(16))  # law · excerpt · general · ours (DOMAIN 0.1)
    demonstration: Mapped[bool]  # never chosen by date, only by name
    shown_from: Mapped[datetime | None]  # None: since it is in force (电子商务法 34: 7 日 before)
    in_force_from: Mapped[datetime]
    in_force_to: Mapped[datetime | None]


class Lot(Base):
    """One thing for sale by bidding (标的), and the head of what happened to it.

    ``seq`` is the number of its last event, ``head_hash`` that event's place in the chain.
    ``version`` grows with every change that a watcher must see. ``due_at`` is the earliest instant
    at which the sweep has to look; a bid that moves the end leaves it alone, so that the hot row is
    updated without touching an index. ``terms`` are the engine's, pinned when it was published;
    None on a lot from before there were modes, whose columns say it all.
    """

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("seller_id", "idempotency_key"),
        CheckConstraint("start_minor > 0 AND step_minor >= 0", name="terms_positive"),
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
            "outcome IS DISTINCT FROM 'won' OR leader_id IS NOT NULL", name="won_has_winner"
        ),
        CheckConstraint(
            "(reserve_kind = 'hidden') = (reserve_sealed IS NOT NULL)",
            name="hidden_reserve_is_sealed",
        ),
        CheckConstraint(
            "(suspended_from IS NULL) = (suspended_at IS NULL)"
            " AND (suspended_from IS NULL OR state = 'suspended')",
            name="suspended_says_from",
        ),
        CheckConstraint("deposit_minor IS NULL OR deposit_minor > 0", name="deposit_positive"),
        # the sweep's one question: what is due?
        Index("ix_lot_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "offer_id"),  # the lots of an offer's page
        Index(None, "seller_id", "id"),  # the seller's desk, newest first
        Index(  # the public list of lots that are over, latest first
            "ix_lot_closed_at", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")
        ),
        Index(None, "achievement_id"),  # the lots of an achievement's page
        Index(None, "free_starts_at", "id"),  # the calendar of lots
        Index(  # negotiation windows that run out
            "ix_lot_negotiation_ends_at",
            "negotiation_ends_at",
            postgresql_where=text("negotiation_ends_at IS NOT NULL"),
        ),
        Index(  # what a sale that was undone has to give back
            "ix_lot_undone", "id", postgresql_where=text("outcome IN ('terminated', 'annulled')")
        ),
        Index(  # the lots that were put up again after this one
            "ix_lot_relisted_from",
            "relisted_from",
            postgresql_where=text("relisted_from IS NOT NULL"),
        ),
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

    # what it was published with
    terms: Mapped[dict[str, Any] | None]
    reserve_kind: Mapped[str] = mapped_column(String(8), default="none")
    reserve_sealed: Mapped[bytes | None]  # hidden: under the lot's key
    reserve_commitment: Mapped[str | None] = mapped_column(String(64))
    registration_starts_at: Mapped[datetime | None]
    registration_ends_at: Mapped[datetime | None]
    deposit_minor: Mapped[int | None]
    deposit_due_at: Mapped[datetime | None]
    admission: Mapped[str] = mapped_column(String(8), default="open")  # open · reviewed
    conditions: Mapped[str] = mapped_column(default="")
    documents: Mapped[list[Any]] = mapped_column(default=list)
    auctioneer: Mapped[dict[str, Any] | None]
    notice: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what else it announced
    relisted_from: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    genesis_hash: Mapped[str | None] = mapped_column(String(64))

    # the rest of its head
    shift: Mapped[timedelta] = mapped_column(Interval, default=timedelta())
    leader_rank: Mapped[int | None]
    rival: Mapped[str | None] = mapped_column(String(8))
    bidders_turn: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[list[Any]] = mapped_column(default=list)
    exercised: Mapped[list[Any]] = mapped_column(default=list)
    waived: Mapped[list[Any]] = mapped_column(default=list)
    rung: Mapped[int] = mapped_column(default=0)
    limited_starts_at: Mapped[datetime | None]
    suspended_from: Mapped[str | None] = mapped_column(String(16))
    suspended_at: Mapped[datetime | None]
    ending: Mapped[str | None] = mapped_column(String(24))
    negotiation_ends_at: Mapped[datetime | None]
    head_hash: Mapped[str | None] = mapped_column(String(64))

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
    rank: Mapped[int | None]  # of a pre-emption right (优先购买权), 1 the most senior
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what WEIGHTED weighs
    bid_in_free: Mapped[bool] = mapped_column(default=False)
    confirmed: Mapped[bool] = mapped_column(default=False)
