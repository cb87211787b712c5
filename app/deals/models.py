"""Tables of the room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class Deal(Base):
    """What two parties owe one another (交易)."""

    __tablename__ = "deal"
    __table_args__ = (
        # why: the news of an award may arrive twice; its deal is opened once
        UniqueConstraint("origin_kind", "origin_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("seller_id <> buyer_id", name="two_parties"),
        CheckConstraint("priced_at <= opened_at AND priced_at < sign_by", name="dates_ordered"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (cancelled_at IS NULL) = (cancelled_for IS NULL)",
            name="cancelled_says_why",
        ),
        Index(None, "seller_id", "id"),  # a party's list, newest first
        Index(None, "buyer_id", "id"),
        Index(None, "achievement_id"),  # the deals of an achievement
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(32))
    origin_kind: Mapped[str] = mapped_column(String(16))
    origin_id: Mapped[UUID]  # a lot; later a notice or a match: hence no foreign key
    origin_number: Mapped[str] = mapped_column(String(32))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    offer_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    bid_on: Mapped[str] = mapped_column(String(16))  # which number of the terms the amount is
    terms_hash: Mapped[str] = mapped_column(String(64))  # of the terms with the price found
    priced_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    sign_by: Mapped[datetime]  # exclusive
    sign_by_provisional: Mapped[bool]
    cancelled_at: Mapped[datetime | None]
    cancelled_for: Mapped[str | None] = mapped_column(String(32))  # topic of what undid it
