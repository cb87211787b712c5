"""Operations: the last sign of life of what runs, and of what is done by hand (a backup).

Step: expand.
Lock: none that serving waits for; the table is new.
Old code keeps working because: it does not know this table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_of_life",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB, nullable=False),
    )
    # written every few seconds, in place
    op.execute("ALTER TABLE sign_of_life SET (fillfactor = 50)")
    # readiness compares the tables' revision with the program's
    op.execute("GRANT SELECT ON alembic_version TO market_app")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON alembic_version FROM market_app")
    op.drop_table("sign_of_life")
