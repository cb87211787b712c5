"""Demands: first tables.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demand",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), nullable=False, unique=True),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("care_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("holder_name", sa.Text, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("owner_number", sa.String(64)),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("need", sa.String(32), nullable=False),
        sa.Column("field", sa.String(32)),
        sa.Column("background", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("budget_minor", sa.BigInteger),
        sa.Column("deadline_on", sa.Date),
        sa.Column("cooperation", JSONB, nullable=False),
        sa.Column("region", sa.String(6)),
        sa.Column("confidentiality", sa.String(16), nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("return_reason", sa.Text, nullable=False),
        sa.Column("close_reason", sa.String(16)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Uuid),
        sa.Column("idempotency_key", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        # the owner's own number names a row once in its care; imports rely on it
        sa.UniqueConstraint("care_id", "owner_number"),
        # the same form sent twice makes one demand
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint("title <> ''", name="has_title"),
        sa.CheckConstraint("(origin = 'imported') = (owner_id IS NULL)", name="entered_has_owner"),
        sa.CheckConstraint(
            "origin <> 'imported' OR owner_number <> ''", name="imported_has_number"
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'published', 'returned', 'closed')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state <> 'published' OR published_at IS NOT NULL", name="published_when"
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR return_reason <> ''", name="returned_has_reason"
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)"
            " AND (state = 'closed') = (close_reason IS NOT NULL)",
            name="closed_says_why",
        ),
        sa.CheckConstraint("budget_minor > 0", name="budget_positive"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )
    # an organisation's own list, newest first
    op.create_index("ix_demand_care_id_updated_at_id", "demand", ["care_id", "updated_at", "id"])
    # the operator's queue, oldest first: only what waits
    op.create_index(
        "ix_demand_submitted_at_id",
        "demand",
        ["submitted_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    # the public list, newest first
    op.create_index(
        "ix_demand_published_at_id",
        "demand",
        ["published_at", "id"],
        postgresql_where=sa.text("state = 'published'"),
    )
    # the sweep: what runs out next
    op.create_index(
        "ix_demand_expires_at",
        "demand",
        ["expires_at"],
        postgresql_where=sa.text("state = 'published'"),
    )


def downgrade() -> None:
    op.drop_table("demand")
