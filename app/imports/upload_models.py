"""Tables of uploads: the file and where it stands, its refused rows, and remembered columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk

_OVER = "('finished', 'cancelled', 'refused')"


class ImportUpload(Base):
    """A file that somebody brought to be imported, from its arrival to its report."""

    __tablename__ = "import_upload"
    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        CheckConstraint("kind IN ('achievements', 'demands')", name="kind_known"),
        CheckConstraint(
            "state IN ('received', 'mapping', 'checking', 'checked', 'running', 'finished',"
            " 'cancelled', 'refused')",
            name="state_known",
        ),
        # one file is worked on once at a time for one organisation
        Index(
            "uq_import_upload_open",
            "kind",
            "care_id",
            "file_sha256",
            unique=True,
            postgresql_where=text(f"state NOT IN {_OVER}"),
        ),
        # an organisation's uploads, and everybody's, newest first
        Index("ix_import_upload_care_id", "care_id", "id"),
        # what the sweep takes away
        Index("ix_import_upload_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(20))
    care_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    file_id: Mapped[UUID | None]
    file_name: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    shape: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    samples: Mapped[list[Any]] = mapped_column(default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_rows: Mapped[int] = mapped_column(default=0)
    total_rows: Mapped[int] = mapped_column(default=0)
    checked: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_batch.id"))
    refusals: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    stopping: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class ImportRefusal(Base):
    """One fault of one row of an upload, for its report; gone with the file."""

    __tablename__ = "import_refusal"
    __table_args__ = (CheckConstraint("phase IN ('check', 'run')", name="phase_known"),)

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("import_upload.id"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(8), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    column: Mapped[str]
    reason: Mapped[str]
    value: Mapped[str]


class ImportMapping(Base):
    """Which columns held what the last time a file with these column names came."""

    __tablename__ = "import_mapping"

    care_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    header_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
