"""The table of attachments; contents are on disk."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.files.types import FileKind, FileView


class Attachment(Base):
    """A content under a name, on something another room owns."""

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("attached_by", "owner_id", "idempotency_key"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hex"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("name <> '' OR detached_at IS NOT NULL", name="has_name"),
        # what is attached to one thing, in order
        Index("ix_attachment_owner", "owner_kind", "owner_id", "layer", "attached_at", "id"),
        # whether anything still names a content: the sweep asks
        Index("ix_attachment_sha256", "sha256", postgresql_where=text("detached_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    owner_kind: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[UUID]
    layer: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(8))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    attached_by: Mapped[UUID | None]  # the person's id; no name
    idempotency_key: Mapped[str] = mapped_column(String(80))
    attached_at: Mapped[datetime]
    detached_at: Mapped[datetime | None]

    def view(self) -> FileView:
        """A snapshot that may leave the transaction."""
        return FileView(
            id=self.id,
            owner_kind=self.owner_kind,
            owner_id=self.owner_id,
            layer=self.layer,
            name=self.name,
            kind=FileKind(self.kind),
            size=self.size,
            sha256=self.sha256,
            attached_at=self.attached_at,
            attached_by=self.attached_by,
        )


class ContentSweep(Base):
    """Where the sweep of contents that nothing names stands: one row."""

    __tablename__ = "content_sweep"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("folder BETWEEN 0 AND 255", name="folder_exists"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    folder: Mapped[int]  # the next one to look at
    due_at: Mapped[datetime]
