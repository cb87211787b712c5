"""Tables of imports: batches and their committed chunks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.imports.types import Tally


class ImportBatch(Base):
    """One file brought in once for one organisation's care; open until its last chunk."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("kind IN ('achievements', 'demands')", name="kind_known"),
        CheckConstraint(
            "read_rows = inserted_rows + updated_rows + unchanged_rows + refused_rows",
            name="rows_add_up",
        ),
        # one run at a time goes on with a file; a finished file may be brought in again
        Index(
            "uq_import_batch_open",
            "kind",
            "care_id",
            "file_sha256",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        # the list of an organisation's imports, newest first
        Index("ix_import_batch_care_id_started_at", "care_id", "started_at"),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(20))
    care_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    file_sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    chunks_done: Mapped[int] = mapped_column(default=0)
    read_rows: Mapped[int] = mapped_column(default=0)
    inserted_rows: Mapped[int] = mapped_column(default=0)
    updated_rows: Mapped[int] = mapped_column(default=0)
    unchanged_rows: Mapped[int] = mapped_column(default=0)
    refused_rows: Mapped[int] = mapped_column(default=0)

    def tally(self) -> Tally:
        """What became of its rows so far."""
        return Tally(
            self.read_rows,
            self.inserted_rows,
            self.updated_rows,
            self.unchanged_rows,
            self.refused_rows,
        )


class ImportChunk(Base):
    """One committed chunk; rows are inserted, never changed."""

    __tablename__ = "import_chunk"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    read_rows: Mapped[int]
    inserted_rows: Mapped[int]
    updated_rows: Mapped[int]
    unchanged_rows: Mapped[int]
    refused_rows: Mapped[int]
    committed_at: Mapped[datetime]
