"""Tables of how often a published record was looked at: by day, and by organisation.

No person, no address and no browser is kept, so nothing here says who of an organisation looked.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class AchievementViews(Base):
    """Views of one record on one day (Shanghai)."""

    __tablename__ = "achievement_views"
    __table_args__ = (
        CheckConstraint("views > 0", name="views_positive"),
        Index("ix_achievement_views_on", "on_day"),  # what is older than a year goes
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]


class OrganisationViews(Base):
    """Views by members of one verified organisation on one day (Shanghai)."""

    __tablename__ = "achievement_organisation_views"
    __table_args__ = (
        CheckConstraint("views > 0", name="views_positive"),
        Index("ix_achievement_organisation_views_on", "on_day"),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]
