"""Tables of what a party can show for itself: tokens, requests, verifications, bank accounts.

Personal data here: the name as verified and the holder of an account. An account's number and the
code of a transfer are sealed (``core.sealing``); an identity number is never stored.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class ApiToken(Base):
    """A program's way in (访问令牌), for one person and at most one organisation.

    Only the SHA-256 of the secret is known here; ``hint`` is its beginning, to tell tokens apart.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        # the tokens of one person, and a form sent twice
        UniqueConstraint("person_id", "idempotency_key"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_is_hashed"),
        CheckConstraint("cardinality(scopes) > 0", name="has_scopes"),
        CheckConstraint("expires_at > created_at", name="ends"),
    )

    id: Mapped[UUID] = pk()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(50))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(24)))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(64))


class JoinRequest(Base):
    """A person asks to become a member (加入申请); a head decides."""

    __tablename__ = "join_request"
    __table_args__ = (
        CheckConstraint(
            "cardinality(roles) > 0 AND roles <@"
            " ARRAY['manager', 'inventor', 'agent', 'head']::varchar[]",
            name="roles_known",
        ),
        CheckConstraint(
            "state IN ('pending', 'approved', 'refused', 'withdrawn')", name="state_known"
        ),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_has_reason"),
        Index(
            "uq_join_request_open",
            "organisation_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "person_id", "id"),  # a person's own requests, newest first
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(12)))
    note: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class PersonVerification(Base):
    """Who vouched that a person is who he says (实名), by what, when, and under which name."""

    __tablename__ = "person_verification"
    __table_args__ = (
        CheckConstraint("method IN ('document', 'organisation')", name="method_known"),
        CheckConstraint(
            "state IN ('submitted', 'verified', 'returned', 'withdrawn', 'lapsed')",
            name="state_known",
        ),
        CheckConstraint(
            "(method = 'organisation') = (organisation_id IS NOT NULL)", name="organisation_vouches"
        ),
        CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_has_reason"),
        Index(
            "uq_person_verification_current",
            "person_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'verified')"),
        ),
        Index(None, "person_id", "id"),  # a person's own, newest first
        # the operators' queue, oldest first
        Index(
            "ix_person_verification_review",
            "submitted_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[UUID] = pk()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    method: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class BankAccount(Base):
    """Where a party is paid (银行账户). A change is a new row; the old one is retired."""

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("party_id", "idempotency_key"),
        CheckConstraint("state IN ('entered', 'verified', 'retired')", name="state_known"),
        CheckConstraint("method IN ('transfer', 'operator')", name="method_known"),
        CheckConstraint(
            "state <> 'verified' OR (verified_at IS NOT NULL AND method IS NOT NULL)",
            name="verified_somehow",
        ),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_at_set"),
        CheckConstraint("last_digits ~ '^[0-9]{4}$'", name="last_digits_shape"),
        Index(
            "uq_bank_account_current",
            "party_id",
            unique=True,
            postgresql_where=text("state <> 'retired'"),
        ),
        # the operators' queue, oldest first
        Index(
            "ix_bank_account_review",
            "entered_at",
            "id",
            postgresql_where=text("state = 'entered'"),
        ),
    )

    id: Mapped[UUID] = pk()
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    holder: Mapped[str]
    bank: Mapped[str]
    branch: Mapped[str]
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_digits: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(10))
    method: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(64))


class BankTrial(Base):
    """A transfer of one 分 whose remark (附言) holds a code that only the holder can read."""

    __tablename__ = "bank_trial"
    __table_args__ = (
        CheckConstraint(
            "state IN ('ordered', 'sent', 'failed', 'matched', 'spent')", name="state_known"
        ),
        CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts_limited"),
        Index(
            "uq_bank_trial_open",
            "account_id",
            unique=True,
            postgresql_where=text("state IN ('ordered', 'sent')"),
        ),
        Index(None, "account_id", "id"),  # an account's transfers, newest first
    )

    id: Mapped[UUID] = pk()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.id"))
    code_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    ordered_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
