"""Tables of what a record said before: its versions, the names in them, and what was hidden."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class AchievementVersion(Base):
    """The content of a record at one version; the serving role may add rows and nothing else.

    ``content`` is canonical JSON (``packing.pack_content``) and ``sha256`` its hash; names of
    completers stand in ``achievement_completer_name``, so they can be erased without touching it.
    """

    __tablename__ = "achievement_version"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("length(sha256) = 64", name="has_hash"),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    published: Mapped[bool]  # whether everybody could read it
    by_person: Mapped[UUID | None]  # the id; no name
    by_organisation: Mapped[UUID | None]
    at: Mapped[datetime]


class AchievementCompleterName(Base):
    """A completer's published name, said once; versions point at it. Erasing empties it."""

    __tablename__ = "achievement_completer_name"
    __table_args__ = (
        CheckConstraint("(name = '') = (erased_at IS NOT NULL)", name="erased_when"),
        # one row a name, so that a person is the same in every version
        Index(
            "uq_achievement_completer_name_living",
            "achievement_id",
            "name",
            unique=True,
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    name: Mapped[str]
    erased_at: Mapped[datetime | None]


class AchievementVersionHiding(Base):
    """A version taken out of public sight, with its reason; number, time and hash stay public."""

    __tablename__ = "achievement_version_hiding"
    __table_args__ = (
        ForeignKeyConstraint(
            ["achievement_id", "version"],
            ["achievement_version.achievement_id", "achievement_version.version"],
            name="fk_achievement_version_hiding_version",
        ),
        CheckConstraint("reason <> ''", name="has_reason"),
    )

    achievement_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    hidden_by: Mapped[UUID | None]
    hidden_at: Mapped[datetime]
