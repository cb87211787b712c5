"""Tables of inquiries (咨询) and their messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class Inquiry(Base):
    """A question of one organisation to another about a public thing. Persons are ids only."""

    __tablename__ = "inquiry"
    __table_args__ = (
        UniqueConstraint("asked_by", "idempotency_key"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("asker_id <> owner_id", name="asks_another"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("about_kind IN ('achievement', 'offer', 'demand')", name="about_known"),
        Index(None, "owner_id", "updated_at", "id"),  # what an organisation was asked
        Index(None, "asker_id", "updated_at", "id"),  # what an organisation asks
        Index(None, "asker_id", "asked_at"),  # the limit a day
        Index(None, "about_id", "asked_at"),  # who asked about a thing
        Index(None, "achievement_id", "asked_at"),  # who asked about a record or its offers
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    about_kind: Mapped[str] = mapped_column(String(16))
    about_id: Mapped[UUID]  # one of three tables, hence no key
    about_number: Mapped[str] = mapped_column(String(24))
    about_title: Mapped[str]
    achievement_id: Mapped[UUID | None] = mapped_column(ForeignKey("achievement.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    asked_by: Mapped[UUID]
    title: Mapped[str]
    wish: Mapped[str] = mapped_column(String(16))
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class InquiryMessage(Base):
    """One message of a thread; it is not changed afterwards."""

    __tablename__ = "inquiry_message"
    __table_args__ = (
        UniqueConstraint("by_person", "idempotency_key"),
        CheckConstraint("body <> ''", name="has_body"),
        Index(None, "inquiry_id", "at", "id"),  # a thread in order
        Index(None, "organisation_id", "at"),  # the limit an hour
    )

    id: Mapped[UUID] = pk()
    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiry.id"))
    side: Mapped[str] = mapped_column(String(8))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    by_person: Mapped[UUID]
    body: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
