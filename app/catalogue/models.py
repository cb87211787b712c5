"""Tables of achievements and what belongs to them; those of offers are in ``offer_models``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    AchievementKind,
    AchievementState,
    Attribute,
    ClaimFacts,
    ClaimState,
    Completer,
    CoOwner,
    Embodiment,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    Origin,
    PracticeStage,
    Stage,
)
from app.core.db import Base, pk
from app.core.official import NationalField, Region


class Achievement(Base):
    """A record of a 科技成果: entered by its owner, or imported into an organisation's care."""

    __tablename__ = "achievement"
    __table_args__ = (
        # why: the owner's own number names a row once in its care; imports rely on it to upsert
        UniqueConstraint("care_id", "owner_number", name="uq_achievement_care_id_owner_number"),
        # the same form sent twice makes one record; NULLs (imports) never collide
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("owner_number <> ''", name="has_owner_number"),
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl_is_a_level"),
        CheckConstraint("jsonb_array_length(keywords) <= 3", name="at_most_three_keywords"),
        CheckConstraint("owner_id IS NOT NULL OR origin = 'imported'", name="entered_has_owner"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_when"),
        CheckConstraint(
            "state <> 'returned' OR jsonb_array_length(return_reasons) > 0",
            name="returned_has_reason",
        ),
        CheckConstraint("version > 0", name="version_positive"),
        # an organisation's own list, newest first
        Index("ix_achievement_care_id_updated_at_id", "care_id", "updated_at", "id"),
        Index("ix_achievement_owner_id_updated_at_id", "owner_id", "updated_at", "id"),
        # the operator's queue, oldest first: only what waits
        Index(
            "ix_achievement_submitted_at_id",
            "submitted_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
        # the public list, newest first
        Index(
            "ix_achievement_published_at_id",
            "published_at",
            "id",
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    care_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    holder_name: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(String(16))
    owner_number: Mapped[str] = mapped_column(String(128))
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    title: Mapped[str]
    abstract: Mapped[str] = mapped_column(default="")
    keywords: Mapped[list[Any]] = mapped_column(default=list)
    field: Mapped[str | None] = mapped_column(String(32))
    applications: Mapped[str] = mapped_column(default="")
    industry: Mapped[str] = mapped_column(default="")
    kind: Mapped[str | None] = mapped_column(String(32))
    attribute: Mapped[str | None] = mapped_column(String(32))
    embodiment: Mapped[str | None] = mapped_column(String(32))
    level: Mapped[str | None] = mapped_column(String(32))
    stage: Mapped[str | None] = mapped_column(String(32))
    problem: Mapped[str] = mapped_column(default="")
    alternative: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    trl: Mapped[int | None]
    trl_evidence: Mapped[str] = mapped_column(default="")
    trl_assessor: Mapped[str] = mapped_column(default="")
    trl_assessed_on: Mapped[date | None]
    practice_stage: Mapped[str | None] = mapped_column(String(32))
    region: Mapped[str | None] = mapped_column(String(6))
    researched_from: Mapped[date | None]
    researched_to: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(16))
    return_reasons: Mapped[list[Any]] = mapped_column(default=list)
    return_note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID | None]  # the person's id; no name
    idempotency_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    def facts(self) -> AchievementFacts:
        """Snapshot for rules and other rooms."""
        return AchievementFacts(
            id=self.id,
            number=self.number,
            owner_id=self.owner_id,
            care_id=self.care_id,
            holder_name=self.holder_name,
            origin=Origin(self.origin),
            title=self.title,
            state=AchievementState(self.state),
            version=self.version,
        )

    def content(
        self,
        co_owners: Iterable[AchievementCoOwner],
        completers: Iterable[AchievementCompleter],
        rights: Iterable[IntellectualProperty],
    ) -> AchievementContent:
        """The record as a plain value, with its belongings in order."""
        return AchievementContent(
            owner_number=self.owner_number,
            title=self.title,
            abstract=self.abstract,
            keywords=tuple(self.keywords),
            field=NationalField(self.field) if self.field else None,
            applications=self.applications,
            industry=self.industry,
            kind=AchievementKind(self.kind) if self.kind else None,
            attribute=Attribute(self.attribute) if self.attribute else None,
            embodiment=Embodiment(self.embodiment) if self.embodiment else None,
            level=Level(self.level) if self.level else None,
            stage=Stage(self.stage) if self.stage else None,
            problem=self.problem,
            alternative=self.alternative,
            proof=self.proof,
            trl=self.trl,
            trl_evidence=self.trl_evidence,
            trl_assessor=self.trl_assessor,
            trl_assessed_on=self.trl_assessed_on,
            practice_stage=PracticeStage(self.practice_stage) if self.practice_stage else None,
            region=Region(self.region) if self.region else None,
            researched_from=self.researched_from,
            researched_to=self.researched_to,
            co_owners=tuple(row.value() for row in co_owners),
            completers=tuple(row.value() for row in completers),
            rights=tuple(row.value() for row in rights),
        )

    def write(self, content: AchievementContent) -> None:
        """Take over everything but the belongings, which have tables of their own."""
        for name in CONTENT_COLUMNS:
            value = getattr(content, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)


CONTENT_COLUMNS = tuple(
    f.name
    for f in fields(AchievementContent)
    if f.name not in {"co_owners", "completers", "rights"}
)


class AchievementCoOwner(Base):
    """A 共有人 of an achievement, in order."""

    __tablename__ = "achievement_co_owner"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share_is_a_part"),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    name: Mapped[str]
    share_bp: Mapped[int | None]

    def value(self) -> CoOwner:
        """The row as a plain value."""
        return CoOwner(self.name, self.party_id, self.share_bp)


class AchievementCompleter(Base):
    """A 完成人 in order of contribution: a member's id, or a name the owner published."""

    __tablename__ = "achievement_completer"
    __table_args__ = (
        # why: a member's name lives in accounts only; no second copy of it here
        CheckConstraint("(person_id IS NULL) <> (name = '')", name="member_or_name"),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")

    def value(self) -> Completer:
        """The row as a plain value."""
        return Completer(self.name, self.person_id, self.role)


class IntellectualProperty(Base):
    """A patent, an application, a software copyright, know-how … of an achievement."""

    __tablename__ = "intellectual_property"
    __table_args__ = (
        # which achievements rest on this patent
        Index("ix_intellectual_property_application_number", "application_number"),
        Index("ix_intellectual_property_publication_number", "publication_number"),
    )

    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(default="")
    application_number: Mapped[str | None] = mapped_column(String(32))
    publication_number: Mapped[str | None] = mapped_column(String(32))
    holder_name: Mapped[str] = mapped_column(default="")
    legal_status: Mapped[str] = mapped_column(String(16), default="unknown")
    status_on: Mapped[date | None]
    filed_on: Mapped[date | None]
    published_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    ipc: Mapped[str] = mapped_column(default="")

    def value(self) -> IpRight:
        """The row as a plain value."""
        return IpRight(
            kind=IpKind(self.kind),
            title=self.title,
            application_number=self.application_number or "",
            publication_number=self.publication_number or "",
            holder_name=self.holder_name,
            legal_status=LegalStatus(self.legal_status),
            status_on=self.status_on,
            filed_on=self.filed_on,
            published_on=self.published_on,
            expires_on=self.expires_on,
            ipc=self.ipc,
        )


class AchievementClaim(Base):
    """An organisation says that an imported achievement is its own, with evidence (认领)."""

    __tablename__ = "achievement_claim"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("evidence <> ''", name="has_evidence"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_when"),
        # one open claim of an organisation on one achievement
        Index(
            "uq_achievement_claim_pending",
            "achievement_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        # at most one claim is ever accepted
        Index(
            "uq_achievement_claim_accepted",
            "achievement_id",
            unique=True,
            postgresql_where=text("state = 'accepted'"),
        ),
        # the operator's queue, oldest first
        Index(
            "ix_achievement_claim_waiting",
            "created_at",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "organisation_id", "created_at"),  # an organisation's own claims
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    evidence: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    decision_note: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    def facts(self) -> ClaimFacts:
        """Snapshot for rules and pages."""
        return ClaimFacts(
            id=self.id,
            achievement_id=self.achievement_id,
            organisation_id=self.organisation_id,
            evidence=self.evidence,
            state=ClaimState(self.state),
            decision_note=self.decision_note,
            created_at=self.created_at,
            decided_at=self.decided_at,
        )
