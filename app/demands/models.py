"""Table of demands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.core.official import NationalField, Region
from app.demands.types import (
    CloseReason,
    Confidentiality,
    Cooperation,
    DemandContent,
    DemandFacts,
    DemandState,
    DemandView,
    Need,
    Origin,
)


class Demand(Base):
    """A 技术需求: entered by the organisation that has it, or imported into one's care."""

    __tablename__ = "demand"
    __table_args__ = (
        # why: the owner's own number names a row once in its care; imports rely on it
        UniqueConstraint("care_id", "owner_number"),
        # the same form sent twice makes one demand; NULLs (imports) never collide
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("(origin = 'imported') = (owner_id IS NULL)", name="entered_has_owner"),
        CheckConstraint("origin <> 'imported' OR owner_number <> ''", name="imported_has_number"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'published', 'returned', 'closed')",
            name="state_known",
        ),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_when"),
        CheckConstraint("state <> 'returned' OR return_reason <> ''", name="returned_has_reason"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)"
            " AND (state = 'closed') = (close_reason IS NOT NULL)",
            name="closed_says_why",
        ),
        CheckConstraint("budget_minor > 0", name="budget_positive"),
        CheckConstraint("version > 0", name="version_positive"),
        # an organisation's own list, newest first
        Index("ix_demand_care_id_updated_at_id", "care_id", "updated_at", "id"),
        # the operator's queue, oldest first: only what waits
        Index(
            "ix_demand_submitted_at_id",
            "submitted_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
        # the public list, newest first
        Index(
            "ix_demand_published_at_id",
            "published_at",
            "id",
            postgresql_where=text("state = 'published'"),
        ),
        # the sweep: what runs out next
        Index(
            "ix_demand_expires_at",
            "expires_at",
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    care_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    holder_name: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(String(16))
    owner_number: Mapped[str | None] = mapped_column(String(64))
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    title: Mapped[str]
    need: Mapped[str] = mapped_column(String(32))
    field: Mapped[str | None] = mapped_column(String(32))
    background: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    targets: Mapped[str] = mapped_column(default="")
    budget_minor: Mapped[int | None]  # 分; None is 面议
    deadline_on: Mapped[date | None]
    cooperation: Mapped[list[Any]] = mapped_column(default=list)
    region: Mapped[str | None] = mapped_column(String(6))
    confidentiality: Mapped[str] = mapped_column(String(16))
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]  # exclusive; set when published
    state: Mapped[str] = mapped_column(String(16))
    return_reason: Mapped[str] = mapped_column(default="")
    close_reason: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID | None]  # the person's id; no name
    idempotency_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    def content(self) -> DemandContent:
        """What its author wrote."""
        return DemandContent(
            title=self.title,
            need=Need(self.need),
            field=NationalField(self.field) if self.field else None,
            background=self.background,
            problem=self.problem,
            targets=self.targets,
            budget_minor=self.budget_minor,
            deadline_on=self.deadline_on,
            cooperation=tuple(map(Cooperation, self.cooperation)),
            region=Region(self.region) if self.region else None,
            confidentiality=Confidentiality(self.confidentiality),
            expires_on=self.expires_on,
        )

    def facts(self) -> DemandFacts:
        """Snapshot for rules."""
        return DemandFacts(
            id=self.id,
            number=self.number,
            owner_id=self.owner_id,
            care_id=self.care_id,
            origin=Origin(self.origin),
            state=DemandState(self.state),
            version=self.version,
            content=self.content(),
            expires_at=self.expires_at,
        )

    def view(self, *, holder: str, owner_id: UUID | None) -> DemandView:
        """Snapshot for one reader, who sees this holder."""
        return DemandView(
            id=self.id,
            number=self.number,
            state=DemandState(self.state),
            origin=Origin(self.origin),
            version=self.version,
            content=self.content(),
            holder=holder,
            owner_id=owner_id,
            expires_at=self.expires_at,
            return_reason=self.return_reason,
            close_reason=CloseReason(self.close_reason) if self.close_reason else None,
            created_at=self.created_at,
            submitted_at=self.submitted_at,
            published_at=self.published_at,
            closed_at=self.closed_at,
        )
