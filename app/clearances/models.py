"""Tables of clearances: the dated rules, the gates of offers, the rights of pre-emption."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalogue.types import Disposal, Trust
from app.clearances.types import (
    ClearanceFacts,
    ClearanceKind,
    ClearanceState,
    GateRule,
    RightBasis,
    RightFacts,
    RightResponse,
    ServiceWay,
)
from app.core.db import Base, pk


class ClearanceRule(Base):
    """One dated row of what a sale needs; an old row is ended, never edited."""

    __tablename__ = "clearance_rule"
    __table_args__ = (
        CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
        CheckConstraint("days > 0 AND public_days > 0", name="days_positive"),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(24))
    disposal: Mapped[str | None] = mapped_column(String(32))  # None: every way of disposal
    mode: Mapped[str | None] = mapped_column(String(16))  # None: every way of finding a price
    required: Mapped[bool]
    days: Mapped[int | None]
    public_days: Mapped[int | None]
    reason: Mapped[str]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(32))
    in_force_from: Mapped[date]
    in_force_to: Mapped[date | None]  # last day, included

    def value(self) -> GateRule:
        """The row as a plain value."""
        return GateRule(
            kind=ClearanceKind(self.kind),
            disposal=Disposal(self.disposal) if self.disposal else None,
            mode=self.mode,
            required=self.required,
            days=self.days,
            public_days=self.public_days,
            reason=self.reason,
            source=self.source,
            trust=Trust(self.trust),
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
        )


class Clearance(Base):
    """One gate of one offer, of a kind at most once."""

    __tablename__ = "clearance"
    __table_args__ = (
        UniqueConstraint("offer_id", "kind"),
        CheckConstraint("state IN ('open', 'passed', 'blocked')", name="state_known"),
        CheckConstraint("state <> 'passed' OR basis <> ''", name="passed_on_something"),
        CheckConstraint("state <> 'blocked' OR reason <> ''", name="blocked_with_reason"),
        CheckConstraint("state = 'open' OR decided_at IS NOT NULL", name="decided_when"),
    )

    id: Mapped[UUID] = pk()
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(8))
    basis: Mapped[str] = mapped_column(default="")  # what it passed on: document, number, day
    reason: Mapped[str] = mapped_column(default="")  # why the platform blocked or lifted it
    opened_by: Mapped[UUID]
    opened_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    def facts(self) -> ClearanceFacts:
        """Snapshot for rules and pages."""
        return ClearanceFacts(
            id=self.id,
            offer_id=self.offer_id,
            kind=ClearanceKind(self.kind),
            state=ClearanceState(self.state),
            basis=self.basis,
            reason=self.reason,
            opened_at=self.opened_at,
            decided_at=self.decided_at,
        )


class PreemptionRight(Base):
    """A holder's right to buy first (优先购买权), how he was told and what he said."""

    __tablename__ = "preemption_right"
    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key"),
        CheckConstraint("rank BETWEEN 1 AND 99", name="rank_known"),
        # why: a holder who is somebody here has his name in accounts; no second copy of it
        CheckConstraint("(holder_id IS NULL) <> (holder_name = '')", name="party_or_name"),
        CheckConstraint("way <> 'workbench' OR holder_id IS NOT NULL", name="reached_here"),
        CheckConstraint("notified_at <= served_at AND served_at < answer_by", name="in_order"),
        CheckConstraint(
            "(response IS NULL) = (responded_at IS NULL)"
            " AND (response IN ('take_part', 'waive', 'silent') OR response IS NULL)",
            name="answered_when",
        ),
        CheckConstraint(
            "bidder_id IS NULL OR response = 'take_part'", name="bids_when_taking_part"
        ),
        # one right of a holder in an offer
        Index(
            "uq_preemption_right_holder",
            "offer_id",
            "holder_id",
            unique=True,
            postgresql_where=text("holder_id IS NOT NULL"),
        ),
        Index(None, "offer_id", "rank"),  # the rights of an offer
        Index(None, "holder_id", "id"),  # a holder's own, newest first
        # the sweep: who was silent to the end?
        Index(
            "ix_preemption_right_answer_by",
            "answer_by",
            postgresql_where=text("response IS NULL"),
        ),
    )

    id: Mapped[UUID] = pk()
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    holder_name: Mapped[str] = mapped_column(default="")
    bidder_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    basis: Mapped[str] = mapped_column(String(16))
    rank: Mapped[int]
    way: Mapped[str] = mapped_column(String(12))
    notice: Mapped[str]  # what he was told
    notified_at: Mapped[datetime]
    served_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    response: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(default="")
    responded_at: Mapped[datetime | None]
    responded_by: Mapped[UUID | None]
    recorded_by: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(64))

    def facts(self) -> RightFacts:
        """Snapshot for rules and rooms above."""
        return RightFacts(
            id=self.id,
            offer_id=self.offer_id,
            owner_id=self.owner_id,
            holder_id=self.holder_id,
            bidder_id=self.bidder_id,
            basis=RightBasis(self.basis),
            rank=self.rank,
            way=ServiceWay(self.way),
            notified_at=self.notified_at,
            served_at=self.served_at,
            answer_by=self.answer_by,
            response=RightResponse(self.response) if self.response else None,
            responded_at=self.responded_at,
        )
