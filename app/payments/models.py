"""Tables of payments. What the bank said (events, rows) is never changed by the serving role."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.payments.types import OrderFacts, OrderState


class PayOrder(Base):
    """What one party is asked to pay (缴款单). Lock it before its receipts are judged.

    ``look_at`` is when the worker asks the bank about it next: to register it while it is
    opening, for lost messages afterwards.
    """

    __tablename__ = "pay_order"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("state IN ('opening', 'open', 'paid', 'closed')", name="state_known"),
        CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_when"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        # what the worker has to ask the bank about
        Index("ix_pay_order_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
        Index(None, "party_id", "id"),  # a party's own, newest first
        Index(None, "subject_id"),  # the orders of a thing
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(24))
    subject_kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[UUID]  # a row of the room that asked, which stands above this one
    title: Mapped[str]
    page: Mapped[str]  # the path of the page where it is paid
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    payee_name: Mapped[str]
    payee_bank: Mapped[str]
    payee_account: Mapped[str]
    counter_url: Mapped[str]
    opened_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)

    def facts(self) -> OrderFacts:
        """The order as an arrival is judged by."""
        return OrderFacts(self.amount_minor, self.due_at, OrderState(self.state))


class Receipt(Base):
    """One arrival at the bank (到账), by the bank's reference. Only its state changes.

    ``arrived_at`` is the bank's instant, ``judged_at`` the same on the market's clock.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "counted_minor >= 0 AND back_minor >= 0 AND counted_minor + back_minor = amount_minor",
            name="nothing_lost",
        ),
        CheckConstraint(
            "kind IN ('matched', 'surplus', 'late', 'short', 'third_party', 'doubled', 'unknown')",
            name="kind_known",
        ),
        CheckConstraint(
            "(kind IN ('matched', 'surplus')) = (counted_minor > 0)", name="counted_by_kind"
        ),
        CheckConstraint("state IN ('counted', 'returning', 'returned')", name="state_known"),
        # an order is paid at most once
        Index(
            "uq_receipt_counted",
            "order_id",
            unique=True,
            postgresql_where=text("counted_minor > 0"),
        ),
        Index(None, "order_id", "id"),  # what arrived for an order
        Index(None, "arrived_at", "id"),  # a day of the bank
        # the operators' list of what did not fit, newest first
        Index("ix_receipt_odd", "taken_at", "id", postgresql_where=text("kind <> 'matched'")),
    )

    id: Mapped[UUID] = pk()
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("pay_order.id"))
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int]
    counted_minor: Mapped[int]
    back_minor: Mapped[int]
    payer: Mapped[str]  # masked where it is a person's name
    payer_digits: Mapped[str] = mapped_column(String(4))
    arrived_at: Mapped[datetime]
    judged_at: Mapped[datetime]
    taken_at: Mapped[datetime]


class Payout(Base):
    """Money that leaves (划付). Its id is also the id of the hold in the ledger.

    ``series`` grows when the bank said a definite no; ``due_at`` is when the worker looks next.
    """

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("kind IN ('refund', 'capture')", name="kind_known"),
        CheckConstraint(
            "state IN ('asked', 'waiting', 'sending', 'ordered', 'settled', 'refused')",
            name="state_known",
        ),
        CheckConstraint("(kind = 'capture') = (payee_id IS NOT NULL)", name="capture_has_payee"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_when"),
        CheckConstraint(
            "state NOT IN ('asked', 'settled', 'refused') OR due_at IS NULL", name="over_is_not_due"
        ),
        # what is under way is looked at again, unless the bank said never and people must look
        CheckConstraint(
            "state IN ('asked', 'settled', 'refused') OR due_at IS NOT NULL"
            " OR stuck_at IS NOT NULL",
            name="due_while_open",
        ),
        CheckConstraint(
            "reason <> 'manual' OR state IN ('asked', 'refused')"
            " OR coalesce(decided_by <> asked_by, false)",
            name="four_eyes",
        ),
        Index("ix_payout_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        # what people look at: waiting for a second pair of eyes, or stuck
        Index("ix_payout_asked", "id", postgresql_where=text("state = 'asked'")),
        Index(
            "ix_payout_stuck",
            "id",
            postgresql_where=text("stuck_at IS NOT NULL AND settled_at IS NULL"),
        ),
        Index(None, "receipt_id"),
        Index(None, "order_id"),
        Index(None, "bank_settled_at"),  # a day of the bank
    )

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(32), unique=True)
    bank_number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipt.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("pay_order.id"))
    payee_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id"))  # of a capture
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    series: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str]
    note: Mapped[str]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    stuck_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    bank_settled_at: Mapped[datetime | None]


class BankMessage(Base):
    """A signed message of the bank that was taken; the same number again does nothing."""

    __tablename__ = "bank_event"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of the body
    taken_at: Mapped[datetime]


class Statement(Base):
    """The comparison of one day in Shanghai (对账)."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'even', 'differs')", name="state_known"),
        CheckConstraint("state <> 'asked' OR look_at IS NOT NULL", name="asked_is_due"),
        Index("ix_bank_statement_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    rows: Mapped[int] = mapped_column(default=0)
    in_minor: Mapped[int] = mapped_column(default=0)
    out_minor: Mapped[int] = mapped_column(default=0)
    closing_minor: Mapped[int | None]
    look_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None]


class StatementLine(Base):
    """One row of the bank's day as it was read last."""

    __tablename__ = "bank_statement_row"

    day: Mapped[date] = mapped_column(Date, ForeignKey("bank_statement.day"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[int]
    at: Mapped[datetime]
    order_number: Mapped[str | None] = mapped_column(String(64))


class StatementDifference(Base):
    """A difference of one day (对账差异): found once, settled by a person with a note."""

    __tablename__ = "bank_difference"
    __table_args__ = (
        UniqueConstraint("day", "kind", "reference"),
        CheckConstraint(
            "kind IN ('unknown_row', 'missing_row', 'amount', 'twice', 'balance')",
            name="kind_known",
        ),
        CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL OR note <> '')",
            name="settled_by_somebody",
        ),
        # the operators' queue, oldest first
        Index(
            "ix_bank_difference_open", "found_at", "id", postgresql_where=text("settled_at IS NULL")
        ),
    )

    id: Mapped[UUID] = pk()
    day: Mapped[date] = mapped_column(Date, ForeignKey("bank_statement.day"))
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(64))
    bank_minor: Mapped[int | None]
    our_minor: Mapped[int | None]
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str]
