"""Tables of co-owners' consents (共有人同意) and of the dated rule that says when one is needed;
and of records entered for somebody else (代录) until that person confirms."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.consent_types import (
    ConfirmationFacts,
    ConfirmationState,
    ConsentBreadth,
    ConsentFacts,
    ConsentNeed,
    ConsentState,
    ConsentWay,
)
from app.catalogue.types import Disposal, Trust
from app.core.db import Base, pk


class ConsentRule(Base):
    """One dated row: does this disposal need every co-owner? An old row is ended, never edited."""

    __tablename__ = "consent_rule"
    __table_args__ = (
        CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
    )

    disposal: Mapped[str] = mapped_column(String(32), primary_key=True)
    in_force_from: Mapped[date] = mapped_column(primary_key=True)
    in_force_to: Mapped[date | None]  # last day, included
    needs_all: Mapped[bool]
    reason: Mapped[str]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(32))

    def value(self) -> ConsentNeed:
        """The row as a plain value."""
        return ConsentNeed(
            disposal=Disposal(self.disposal),
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
            needs_all=self.needs_all,
            reason=self.reason,
            source=self.source,
            trust=Trust(self.trust),
        )


class CoOwnerConsent(Base):
    """One co-owner's word on one offer, pinned to the list of co-owners and to what was asked."""

    __tablename__ = "co_owner_consent"
    __table_args__ = (
        CheckConstraint("statement <> ''", name="has_statement"),
        CheckConstraint(
            "state NOT IN ('given', 'refused') OR decided_at IS NOT NULL", name="decided_when"
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_when"
        ),
        # the same question to the same co-owner stands open once
        Index(
            "uq_co_owner_consent_open",
            "offer_id",
            "ordinal",
            "co_owners_hash",
            "scope_hash",
            unique=True,
            postgresql_where=text("state IN ('asked', 'proof_sent', 'given')"),
        ),
        Index(None, "achievement_id", "asked_at"),  # the consents of one record
        # what waits for one organisation's word
        Index(
            "ix_co_owner_consent_party_id_asked_at",
            "party_id",
            "asked_at",
            "id",
            postgresql_where=text("party_id IS NOT NULL"),
        ),
        # the operator's queue: proofs to be checked, oldest first
        Index(
            "ix_co_owner_consent_proof_sent",
            "asked_at",
            "id",
            postgresql_where=text("state = 'proof_sent'"),
        ),
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))  # who asks
    ordinal: Mapped[int]  # place in the list that co_owners_hash names
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    co_owner_name: Mapped[str]
    co_owners_hash: Mapped[str] = mapped_column(String(64))
    disposal: Mapped[str] = mapped_column(String(32))
    breadth: Mapped[str] = mapped_column(String(16))
    scope_hash: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str]  # the very words consented to
    statement_sha256: Mapped[str] = mapped_column(String(64))
    way: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]

    def facts(self) -> ConsentFacts:
        """Snapshot for rules and pages."""
        return ConsentFacts(
            id=self.id,
            achievement_id=self.achievement_id,
            offer_id=self.offer_id,
            owner_id=self.owner_id,
            ordinal=self.ordinal,
            party_id=self.party_id,
            co_owner_name=self.co_owner_name,
            co_owners_hash=self.co_owners_hash,
            disposal=Disposal(self.disposal),
            breadth=ConsentBreadth(self.breadth),
            scope_hash=self.scope_hash,
            statement=self.statement,
            statement_sha256=self.statement_sha256,
            way=ConsentWay(self.way),
            state=ConsentState(self.state),
            note=self.note,
            asked_at=self.asked_at,
            decided_at=self.decided_at,
            withdrawn_at=self.withdrawn_at,
        )


class AchievementConfirmation(Base):
    """A record that somebody entered for a researcher: who entered it, who has to confirm it."""

    __tablename__ = "achievement_confirmation"
    __table_args__ = (
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_when"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_reason"),
        CheckConstraint(
            "state <> 'confirmed' OR (confirmed_version IS NOT NULL AND content_hash IS NOT NULL)",
            name="confirmed_what",
        ),
        # what waits for one person
        Index(
            "ix_achievement_confirmation_person_id_entered_at",
            "person_id",
            "entered_at",
            "achievement_id",
        ),
        # what one person has entered for others
        Index(
            "ix_achievement_confirmation_entered_by_entered_at",
            "entered_by",
            "entered_at",
            "achievement_id",
        ),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    entered_by: Mapped[UUID]
    entered_as: Mapped[str] = mapped_column(String(16))  # operator or manager
    person_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(default="")
    confirmed_version: Mapped[int | None]
    content_hash: Mapped[str | None] = mapped_column(String(64))
    entered_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    def facts(self) -> ConfirmationFacts:
        """Snapshot for rules and pages."""
        return ConfirmationFacts(
            achievement_id=self.achievement_id,
            entered_by=self.entered_by,
            entered_as=self.entered_as,
            person_id=self.person_id,
            state=ConfirmationState(self.state),
            reason=self.reason,
            confirmed_version=self.confirmed_version,
            content_hash=self.content_hash,
            entered_at=self.entered_at,
            decided_at=self.decided_at,
        )
