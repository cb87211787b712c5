"""Tables of offers, of who holds one reserved, of rights given, and of the exclusion matrix."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.types import (
    Disposal,
    ExclusionEntry,
    Grant,
    OfferContent,
    OfferFacts,
    OfferState,
    Trust,
    compute_asking,
    compute_hash,
    parse_terms,
    to_json,
)
from app.core.db import Base, pk
from app.core.official import NationalField, Region


class Offer(Base):
    """供给信息: what may be had of one achievement, on which terms. NULL terms mean 面议."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint(
            "(price_terms IS NULL) = (price_terms_hash IS NULL)", name="terms_have_hash"
        ),
        CheckConstraint("asking_minor > 0", name="asking_positive"),
        CheckConstraint("period_years > 0", name="period_positive"),
        CheckConstraint("expires_at > valid_from", name="ends_after_start"),
        CheckConstraint("state <> 'published' OR expires_at IS NOT NULL", name="published_expires"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "achievement_id", "created_at"),  # the offers on an achievement's page
        Index(None, "owner_id", "updated_at", "id"),  # the owner's list, newest first
        # the sweep: what runs out next
        Index(
            "ix_offer_expires_at",
            "expires_at",
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    disposal: Mapped[str] = mapped_column(String(32))
    # why none_as_null: 面议 is NULL, not a JSON null
    price_terms: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    price_terms_hash: Mapped[str | None] = mapped_column(String(64))
    asking_minor: Mapped[int | None]  # what lists sort by, in 分
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    conditions: Mapped[str] = mapped_column(default="")
    fields_of_use: Mapped[list[Any]] = mapped_column(default=list)  # empty: every field
    use_note: Mapped[str] = mapped_column(default="")
    territory: Mapped[list[Any]] = mapped_column(default=list)  # empty: the whole country
    period_years: Mapped[int | None]  # None: as long as the property lasts
    state: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # exclusive
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    def content(self) -> OfferContent:
        """What its author wrote, as a plain value."""
        return OfferContent(
            disposal=Disposal(self.disposal),
            terms=parse_terms(self.price_terms) if self.price_terms else None,
            conditions=self.conditions,
            fields=frozenset(map(NationalField, self.fields_of_use)),
            use_note=self.use_note,
            territory=frozenset(map(Region, self.territory)),
            period_years=self.period_years,
            valid_from=self.valid_from,
        )

    def write(self, content: OfferContent) -> None:
        """Take over what its author wrote, with hash and sorting price of the terms."""
        asking = compute_asking(content.terms)
        self.disposal = content.disposal
        self.price_terms = to_json(content.terms) if content.terms else None
        self.price_terms_hash = compute_hash(content.terms) if content.terms else None
        self.asking_minor = asking.minor if asking else None
        self.currency = asking.currency if asking else "CNY"
        self.conditions = content.conditions
        self.fields_of_use = sorted(content.fields)
        self.use_note = content.use_note
        self.territory = sorted(content.territory)
        self.period_years = content.period_years
        self.valid_from = content.valid_from

    def facts(self) -> OfferFacts:
        """Snapshot for rules and other rooms."""
        return OfferFacts(
            id=self.id,
            number=self.number,
            achievement_id=self.achievement_id,
            owner_id=self.owner_id,
            disposal=Disposal(self.disposal),
            state=OfferState(self.state),
            price_terms_hash=self.price_terms_hash,
            asking_minor=self.asking_minor,
            fields=frozenset(map(NationalField, self.fields_of_use)),
            territory=frozenset(map(Region, self.territory)),
            period_years=self.period_years,
            valid_from=self.valid_from,
            expires_at=self.expires_at,
            version=self.version,
        )


class OfferReservation(Base):
    """An offer kept for one lot or deal until it is released or completed."""

    __tablename__ = "offer_reservation"
    __table_args__ = (
        CheckConstraint("released_at IS NULL OR completed_at IS NULL", name="ends_once"),
        # one open reservation of an offer for one thing
        Index(
            "uq_offer_reservation_open",
            "offer_id",
            "for_kind",
            "for_id",
            unique=True,
            postgresql_where=text("released_at IS NULL AND completed_at IS NULL"),
        ),
        # what is reserved of an achievement right now
        Index(
            "ix_offer_reservation_achievement_open",
            "achievement_id",
            postgresql_where=text("released_at IS NULL AND completed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = pk()
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    for_kind: Mapped[str] = mapped_column(String(16))  # lot or deal: rooms above, hence no key
    for_id: Mapped[UUID]
    reserved_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class AchievementGrant(Base):
    """A right given by a deal (已授予的权利): what later offers must not contradict."""

    __tablename__ = "achievement_grant"
    __table_args__ = (
        UniqueConstraint("offer_id", "deal_id"),  # one deal gives it once
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "achievement_id", "starts_at"),  # the rights given on an achievement
    )

    id: Mapped[UUID] = pk()
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey("achievement.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    disposal: Mapped[str] = mapped_column(String(32))
    fields_of_use: Mapped[list[Any]] = mapped_column(default=list)
    territory: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]  # exclusive; None: as long as the property lasts
    price_terms_hash: Mapped[str | None] = mapped_column(String(64))
    deal_id: Mapped[UUID]  # the deal's room stands above, hence no key
    granted_at: Mapped[datetime]

    def value(self) -> Grant:
        """The row as the exclusion matrix sees it."""
        return Grant(
            disposal=Disposal(self.disposal),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            fields=frozenset(map(NationalField, self.fields_of_use)),
            territory=frozenset(map(Region, self.territory)),
        )


class GrantEnd(Base):
    """A right that was given came to nothing: its deal was cancelled. The grant itself stays."""

    __tablename__ = "grant_end"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("achievement_grant.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(32))
    ended_at: Mapped[datetime]


class ExclusionRule(Base):
    """One dated row of the exclusion matrix; an old row is ended, never edited."""

    __tablename__ = "exclusion_rule"
    __table_args__ = (
        CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
    )

    earlier: Mapped[str] = mapped_column(String(32), primary_key=True)
    later: Mapped[str] = mapped_column(String(32), primary_key=True)
    in_force_from: Mapped[date] = mapped_column(primary_key=True)
    excludes: Mapped[bool]
    scope_matters: Mapped[bool]
    in_force_to: Mapped[date | None]  # last day, included
    reason: Mapped[str]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(32))

    def value(self) -> ExclusionEntry:
        """The row as a plain value."""
        return ExclusionEntry(
            earlier=Disposal(self.earlier),
            later=Disposal(self.later),
            excludes=self.excludes,
            scope_matters=self.scope_matters,
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
            reason=self.reason,
            source=self.source,
            trust=Trust(self.trust),
        )
