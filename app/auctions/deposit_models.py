"""Tables of deposits (保证金): one of each application that owes one, and the dated rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.auctions.deposit_types import DepositRules
from app.core.db import Base, pk


class DepositRulebook(Base):
    """One dated version of what a deposit may be kept for, and in which order it is used."""

    __tablename__ = "deposit_rulebook"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    params: Mapped[dict[str, Any]]
    source: Mapped[str]
    trust: Mapped[str] = mapped_column(String(16))  # law · excerpt · general · ours (DOMAIN 0.1)
    in_force_from: Mapped[datetime]

    def rules(self) -> DepositRules:
        """The version as rules see it."""
        return DepositRules.of(self.version, self.params)


class Deposit(Base):
    """What one application owes before it is admitted, and where that money stands.

    The money lies in its order's purse; ``hold_id`` is the ledger's hold on it for the lot, from
    locked until it is released or forfeited. ``asked`` is a forfeiture that waits for its second
    person, ``released_from`` what a deposit was before its return. Lock the lot before them.
    """

    __tablename__ = "deposit"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "state IN ('required', 'paid', 'locked', 'released', 'applied_to_price',"
            " 'converted_to_performance', 'forfeited', 'frozen', 'lapsed')",
            name="state_known",
        ),
        CheckConstraint(
            "state NOT IN ('locked', 'applied_to_price', 'converted_to_performance', 'frozen',"
            " 'forfeited') OR hold_id IS NOT NULL",
            name="held_in_the_ledger",
        ),
        CheckConstraint("(state = 'frozen') = (frozen_from IS NOT NULL)", name="frozen_from_set"),
        CheckConstraint(
            "(state = 'forfeited') = (forfeit_reason IS NOT NULL)", name="forfeited_for_a_reason"
        ),
        CheckConstraint(
            "(state = 'released') = (release_reason IS NOT NULL)", name="released_for_a_reason"
        ),
        CheckConstraint(
            "(state IN ('released', 'forfeited', 'lapsed')) = (ended_at IS NOT NULL)",
            name="ended_when",
        ),
        CheckConstraint(
            "asked IS NULL OR (state = 'frozen' AND asked_by IS NOT NULL)", name="asked_is_frozen"
        ),
        CheckConstraint(
            "state <> 'forfeited' OR coalesce(decided_by <> asked_by, false)", name="four_eyes"
        ),
        # one living deposit of a party for a lot
        Index(
            "uq_deposit_living",
            "lot_id",
            "party_id",
            unique=True,
            postgresql_where=text("state NOT IN ('released', 'lapsed')"),
        ),
        # the sweep: whose lot has ended?
        Index(
            "ix_deposit_open",
            "lot_id",
            postgresql_where=text("state IN ('required', 'paid', 'locked')"),
        ),
        Index("ix_deposit_applied", "lot_id", postgresql_where=text("state = 'applied_to_price'")),
        # the operators' lists, newest first
        Index(
            "ix_deposit_held",
            "id",
            postgresql_where=text(
                "state IN ('locked', 'applied_to_price', 'converted_to_performance')"
            ),
        ),
        Index("ix_deposit_frozen", "id", postgresql_where=text("state = 'frozen'")),
        Index(None, "party_id", "id"),  # an organisation's own, newest first
        Index(None, "payout_id"),
    )

    id: Mapped[UUID] = pk()
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("lot_application.id"), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("pay_order.id"), unique=True)
    rules_version: Mapped[str] = mapped_column(ForeignKey("deposit_rulebook.version"))
    amount_minor: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(24))
    frozen_from: Mapped[str | None] = mapped_column(String(24))
    hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transfer.id"))
    payout_id: Mapped[UUID | None] = mapped_column(ForeignKey("payout.id"))
    opened_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    release_due_at: Mapped[datetime | None]
    release_reason: Mapped[str | None] = mapped_column(String(16))
    returned_at: Mapped[datetime | None]
    forfeit_reason: Mapped[str | None] = mapped_column(String(24))
    released_from: Mapped[str | None] = mapped_column(String(24))
    portions: Mapped[list[Any]]  # [[use, 分], …] of a forfeited one
    statement: Mapped[str]
    asked: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
