"""Deals that came to nothing, and rights that were given and taken back.

Step: expand.
Lock: deal for as long as its new columns and check take; nothing is rewritten.
Old code keeps working because: what it does not know has a default, and nothing it knows has gone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # a grant is never edited: its end is a row beside it
    op.create_table(
        "grant_end",
        sa.Column("grant_id", sa.Uuid, sa.ForeignKey("achievement_grant.id"), primary_key=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON grant_end FROM market_app")
    op.add_column("deal", sa.Column("cancelled_at", MOMENT))
    op.add_column("deal", sa.Column("cancelled_for", sa.String(32)))
    op.create_check_constraint(
        "cancelled_says_why",
        "deal",
        "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
        " AND (cancelled_at IS NULL) = (cancelled_for IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_deal_cancelled_says_why"), "deal", type_="check")
    op.execute("UPDATE deal SET state = 'awaiting_contract' WHERE state = 'cancelled'")
    op.drop_column("deal", "cancelled_for")
    op.drop_column("deal", "cancelled_at")
    op.drop_table("grant_end")
