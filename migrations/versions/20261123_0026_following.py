"""Whoever follows the index (an engine, the vectors of a model) is told of every change.

Step: expand.
Lock: search_document for as long as a new column takes; nothing is rewritten.
Old code keeps working because: the column has a default. What it writes is told to no follower;
the drift check finds it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "search_document", sa.Column("text_hash", sa.LargeBinary, nullable=False, server_default="")
    )
    op.create_table("search_follower", sa.Column("name", sa.Text, primary_key=True))
    op.execute("CREATE SEQUENCE search_change_no")
    op.create_table(
        "search_change",
        # why no foreign key: each would lock the follower's one row in every writing verb
        sa.Column("follower", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column(
            "change_no",
            sa.BigInteger,
            nullable=False,
            server_default=sa.text("nextval('search_change_no')"),
        ),
        sa.Column("due_at", MOMENT, nullable=False, server_default=sa.text("market_now()")),
        sa.Column("tries", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("dead_at", MOMENT),
        sa.PrimaryKeyConstraint("follower", "kind", "id"),
    )
    op.create_index(
        "ix_search_change_due",
        "search_change",
        ["follower", "change_no"],
        postgresql_where=sa.text("dead_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("search_change")
    op.execute("DROP SEQUENCE search_change_no")
    op.drop_table("search_follower")
    op.drop_column("search_document", "text_hash")
