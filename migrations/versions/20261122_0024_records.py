"""Auctions: records of a sale and its certificates.

Step: expand.
Lock: none that serving waits for; the table is new.
Old code keeps working because: it does not know this table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sale_record",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(32)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("faults", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("lot_id", "kind", "revision"),
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hex"),
        sa.CheckConstraint("size > 0 AND revision > 0", name="size_positive"),
        sa.CheckConstraint("(kind = 'public') = (number IS NULL)", name="certificate_has_number"),
    )
    op.create_index("ix_sale_record_sha256", "sale_record", ["sha256"])
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON sale_record FROM market_app")


def downgrade() -> None:
    op.drop_table("sale_record")
