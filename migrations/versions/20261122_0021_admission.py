"""Auctions and clearances: applications, gates, pre-emption rights, looks behind a code.

Step: expand.
Lock: none that serving waits for.
Old code keeps working because: it does not know what is new here.
"""

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
