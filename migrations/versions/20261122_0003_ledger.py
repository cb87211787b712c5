"""Ledger: purses with running totals, and immutable movements.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.Uuid),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("overdraft", sa.Boolean, nullable=False),
        sa.Column("debits_pending", sa.BigInteger, nullable=False),
        sa.Column("debits_posted", sa.BigInteger, nullable=False),
        sa.Column("credits_pending", sa.BigInteger, nullable=False),
        sa.Column("credits_posted", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "overdraft OR debits_posted + debits_pending <= credits_posted", name="no_overdraft"
        ),
        sa.CheckConstraint(
            "least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0",
            name="totals_not_negative",
        ),
    )
    # one purse of a kind for each owner and currency
    op.create_index(
        "uq_ledger_account_owner_kind",
        "ledger_account",
        ["owner_id", "kind", "currency"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("hold_id", sa.Uuid, sa.ForeignKey("ledger_transfer.id")),
        sa.Column("debit_id", sa.Uuid, sa.ForeignKey("ledger_account.id"), nullable=False),
        sa.Column("credit_id", sa.Uuid, sa.ForeignKey("ledger_account.id"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("debit_id <> credit_id", name="two_sides"),
        sa.CheckConstraint(
            "(kind IN ('post', 'void')) = (hold_id IS NOT NULL)", name="resolution_names_its_hold"
        ),
    )
    # a hold is resolved at most once
    op.create_index(
        "uq_ledger_transfer_resolution",
        "ledger_transfer",
        ["hold_id"],
        unique=True,
        postgresql_where=sa.text("hold_id IS NOT NULL"),
    )
    # an account's statement
    op.create_index(None, "ledger_transfer", ["debit_id", "made_at"])
    op.create_index(None, "ledger_transfer", ["credit_id", "made_at"])
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON ledger_transfer FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON ledger_account FROM market_app")


def downgrade() -> None:
    op.drop_table("ledger_transfer")
    op.drop_table("ledger_account")
