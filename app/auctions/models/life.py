"""A lot's life beside its bids: drafts, announcements, suspensions; and the service's record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Interval, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class LotDraft(Base):
    """A lot that is being written; ``form`` holds what was typed, and never a hidden reserve."""

    __tablename__ = "lot_draft"
    __table_args__ = (
        UniqueConstraint("seller_id", "idempotency_key"),
        Index(None, "seller_id", "id"),  # the seller's desk, newest first
    )

    id: Mapped[UUID] = pk()
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    form: Mapped[dict[str, Any]]
    version: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    relisted_from: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LotAnnouncement(Base):
    """What was announced of a published lot (公告): why it changed, stopped, went on or ended."""

    __tablename__ = "lot_announcement"
    __table_args__ = (
        UniqueConstraint("lot_id", "key"),
        Index(None, "lot_id", "at"),  # what was announced of a lot, in order
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[str] = mapped_column(String(16))
    statement: Mapped[str]
    facts: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class LotSuspension(Base):
    """A suspension (中止): why, from when to when the service was gone, and its resumption."""

    __tablename__ = "lot_suspension"
    __table_args__ = (
        CheckConstraint(
            "gap_ended_at IS NULL OR gap_started_at < gap_ended_at", name="gap_ordered"
        ),
        CheckConstraint(
            "reason <> 'service_outage' OR gap_started_at IS NOT NULL", name="outage_has_gap"
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
    gap_started_at: Mapped[datetime | None]  # None: the staff stopped it, not an outage
    gap_ended_at: Mapped[datetime | None]
    resumes_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    cause_ended_at: Mapped[datetime | None]
    resume_by: Mapped[datetime | None]  # 5 日 after the cause has ended (L-网拍28)


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
