"""Tables of the confidential layer. Texts stand here and nowhere else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.confidential_types import Nda
from app.core.db import Base, pk


class ConfidentialLayer(Base):
    """What the owner of an achievement shows only to whom he invites; one row an achievement."""

    __tablename__ = "confidential_layer"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    announced: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class ConfidentialNda(Base):
    """A version of the NDA text. Written once."""

    __tablename__ = "confidential_nda"
    __table_args__ = (CheckConstraint("text <> ''", name="has_text"),)

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(String(16), default="")
    written_by: Mapped[UUID | None]
    written_at: Mapped[datetime]

    def value(self) -> Nda:
        """The row as a plain value."""
        return Nda(self.version, self.text, self.sha256, self.written_at)


class ConfidentialGuest(Base):
    """An organisation that asked to read, or was invited to."""

    __tablename__ = "confidential_guest"
    __table_args__ = (
        UniqueConstraint("achievement_id", "organisation_id"),
        CheckConstraint(
            "state IN ('requested', 'invited', 'declined', 'revoked')", name="state_known"
        ),
        CheckConstraint(
            "state <> 'invited' OR (until IS NOT NULL AND invited_at IS NOT NULL)",
            name="invited_until",
        ),
        # what an organisation may open, latest end first
        Index(
            "ix_confidential_guest_rooms",
            "organisation_id",
            "until",
            "id",
            postgresql_where=text("state = 'invited'"),
        ),
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    state: Mapped[str] = mapped_column(String(12))
    message: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime | None]
    invited_by: Mapped[UUID | None]
    invited_at: Mapped[datetime | None]
    until: Mapped[datetime | None]  # exclusive
    changes: Mapped[int] = mapped_column(default=1)  # tells one notice from the next


class ConfidentialAcceptance(Base):
    """An organisation accepted a version of the NDA. Written once."""

    __tablename__ = "confidential_acceptance"

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    nda_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    nda_sha256: Mapped[str] = mapped_column(String(64))
    accepted_by: Mapped[UUID]
    accepted_at: Mapped[datetime]


class ConfidentialOpening(Base):
    """Somebody of an invited organisation opened the text or a file. Written once."""

    __tablename__ = "confidential_opening"
    __table_args__ = (
        CheckConstraint("(what = 'file') = (file_id IS NOT NULL)", name="file_named"),
        Index(None, "achievement_id", "opened_at", "id"),  # the owner's list, newest first
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    person_id: Mapped[UUID]
    what: Mapped[str] = mapped_column(String(4))
    file_id: Mapped[UUID | None]
    nda_version: Mapped[int]
    opened_at: Mapped[datetime]
