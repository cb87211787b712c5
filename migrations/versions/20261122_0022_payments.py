"""Payments: orders, receipts, payouts, statements of the bank.

Step: expand.
Lock: none that serving waits for.
Old code keeps working because: it does not know what is new here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_event",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "bank_statement",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("in_minor", sa.BigInteger, nullable=False),
        sa.Column("out_minor", sa.BigInteger, nullable=False),
        sa.Column("closing_minor", sa.BigInteger),
        sa.Column("look_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state <> 'asked' OR look_at IS NOT NULL", name="asked_is_due"),
        sa.CheckConstraint("state IN ('asked', 'even', 'differs')", name="state_known"),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_index(
        "ix_bank_statement_look_at",
        "bank_statement",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_table(
        "bank_statement_row",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("no", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_number", sa.String(64)),
        sa.ForeignKeyConstraint(["day"], ["bank_statement.day"]),
        sa.PrimaryKeyConstraint("day", "no"),
    )
    op.create_table(
        "pay_order",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("subject_kind", sa.String(24), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("party_id", sa.Uuid, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("payee_name", sa.Text, nullable=False),
        sa.Column("payee_bank", sa.Text, nullable=False),
        sa.Column("payee_account", sa.Text, nullable=False),
        sa.Column("counter_url", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("look_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        sa.CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_when"),
        sa.CheckConstraint("state IN ('opening', 'open', 'paid', 'closed')", name="state_known"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ix_pay_order_look_at",
        "pay_order",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(None, "pay_order", ["party_id", "id"])
    op.create_index(None, "pay_order", ["subject_id"])
    op.create_table(
        "bank_difference",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("bank_minor", sa.BigInteger),
        sa.Column("our_minor", sa.BigInteger),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid),
        sa.Column("note", sa.Text, nullable=False),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL OR note <> '')",
            name="settled_by_somebody",
        ),
        sa.CheckConstraint(
            "kind IN ('unknown_row', 'missing_row', 'amount', 'twice', 'balance')",
            name="kind_known",
        ),
        sa.ForeignKeyConstraint(["day"], ["bank_statement.day"]),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day", "kind", "reference"),
    )
    op.create_index(
        "ix_bank_difference_open",
        "bank_difference",
        ["found_at", "id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("order_id", sa.Uuid),
        sa.Column("party_id", sa.Uuid),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("counted_minor", sa.BigInteger, nullable=False),
        sa.Column("back_minor", sa.BigInteger, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("payer_digits", sa.String(4), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('matched', 'surplus')) = (counted_minor > 0)", name="counted_by_kind"
        ),
        sa.CheckConstraint(
            "kind IN ('matched', 'surplus', 'late', 'short', 'third_party', 'doubled', 'unknown')",
            name="kind_known",
        ),
        sa.CheckConstraint("state IN ('counted', 'returning', 'returned')", name="state_known"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint(
            "counted_minor >= 0 AND back_minor >= 0 AND counted_minor + back_minor = amount_minor",
            name="nothing_lost",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["pay_order.id"]),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index(None, "receipt", ["arrived_at", "id"])
    op.create_index(
        "ix_receipt_odd",
        "receipt",
        ["taken_at", "id"],
        postgresql_where=sa.text("kind <> 'matched'"),
    )
    op.create_index(None, "receipt", ["order_id", "id"])
    op.create_index(
        "uq_receipt_counted",
        "receipt",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("counted_minor > 0"),
    )
    op.create_table(
        "payout",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("bank_number", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("receipt_id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid),
        sa.Column("payee_id", sa.Uuid),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("series", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Uuid),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("stuck_at", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("bank_settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(kind = 'capture') = (payee_id IS NOT NULL)", name="capture_has_payee"),
        sa.CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_when"),
        sa.CheckConstraint("kind IN ('refund', 'capture')", name="kind_known"),
        sa.CheckConstraint(
            "reason <> 'manual' OR state IN ('asked', 'refused') OR coalesce(decided_by <> asked_by, false)",
            name="four_eyes",
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'settled', 'refused') OR due_at IS NOT NULL OR stuck_at IS NOT NULL",
            name="due_while_open",
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'waiting', 'sending', 'ordered', 'settled', 'refused')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('asked', 'settled', 'refused') OR due_at IS NULL", name="over_is_not_due"
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["pay_order.id"]),
        sa.ForeignKeyConstraint(["payee_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bank_number"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ix_payout_asked", "payout", ["id"], postgresql_where=sa.text("state = 'asked'")
    )
    op.create_index(None, "payout", ["bank_settled_at"])
    op.create_index(
        "ix_payout_due_at", "payout", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(None, "payout", ["order_id"])
    op.create_index(None, "payout", ["receipt_id"])
    op.create_index(
        "ix_payout_stuck",
        "payout",
        ["id"],
        postgresql_where=sa.text("stuck_at IS NOT NULL AND settled_at IS NULL"),
    )
    # what the bank said stays as it was said; money is never deleted
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON bank_event FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON pay_order, receipt, payout FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON bank_statement, bank_difference FROM market_app")


def downgrade() -> None:
    op.drop_table("bank_difference")
    op.drop_table("payout")
    op.drop_table("receipt")
    op.drop_table("pay_order")
    op.drop_table("bank_statement_row")
    op.drop_table("bank_statement")
    op.drop_table("bank_event")
