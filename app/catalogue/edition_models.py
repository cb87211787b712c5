"""Tables of catalogue editions (成果目录) with their frozen rows, and of plans of conversion."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.edition_types import (
    ConversionPlanContent,
    EditionFacts,
    EditionKind,
    EditionState,
    PlanRoute,
    Visibility,
)
from app.core.db import Base, pk


class CatalogueEdition(Base):
    """One issue of a catalogue or of a conversion list; ``owner_id`` NULL is the whole market's."""

    __tablename__ = "catalogue_edition"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("kind IN ('catalogue', 'conversion_list')", name="kind_known"),
        CheckConstraint("state IN ('draft', 'published', 'discarded')", name="state_known"),
        CheckConstraint("visibility IN ('public', 'internal')", name="visibility_known"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint(
            "(state = 'published') = (number IS NOT NULL) AND (state = 'published') ="
            " (sha256 IS NOT NULL) AND (state = 'published') = (published_at IS NOT NULL)"
            " AND (state = 'published') = (issue IS NOT NULL)",
            name="published_whole",
        ),
        CheckConstraint("state <> 'published' OR size > 0", name="published_not_empty"),
        # issues are counted per issuer, kind and title, each once
        Index(
            "uq_catalogue_edition_issue",
            "owner_id",
            "kind",
            "title",
            "issue",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        Index(
            "uq_catalogue_edition_platform_issue",
            "kind",
            "title",
            "issue",
            unique=True,
            postgresql_where=text("state = 'published' AND owner_id IS NULL"),
        ),
        # the public shelf, newest first
        Index(
            "ix_catalogue_edition_public",
            "published_at",
            "id",
            postgresql_where=text("state = 'published' AND visibility = 'public'"),
        ),
        Index(None, "owner_id", "updated_at", "id"),  # an issuer's own, last changed first
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str | None] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    issuer: Mapped[str] = mapped_column(default="")  # the organisation's name, as published
    title: Mapped[str]
    period: Mapped[str] = mapped_column(default="")
    issue: Mapped[int | None]
    foreword: Mapped[str] = mapped_column(default="")
    selection: Mapped[dict[str, Any]]
    excluded: Mapped[list[Any]] = mapped_column(default=list)  # ids taken out of the selection
    visibility: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    def facts(self) -> EditionFacts:
        """Snapshot for rules and pages."""
        return EditionFacts(
            id=self.id,
            number=self.number,
            kind=EditionKind(self.kind),
            owner_id=self.owner_id,
            issuer=self.issuer,
            title=self.title,
            period=self.period,
            issue=self.issue,
            foreword=self.foreword,
            visibility=Visibility(self.visibility),
            state=EditionState(self.state),
            size=self.size,
            sha256=self.sha256,
            version=self.version,
            updated_at=self.updated_at,
            published_at=self.published_at,
        )


class CatalogueEditionRow(Base):
    """One achievement as it stood when the edition was published; never changed."""

    __tablename__ = "catalogue_edition_row"
    __table_args__ = (
        UniqueConstraint("edition_id", "achievement_id"),
        Index(None, "achievement_id"),  # the editions that an achievement stands in
    )

    edition_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_edition.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    section: Mapped[str] = mapped_column(String(32))  # a national field, or empty
    content: Mapped[dict[str, Any]]


class ConversionPlan(Base):
    """What a unit means to do with one achievement (转化清单的计划栏)."""

    __tablename__ = "conversion_plan"
    __table_args__ = (
        Index(None, "owner_id", "responsible_id"),  # what is planned, by who answers for it
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    route: Mapped[str | None] = mapped_column(String(24))
    responsible_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    next_step: Mapped[str] = mapped_column(default="")
    target_on: Mapped[date | None]
    negotiating: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[UUID]
    updated_at: Mapped[datetime]

    def content(self) -> ConversionPlanContent:
        """What the manager set, as a plain value."""
        return ConversionPlanContent(
            route=PlanRoute(self.route) if self.route else None,
            responsible_id=self.responsible_id,
            next_step=self.next_step,
            target_on=self.target_on,
            negotiating=self.negotiating,
        )
