"""Audit: the append-only trail and its chain of seals.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
    )
    op.execute("ALTER TABLE audit_entry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()")
    # the history of one thing, newest first
    op.create_index(None, "audit_entry", ["subject_id", "seq"])
    # the sealing job's commit-safe order
    op.create_index(None, "audit_entry", ["xid", "seq"])
    op.create_table(
        "audit_seal",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        # no foreign key: a removed entry must be found by the check, not hidden by a cascade
        sa.Column("entry_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("entry_hash", sa.LargeBinary, nullable=False),
        sa.Column("chain_hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry, audit_seal FROM market_app")


def downgrade() -> None:
    op.drop_table("audit_seal")
    op.drop_table("audit_entry")
