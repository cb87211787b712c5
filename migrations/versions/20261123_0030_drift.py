"""What a follower of the index is at, and whether the index still says what the rooms do.

Step: expand.
Lock: search_document and search_follower for as long as a new column takes; nothing is rewritten.
search_change is as good as empty when it gets its index.
Old code keeps working because: every new column has a default. The hash of what it writes stays
that of an older row, so that the next drift check reads that row again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "search_document", sa.Column("row_hash", sa.LargeBinary, nullable=False, server_default="")
    )
    for column in (
        sa.Column("filled_kind", sa.Text, nullable=False, server_default=""),
        sa.Column("filled_id", sa.Uuid),
        sa.Column("filled_at", MOMENT),
        sa.Column("failures", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("fault", sa.Text, nullable=False, server_default=""),
        sa.Column("down_at", MOMENT),
        sa.Column("rests_until", MOMENT),
    ):
        op.add_column("search_follower", column)
    op.create_table(
        "search_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False, server_default=""),
        sa.Column("facts", sa.dialects.postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("at", MOMENT, nullable=False, server_default=sa.text("market_now()")),
    )
    # what was given up is looked at, counted and tried anew, and is a handful
    op.create_index(
        "ix_search_change_dead",
        "search_change",
        ["follower", "dead_at"],
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_search_change_dead", "search_change")
    op.drop_table("search_state")
    for name in (
        "rests_until", "down_at", "fault", "failures", "filled_at", "filled_id", "filled_kind",
    ):  # fmt: skip
        op.drop_column("search_follower", name)
    op.drop_column("search_document", "row_hash")
