"""Deals: first table.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know this table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "deal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(32), nullable=False, unique=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("origin_kind", sa.String(16), nullable=False),
        # no foreign key: a lot now, a notice or a match later
        sa.Column("origin_id", sa.Uuid, nullable=False),
        sa.Column("origin_number", sa.String(32), nullable=False),
        sa.Column("seller_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("buyer_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), nullable=False),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id"), nullable=False),
        sa.Column("offer_number", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("bid_on", sa.String(16), nullable=False),
        sa.Column("terms_hash", sa.String(64), nullable=False),
        sa.Column("priced_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("sign_by", MOMENT, nullable=False),
        sa.Column("sign_by_provisional", sa.Boolean, nullable=False),
        # why: the news of an award may arrive twice; its deal is opened once
        sa.UniqueConstraint("origin_kind", "origin_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("seller_id <> buyer_id", name="two_parties"),
        sa.CheckConstraint("priced_at <= opened_at AND priced_at < sign_by", name="dates_ordered"),
    )
    # a party's list, newest first
    op.create_index(None, "deal", ["seller_id", "id"])
    op.create_index(None, "deal", ["buyer_id", "id"])
    # the deals of an achievement
    op.create_index(None, "deal", ["achievement_id"])
    op.execute("REVOKE DELETE, TRUNCATE ON deal FROM market_app")


def downgrade() -> None:
    op.drop_table("deal")
