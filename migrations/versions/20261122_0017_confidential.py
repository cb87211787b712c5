"""Catalogue: the confidential layer, its NDA, who was invited, who accepted, who opened it.

Step: expand.
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _achievement(*, key: bool = False) -> "sa.Column[object]":
    return sa.Column(
        "achievement_id",
        sa.Uuid,
        sa.ForeignKey("achievement.id"),
        nullable=False,
        primary_key=key,
    )


def upgrade() -> None:
    op.create_table(
        "confidential_layer",
        _achievement(key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )
    op.create_table(
        "confidential_nda",
        _achievement(key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("template", sa.String(16), nullable=False),
        sa.Column("written_by", sa.Uuid),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name="has_text"),
    )
    op.create_table(
        "confidential_guest",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Uuid),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("invited_by", sa.Uuid),
        sa.Column("invited_at", sa.DateTime(timezone=True)),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("changes", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("achievement_id", "organisation_id"),
        sa.CheckConstraint(
            "state IN ('requested', 'invited', 'declined', 'revoked')", name="state_known"
        ),
        sa.CheckConstraint(
            "state <> 'invited' OR (until IS NOT NULL AND invited_at IS NOT NULL)",
            name="invited_until",
        ),
    )
    # what an organisation may open
    op.create_index(
        "ix_confidential_guest_rooms",
        "confidential_guest",
        ["organisation_id", "until", "id"],
        postgresql_where=sa.text("state = 'invited'"),
    )
    op.create_table(
        "confidential_acceptance",
        _achievement(key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("nda_version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("nda_sha256", sa.String(64), nullable=False),
        sa.Column("accepted_by", sa.Uuid, nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "confidential_opening",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("what", sa.String(4), nullable=False),
        sa.Column("file_id", sa.Uuid),
        sa.Column("nda_version", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(what = 'file') = (file_id IS NOT NULL)", name="file_named"),
    )
    # the owner's list, newest first
    op.create_index(
        "ix_confidential_opening_achievement_id_opened_at_id",
        "confidential_opening",
        ["achievement_id", "opened_at", "id"],
    )
    # what was accepted and opened is evidence between the two sides
    for table in ("confidential_nda", "confidential_acceptance", "confidential_opening"):
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON confidential_guest FROM market_app")


def downgrade() -> None:
    for table in ("opening", "acceptance", "guest", "nda", "layer"):
        op.drop_table(f"confidential_{table}")
