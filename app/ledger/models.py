"""Tables of the ledger; transfers are append-only for the serving role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class LedgerAccount(Base):
    """A purse (账户) and its four running totals, in minor units. Lock it before reading them."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint(
            "overdraft OR debits_posted + debits_pending <= credits_posted", name="no_overdraft"
        ),
        CheckConstraint(
            "least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0",
            name="totals_not_negative",
        ),
        # one purse of a kind for each owner and currency
        Index(
            "uq_ledger_account_owner_kind",
            "owner_id",
            "kind",
            "currency",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(32))
    owner_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(String(3))
    overdraft: Mapped[bool] = mapped_column(default=False)
    debits_pending: Mapped[int] = mapped_column(default=0)
    debits_posted: Mapped[int] = mapped_column(default=0)
    credits_pending: Mapped[int] = mapped_column(default=0)
    credits_posted: Mapped[int] = mapped_column(default=0)

    @property
    def available_minor(self) -> int:
        """What may still be spent or reserved, in minor units."""
        return self.credits_posted - self.debits_posted - self.debits_pending


class LedgerTransfer(Base):
    """One movement. Two sides in one row, so every row sums to zero by its shape."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
        CheckConstraint(
            "(kind IN ('post', 'void')) = (hold_id IS NOT NULL)", name="resolution_names_its_hold"
        ),
        # a hold is resolved at most once
        Index(
            "uq_ledger_transfer_resolution",
            "hold_id",
            unique=True,
            postgresql_where=text("hold_id IS NOT NULL"),
        ),
        Index(None, "debit_id", "made_at"),  # an account's statement
        Index(None, "credit_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # chosen by the caller: the idempotency key
    kind: Mapped[str] = mapped_column(String(8))
    hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transfer.id"))
    debit_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    credit_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
