"""Tables of accounts. Personal data stands in ``person``, ``login`` and ``address_proof``."""

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

from app.accounts.types import OrganisationKind, OrganisationView, VerificationState
from app.core.db import Base, pk
from app.core.ids import new_id


class Party(Base):
    """Whatever owns, signs and pays (主体)."""

    __tablename__ = "party"
    __table_args__ = (CheckConstraint("kind IN ('person', 'organisation')", name="kind_known"),)

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]


class Person(Base):
    """A natural person (个人). Deletion empties the fields and keeps the id.

    ``consent_version`` is the privacy text he agreed to when he signed up; empty for accounts that
    were made for him (by an administrator, or before there was such a text).
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(
            "(consent_version = '') = (consented_at IS NULL)", name="consent_has_its_time"
        ),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    name: Mapped[str]
    consent_version: Mapped[str] = mapped_column(String(16), server_default="")
    consented_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Login(Base):
    """A way in: a normalised identifier and an argon2 hash, the same in all logins of a person.

    ``proved_at``: when a code sent there came back; None where an administrator typed it in.
    """

    __tablename__ = "login"
    __table_args__ = (
        UniqueConstraint("kind", "value"),
        CheckConstraint("kind IN ('email', 'mobile')", name="kind_known"),
        Index(None, "person_id"),  # the ways in of one person, for member lists
    )

    id: Mapped[UUID] = pk()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]


class AddressProof(Base):
    """A code on its way to an address (验证码), and what is done once it comes back.

    Until then nothing of it is an account. ``decoy``: the page goes on as always, the letter says
    what is so (the address has an account already, or has none), and no code will ever fit.
    ``notice`` proves nothing: it keeps the address of a letter after its login has gone.
    """

    __tablename__ = "address_proof"
    __table_args__ = (
        UniqueConstraint("handle_hash"),
        UniqueConstraint("link_hash"),
        CheckConstraint(
            "purpose IN ('sign_up', 'reset', 'add_login', 'notice')", name="purpose_known"
        ),
        CheckConstraint("kind IN ('email', 'mobile')", name="kind_known"),
        CheckConstraint(
            "octet_length(handle_hash) = 32 AND octet_length(code_hash) = 32"
            " AND octet_length(link_hash) = 32",
            name="secrets_are_hashed",
        ),
        CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts_limited"),
        CheckConstraint(
            "purpose <> 'sign_up' OR (name <> '' AND password_hash <> '')",
            name="sign_up_is_whole",
        ),
        CheckConstraint(
            "purpose <> 'add_login' OR person_id IS NOT NULL", name="login_is_for_someone"
        ),
        Index(None, "expires_at"),  # the sweep of what was never proved
        Index(None, "person_id"),  # removed with the account
    )

    id: Mapped[UUID] = pk()
    purpose: Mapped[str] = mapped_column(String(9))
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(8))
    handle_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    decoy: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    consent_version: Mapped[str] = mapped_column(String(16), default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    replaces_id: Mapped[UUID | None]


class Organisation(Base):
    """An organisation (单位) and how far its verification (认证) is."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("founded_by", "idempotency_key"),
        CheckConstraint(
            "kind IN ('university', 'institute', 'hospital', 'state_enterprise', 'enterprise',"
            " 'transfer_agency')",
            name="kind_known",
        ),
        CheckConstraint(
            "state IN ('unverified', 'submitted', 'verified', 'returned')", name="state_known"
        ),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_has_reason"),
        CheckConstraint(
            "state = 'unverified' OR (number IS NOT NULL AND submitted_at IS NOT NULL)",
            name="submitted_has_number",
        ),
        # one verified organisation per code; squatters' claims keep nobody out
        Index(
            "uq_organisation_verified_credit_code",
            "credit_code",
            unique=True,
            postgresql_where=text("state = 'verified'"),
        ),
        Index(None, "credit_code"),  # all claims to one code, for the review
        Index(None, "name", "id"),  # the public list, in order of names; importers find by name
        # the review queue, oldest first
        Index(
            "ix_organisation_review",
            "submitted_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    credit_code: Mapped[str] = mapped_column(String(18))
    region: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    reason: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    founded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    idempotency_key: Mapped[str] = mapped_column(String(64))

    def view(self) -> OrganisationView:
        """A snapshot that may leave the transaction."""
        return OrganisationView(
            id=self.id,
            name=self.name,
            kind=OrganisationKind(self.kind),
            credit_code=self.credit_code,
            region=self.region,
            state=VerificationState(self.state),
            number=self.number,
            reason=self.reason,
            submitted_at=self.submitted_at,
            decided_at=self.decided_at,
        )


class Membership(Base):
    """A person's roles in an organisation. A removed member keeps his row without its effect."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id"),
        CheckConstraint("state IN ('active', 'removed')", name="state_known"),
        CheckConstraint(
            "cardinality(roles) > 0 AND roles <@"
            " ARRAY['manager', 'inventor', 'agent', 'head']::varchar[]",
            name="roles_known",
        ),
        Index(None, "person_id"),  # the organisations of one person
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(12)))
    state: Mapped[str] = mapped_column(String(8))
    joined_at: Mapped[datetime]


class Invitation(Base):
    """A one-time code with which one person joins, in the roles that a head chose.

    The code is kept readable for its seven days, so that the head can look it up again.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(
            "cardinality(roles) > 0 AND roles <@"
            " ARRAY['manager', 'inventor', 'agent', 'head']::varchar[]",
            name="roles_known",
        ),
        CheckConstraint("(used_by IS NULL) = (used_at IS NULL)", name="used_by_someone"),
        UniqueConstraint("organisation_id", "idempotency_key"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(19), unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(12)))
    note: Mapped[str]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    used_at: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(64))


class PlatformRole(Base):
    """A role that a person holds on the platform, or as a broker, wherever he works."""

    __tablename__ = "platform_role"
    __table_args__ = (
        CheckConstraint(
            "role IN ('operator', 'publisher', 'supervisor', 'administrator', 'broker')",
            name="role_known",
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    granted_at: Mapped[datetime]


class LoginSession(Base):
    """A signed-in browser (会话). Only the SHA-256 of its token is known here.

    ``browser`` is a short label and ``address`` is masked: enough for the person to recognise it.
    """

    __tablename__ = "login_session"
    __table_args__ = (
        UniqueConstraint("id"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_is_hashed"),
        Index(None, "expires_at"),  # the sweep of ended sessions
        Index(None, "person_id"),  # the sessions of one person
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id, server_default=text("gen_random_uuid()"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(60), server_default="")
    address: Mapped[str] = mapped_column(String(45), server_default="")


class AttemptCounter(Base):
    """How often something was tried in one fixed window; the key is hashed."""

    __tablename__ = "attempt_counter"
    __table_args__ = (Index(None, "window_ends_at"),)  # the sweep of old windows

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(primary_key=True)
    hits: Mapped[int]
