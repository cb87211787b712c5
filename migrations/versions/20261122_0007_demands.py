"""Demands: first tables.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
