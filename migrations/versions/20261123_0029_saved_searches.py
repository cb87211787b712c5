"""Searches that somebody keeps.

Step: expand.
Lock: none.
Old code keeps working because: it does not know what is new.
"""

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
