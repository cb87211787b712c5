"""Imports: uploaded files, the rows they had refused, and remembered columns.

Step: expand.
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OVER = "('finished', 'cancelled', 'refused')"


def upgrade() -> None:
    op.create_table(
        "import_upload",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("care_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("file_id", sa.Uuid),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("shape", JSONB),
        sa.Column("samples", JSONB, nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("done_rows", sa.BigInteger, nullable=False),
        sa.Column("total_rows", sa.BigInteger, nullable=False),
        sa.Column("checked", JSONB),
        sa.Column("batch_id", sa.Uuid, sa.ForeignKey("import_batch.id")),
        sa.Column("refusals", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("stopping", sa.Boolean, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("person_id", "idempotency_key"),
        sa.CheckConstraint("kind IN ('achievements', 'demands')", name="kind_known"),
        sa.CheckConstraint(
            "state IN ('received', 'mapping', 'checking', 'checked', 'running', 'finished',"
            " 'cancelled', 'refused')",
            name="state_known",
        ),
    )
    # one file is worked on once at a time for one organisation
    op.create_index(
        "uq_import_upload_open",
        "import_upload",
        ["kind", "care_id", "file_sha256"],
        unique=True,
        postgresql_where=sa.text(f"state NOT IN {_OVER}"),
    )
    # an organisation's uploads, and everybody's, newest first
    op.create_index("ix_import_upload_care_id", "import_upload", ["care_id", "id"])
    # what the sweep takes away
    op.create_index(
        "ix_import_upload_due_at",
        "import_upload",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "import_refusal",
        sa.Column("upload_id", sa.Uuid, sa.ForeignKey("import_upload.id"), primary_key=True),
        sa.Column("phase", sa.String(8), primary_key=True),
        sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("column", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.CheckConstraint("phase IN ('check', 'run')", name="phase_known"),
    )
    op.create_table(
        "import_mapping",
        sa.Column("care_id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("header_sha256", sa.String(64), primary_key=True),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    # that a file came is a record of what happened; its refused rows go with it
    op.execute("REVOKE DELETE, TRUNCATE ON import_upload FROM market_app")


def downgrade() -> None:
    op.drop_table("import_mapping")
    op.drop_table("import_refusal")
    op.drop_table("import_upload")
