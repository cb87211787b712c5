"""Imports: batches and their committed chunks.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COUNTS = ("read_rows", "inserted_rows", "updated_rows", "unchanged_rows", "refused_rows")


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("care_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("chunks_done", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
        sa.CheckConstraint("kind IN ('achievements', 'demands')", name="kind_known"),
        sa.CheckConstraint(
            "read_rows = inserted_rows + updated_rows + unchanged_rows + refused_rows",
            name="rows_add_up",
        ),
    )
    # one run at a time goes on with a file; a finished file may be brought in again
    op.create_index(
        "uq_import_batch_open",
        "import_batch",
        ["kind", "care_id", "file_sha256"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    # the list of an organisation's imports, newest first
    op.create_index("ix_import_batch_care_id_started_at", "import_batch", ["care_id", "started_at"])
    op.create_table(
        "import_chunk",
        sa.Column("batch_id", sa.Uuid, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
    )
    # a committed chunk is a record of what happened
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON import_chunk FROM market_app")


def downgrade() -> None:
    op.drop_table("import_chunk")
    op.drop_table("import_batch")
