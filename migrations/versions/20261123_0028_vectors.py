"""Vectors of texts and the models that made them.

Step: expand.
Lock: none.
Old code keeps working because: it does not know what is new.
"""

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
