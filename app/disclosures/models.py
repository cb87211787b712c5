"""Tables of disclosures: the record, its completers, its submissions, the decisions, the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.core.official import NationalField
from app.disclosures.types import (
    Completer,
    DisclosureContent,
    DisclosureFacts,
    DisclosureState,
    DueRule,
    Funding,
    Publication,
    PublicationKind,
    Secrecy,
    Wish,
)


class Disclosure(Base):
    """What an inventor tells his unit (披露); ``due_at`` is exclusive."""

    __tablename__ = "disclosure"
    __table_args__ = (
        UniqueConstraint("author_id", "idempotency_key"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("(submissions > 0) = (number IS NOT NULL)", name="submitted_has_number"),
        CheckConstraint(
            "state <> 'submitted' OR (submitted_at IS NOT NULL AND due_at > submitted_at)",
            name="waiting_is_due",
        ),
        # what may be a state secret is never kept on line
        CheckConstraint("secrecy <> 'maybe_secret'", name="no_secret_online"),
        CheckConstraint(
            "achievement_id IS NULL OR state = 'accepted'", name="linked_when_accepted"
        ),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "author_id", "updated_at", "id"),  # one's own, last changed first
        Index(None, "organisation_id", "updated_at", "id"),  # the unit's, last changed first
        # what waits for the unit's decision, the most urgent first
        Index(
            "ix_disclosure_waiting",
            "organisation_id",
            "due_at",
            "id",
            postgresql_where=text("state = 'submitted'"),
        ),
        # the sweep: who is to be reminded next
        Index("ix_disclosure_remind_at", "remind_at", postgresql_where=text("state = 'submitted'")),
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str | None] = mapped_column(String(24), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    state: Mapped[str] = mapped_column(String(16))
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    novelty: Mapped[str] = mapped_column(default="")
    field: Mapped[str | None] = mapped_column(String(32))
    funding: Mapped[str | None] = mapped_column(String(16))
    fiscal: Mapped[bool | None]
    project_name: Mapped[str] = mapped_column(default="")
    project_number: Mapped[str] = mapped_column(default="")
    publications: Mapped[list[Any]] = mapped_column(default=list)
    secrecy: Mapped[str | None] = mapped_column(String(16))
    obligations: Mapped[str] = mapped_column(default="")
    wish: Mapped[str | None] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(default=1)
    submissions: Mapped[int] = mapped_column(default=0)
    submitted_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_provisional: Mapped[bool] = mapped_column(default=False)
    due_days: Mapped[int | None]
    due_source: Mapped[str] = mapped_column(default="")
    due_trust: Mapped[str | None] = mapped_column(String(32))
    remind_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    achievement_id: Mapped[UUID | None] = mapped_column(ForeignKey("achievement.id"), unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def facts(self) -> DisclosureFacts:
        """Snapshot for rules and pages."""
        return DisclosureFacts(
            id=self.id,
            number=self.number,
            organisation_id=self.organisation_id,
            author_id=self.author_id,
            state=DisclosureState(self.state),
            title=self.title,
            version=self.version,
            submissions=self.submissions,
            achievement_id=self.achievement_id,
        )

    def content(self, completers: Iterable[DisclosureCompleter]) -> DisclosureContent:
        """What its author wrote, as a plain value."""
        return DisclosureContent(
            title=self.title,
            summary=self.summary,
            problem=self.problem,
            novelty=self.novelty,
            field=NationalField(self.field) if self.field else None,
            funding=Funding(self.funding) if self.funding else None,
            fiscal=self.fiscal,
            project_name=self.project_name,
            project_number=self.project_number,
            publications=tuple(map(read_publication, self.publications)),
            secrecy=Secrecy(self.secrecy) if self.secrecy else None,
            obligations=self.obligations,
            wish=Wish(self.wish) if self.wish else None,
            completers=tuple(row.value() for row in completers),
        )

    def write(self, content: DisclosureContent) -> None:
        """Take over everything but the completers, who have a table of their own."""
        for name in _COLUMNS:
            setattr(self, name, getattr(content, name))
        self.publications = [
            {"kind": row.kind, "where": row.where, "on": row.on.isoformat() if row.on else None}
            for row in content.publications
        ]

    def due_rule(self) -> DueRule | None:
        """The period it was submitted under."""
        if self.due_days is None:
            return None
        return DueRule(self.due_days, self.due_source, self.due_trust or "")


_COLUMNS = (
    "title", "summary", "problem", "novelty", "field", "funding", "fiscal", "project_name",
    "project_number", "secrecy", "obligations", "wish",
)  # fmt: skip


def read_publication(row: dict[str, Any]) -> Publication:
    """One row of the JSON column."""
    on = date.fromisoformat(row["on"]) if row["on"] else None
    return Publication(PublicationKind(row["kind"]), row["where"], on)


class DisclosureCompleter(Base):
    """A 完成人 in order of contribution: a member's id, or a name of another unit's."""

    __tablename__ = "disclosure_completer"
    __table_args__ = (
        # why: a member's name lives in accounts only; no second copy of it here
        CheckConstraint("(person_id IS NULL) <> (name = '')", name="member_or_name"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_is_a_part"),
    )

    disclosure_id: Mapped[UUID] = mapped_column(ForeignKey("disclosure.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    contribution: Mapped[str] = mapped_column(default="")
    share_bp: Mapped[int | None]

    def value(self) -> Completer:
        """The row as a plain value."""
        return Completer(self.name, self.person_id, self.contribution, self.share_bp)


class DisclosureVersion(Base):
    """What was submitted, as it was; its hash stands in the audit chain."""

    __tablename__ = "disclosure_version"
    __table_args__ = (CheckConstraint("ordinal > 0", name="ordinal_positive"),)

    disclosure_id: Mapped[UUID] = mapped_column(ForeignKey("disclosure.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    submitted_by: Mapped[UUID]
    submitted_at: Mapped[datetime]


class DisclosureDecision(Base):
    """The unit's decision on one submission; never changed (``own``: a completer had to decide)."""

    __tablename__ = "disclosure_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["disclosure_id", "ordinal"],
            ["disclosure_version.disclosure_id", "disclosure_version.ordinal"],
            name="fk_disclosure_decision_version",
        ),
        CheckConstraint("(decision = 'empower') = (empowerment IS NOT NULL)", name="empowered_how"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_is_a_part"),
        CheckConstraint("note <> ''", name="has_reason"),
    )

    disclosure_id: Mapped[UUID] = mapped_column(primary_key=True)
    # why: each submission is decided once
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision: Mapped[str] = mapped_column(String(24))
    note: Mapped[str]
    empowerment: Mapped[str | None] = mapped_column(String(16))
    share_bp: Mapped[int | None]
    years: Mapped[int | None]
    own: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]


class DisclosureRule(Base):
    """One dated number of the procedure; a unit's own row goes before the market's default."""

    __tablename__ = "disclosure_rule"
    __table_args__ = (
        CheckConstraint("value > 0", name="value_positive"),
        CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
        Index(None, "name", "organisation_id"),
    )

    id: Mapped[UUID] = pk()
    name: Mapped[str] = mapped_column(String(32))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    value: Mapped[int]
    in_force_from: Mapped[date]
    in_force_to: Mapped[date | None]  # last day, included
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(32))
