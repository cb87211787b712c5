"""What happened in a sale, numbered and chained, and what of it is kept sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.auctions.types import Act, BidOutcome, BidReason, BidReceipt
from app.core.db import Base


class Bid(Base):
    """One numbered answer: a bid (报价) or another act, accepted or refused; or an automatic bid.

    Rows are inserted, never changed; ``seq`` is the order. ``received_at`` is when the market took
    it in, ``decided_at`` the legal instant: read under the lot's lock, never before the decision
    that went before it. A maximum and a sealed bid stand in ``sealed`` alone, with the salt of
    their ``commitment``; so does the salt of a refused amount. ``…_after`` is how the lot stood
    after this entry, ``standing_…`` how it stood after the automatic bids that answered it.
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
            "outcome <> 'accepted' OR act NOT IN ('bid', 'match', 'accept', 'raise')"
            " OR (price_after_minor = amount_minor AND amount_minor IS NOT NULL)",
            name="accepted_is_price",
        ),
        CheckConstraint(
            "(commitment IS NULL) = (sealed IS NULL)"
            " AND (act NOT IN ('seal', 'store') OR amount_minor IS NULL)",
            name="secret_is_sealed",
        ),
        CheckConstraint(
            "(origin = 'manual') = (idempotency_key IS NOT NULL)", name="person_has_key"
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
    idempotency_key: Mapped[str | None] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(8), default="bid")
    amount_minor: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    price_after_minor: Mapped[int | None]
    leader_code_after: Mapped[str | None] = mapped_column(String(8))
    cycle_ends_after: Mapped[datetime]
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    state_after: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(String(8))
    standing_price_minor: Mapped[int | None]
    standing_leader_code: Mapped[str | None] = mapped_column(String(8))
    commitment: Mapped[str | None] = mapped_column(String(64))
    sealed: Mapped[bytes | None]
    hash: Mapped[str | None] = mapped_column(String(64))  # None: from before there was a chain

    def receipt(self, lot_number: str) -> BidReceipt:
        """The answer that was given, and is given again for the same key."""
        return BidReceipt(
            lot_number=lot_number,
            seq=self.seq,
            act=Act(self.act),
            outcome=BidOutcome(self.outcome),
            reason=BidReason(self.reason) if self.reason else None,
            code=self.code,
            amount_minor=self.amount_minor,
            price_minor=self.price_after_minor,
            leader_code=self.leader_code_after,
            cycle_ends_at=self.cycle_ends_after,
            received_at=self.received_at,
            decided_at=self.decided_at,
            standing_price_minor=self.standing_price_minor or self.price_after_minor,
            standing_leader_code=self.standing_leader_code or self.leader_code_after,
            commitment=self.commitment,
        )


class LotEvent(Base):
    """One step of the clock or the staff, numbered together with the bids; append-only.

    ``at`` is when it took effect, ``decided_at`` when it was written down; ``beat_at`` is the last
    sign of life of the service that was known then, where the step depended on it.
    """

    __tablename__ = "lot_event"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq_positive"),
        CheckConstraint("at <= decided_at", name="noted_after"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    decided_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # never published
    hash: Mapped[str] = mapped_column(String(64))


class LotKey(Base):
    """The key under which a lot's secrets are sealed, itself sealed by the market's (``vault``)."""

    __tablename__ = "lot_key"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    wrapped: Mapped[bytes]


class LotProxy(Base):
    """A bidder's stored maximum (最高限价) that stands now, and the number it was stored under."""

    __tablename__ = "lot_proxy"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lot_id", "bidder_id"], ["lot_bidder.lot_id", "lot_bidder.bidder_id"]
        ),
    )

    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    bidder_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes]
    stored_seq: Mapped[int]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
