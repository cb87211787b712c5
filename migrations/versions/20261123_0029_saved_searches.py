"""Searches: questions that a person keeps (保存的检索).

Step: expand.
Lock: person for as long as a new foreign key takes; the table is new, so nothing is scanned.
Old code keeps working because: it does not know this table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("filters", JSONB, nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        sa.Column("words_only", sa.Boolean, nullable=False),
        sa.Column("question_hash", sa.String(64), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=False),
        sa.Column("new_count", sa.BigInteger, nullable=False),
        sa.Column("new_capped", sa.Boolean, nullable=False),
        sa.Column("counted_at", MOMENT),
        sa.Column("news_at", MOMENT),
        sa.Column("told_at", MOMENT),
        sa.UniqueConstraint("person_id", "question_hash"),
        sa.CheckConstraint("name <> ''", name="has_name"),
        sa.CheckConstraint("question_hash ~ '^[0-9a-f]{64}$'", name="hash_is_hex"),
        sa.CheckConstraint("new_count BETWEEN 0 AND 10000", name="count_capped"),
        sa.CheckConstraint("(news_at IS NULL) = (told_at IS NULL)", name="news_has_times"),
    )
    op.create_index(
        "ix_saved_search_news_at",
        "saved_search",
        ["news_at"],
        postgresql_where=sa.text("news_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("saved_search")
