"""Tables of the audit trail; both are append-only for the serving role."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Xid8, pk


class AuditEntry(Base):
    """One line of one verb: ids and hashes, never personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "subject_id", "seq"),  # the history of one thing, newest first
        Index(None, "xid", "seq"),  # the sealing job's order
        # one person's own lines, for the copy of his data
        Index(None, "person_id", "seq", postgresql_where=text("person_id IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    seq: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]]


class AuditSeal(Base):
    """An entry's place in the chain: chain_hash = SHA-256(previous chain_hash + entry_hash)."""

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    entry_hash: Mapped[bytes] = mapped_column(LargeBinary)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
