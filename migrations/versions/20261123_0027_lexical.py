"""Facets as numbers, and how common a word is.

Step: expand.
Lock: none.
Old code keeps working because: it does not know what is new.
"""

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
