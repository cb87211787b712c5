"""Files: attachments of contents on disk, and where their sweep stands.

Step: expand.
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_kind", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.Uuid, nullable=False),
        sa.Column("layer", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("attached_by", sa.Uuid),
        sa.Column("idempotency_key", sa.String(80), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detached_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("attached_by", "owner_id", "idempotency_key"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hex"),
        sa.CheckConstraint("size > 0", name="size_positive"),
        sa.CheckConstraint("name <> '' OR detached_at IS NOT NULL", name="has_name"),
    )
    # what is attached to one thing, in order
    op.create_index(
        "ix_attachment_owner",
        "attachment",
        ["owner_kind", "owner_id", "layer", "attached_at", "id"],
    )
    # whether anything still names a content: the sweep asks
    op.create_index(
        "ix_attachment_sha256",
        "attachment",
        ["sha256"],
        postgresql_where=sa.text("detached_at IS NULL"),
    )
    op.create_table(
        "content_sweep",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("folder", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("folder BETWEEN 0 AND 255", name="folder_exists"),
    )
    op.execute("INSERT INTO content_sweep (id, folder, due_at) VALUES (1, 0, market_now())")
    # who attached what is a record of what happened: a row may lose its effect, not its being
    op.execute("REVOKE DELETE, TRUNCATE ON attachment FROM market_app")
    op.execute("REVOKE INSERT, DELETE, TRUNCATE ON content_sweep FROM market_app")


def downgrade() -> None:
    op.drop_table("content_sweep")
    op.drop_table("attachment")
