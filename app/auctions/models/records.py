"""What is kept as proof of a finished sale; append-only for the serving role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class SaleRecord(Base):
    """One file about a finished sale: the public record, or a certificate.

    ``revision`` grows when something becomes of the sale after its end; ``outcome`` is what it was
    then. ``faults``: how many the verifier found in a public record when it was made.
    """

    __tablename__ = "sale_record"
    __table_args__ = (
        UniqueConstraint("lot_id", "kind", "revision"),
        UniqueConstraint("number"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hex"),
        CheckConstraint("size > 0 AND revision > 0", name="size_positive"),
        CheckConstraint("(kind = 'public') = (number IS NULL)", name="certificate_has_number"),
        Index(None, "sha256"),  # whether a file that somebody holds is one of ours
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    number: Mapped[str | None] = mapped_column(String(32))  # of a certificate
    outcome: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    faults: Mapped[int]
    made_at: Mapped[datetime]
