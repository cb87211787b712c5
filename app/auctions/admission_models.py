"""Tables of admission (报名与资格确认), complaints about it, and looks behind a code.

No table here holds a bidder's code: who decides on an application never learns it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class LotApplication(Base):
    """An organisation's application (报名) to take part in a lot, and what became of it.

    ``due_at`` is until when it can still be decided and admitted, None once it is settled.
    """

    __tablename__ = "lot_application"
    __table_args__ = (
        UniqueConstraint("lot_id", "party_id", "idempotency_key"),
        CheckConstraint(
            "state IN ('submitted', 'accepted', 'admitted', 'refused', 'withdrawn')",
            name="state_known",
        ),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
        CheckConstraint(
            "(state IN ('submitted', 'accepted')) = (due_at IS NOT NULL)", name="waits_until"
        ),
        CheckConstraint(
            "state IN ('submitted', 'withdrawn') OR decided_at IS NOT NULL", name="decided_when"
        ),
        # an organisation applies to a lot once at a time
        Index(
            "uq_lot_application_current",
            "lot_id",
            "party_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'accepted', 'admitted')"),
        ),
        Index(None, "lot_id", "id"),  # the applications to a lot
        Index(None, "party_id", "id"),  # an organisation's own, newest first
        # the operators' queue, oldest first
        Index(
            "ix_lot_application_queue",
            "applied_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
        # the sweep: what can no longer be admitted?
        Index("ix_lot_application_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    applied_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    statement: Mapped[str] = mapped_column(default="")  # how he meets the conditions, in his words
    declared: Mapped[dict[str, Any]]  # values that WEIGHTED weighs, by criterion
    settled: Mapped[dict[str, Any] | None]  # the same as an operator found them
    reason: Mapped[str | None] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(64))


class ApplicationComplaint(Base):
    """A complaint (异议) about a refusal, once, and the answer of somebody who did not decide."""

    __tablename__ = "application_complaint"
    __table_args__ = (
        CheckConstraint("text <> ''", name="has_text"),
        CheckConstraint(
            "(upheld IS NULL) = (answered_at IS NULL) AND (upheld IS NULL) = (answer = '')",
            name="answered_with_words",
        ),
        # what waits for an answer, oldest first
        Index(
            "ix_application_complaint_open",
            "filed_at",
            "application_id",
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("lot_application.id"), primary_key=True)
    text: Mapped[str]
    filed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]


class LotLook(Base):
    """A supervisor's look behind the codes of a lot before its close: asked, approved, read."""

    __tablename__ = "lot_look"
    __table_args__ = (
        UniqueConstraint("asked_by", "idempotency_key"),
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("approved_by <> asked_by", name="second_person"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (expires_at IS NULL)",
            name="approved_when",
        ),
        CheckConstraint("read_at IS NULL OR approved_at IS NOT NULL", name="read_when_approved"),
        Index(None, "lot_id", "id"),  # the looks at a lot
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # exclusive: until when the names may be read
    read_at: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(64))
