"""Accounts: proof of an address, reset of a password, what a session shows.

Step: expand.
Lock: short ones on ``person`` and ``login``; ``login_session`` is rewritten for its ids (a few
thousand rows at most); the audit trail takes no lines while its index is built.
Old code keeps working because: every new column has a default, and it does not know the new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    extend_people()
    extend_sessions()
    create_proofs()
    # one person's own lines, for the copy of his data
    op.create_index(
        "ix_audit_entry_person_id_seq",
        "audit_entry",
        ["person_id", "seq"],
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )


def extend_people() -> None:
    op.add_column(
        "person", sa.Column("consent_version", sa.String(16), nullable=False, server_default="")
    )
    op.add_column("person", sa.Column("consented_at", sa.DateTime(timezone=True)))
    op.add_column("person", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        "consent_has_its_time", "person", "(consent_version = '') = (consented_at IS NULL)"
    )
    op.add_column("login", sa.Column("proved_at", sa.DateTime(timezone=True)))


def extend_sessions() -> None:
    op.add_column(
        "login_session",
        sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
    )
    op.create_unique_constraint(None, "login_session", ["id"])
    op.add_column(
        "login_session", sa.Column("browser", sa.String(60), nullable=False, server_default="")
    )
    op.add_column(
        "login_session", sa.Column("address", sa.String(45), nullable=False, server_default="")
    )


def create_proofs() -> None:
    op.create_table(
        "address_proof",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("purpose", sa.String(9), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("handle_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("link_hash", sa.LargeBinary, unique=True),
        sa.Column("decoy", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("sends", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("consent_version", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("replaces_id", sa.Uuid),
        sa.CheckConstraint(
            "purpose IN ('sign_up', 'reset', 'add_login', 'notice')", name="purpose_known"
        ),
        sa.CheckConstraint("kind IN ('email', 'mobile')", name="kind_known"),
        sa.CheckConstraint(
            "octet_length(handle_hash) = 32 AND octet_length(code_hash) = 32"
            " AND octet_length(link_hash) = 32",
            name="secrets_are_hashed",
        ),
        sa.CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts_limited"),
        sa.CheckConstraint(
            "purpose <> 'sign_up' OR (name <> '' AND password_hash <> '')",
            name="sign_up_is_whole",
        ),
        sa.CheckConstraint(
            "purpose <> 'add_login' OR person_id IS NOT NULL", name="login_is_for_someone"
        ),
    )
    # the sweep of what was never proved
    op.create_index(None, "address_proof", ["expires_at"])
    # removed with the account
    op.create_index(None, "address_proof", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_person_id_seq", "audit_entry")
    op.drop_table("address_proof")
    for column in ("address", "browser", "id"):
        op.drop_column("login_session", column)
    op.drop_column("login", "proved_at")
    for column in ("deleted_at", "consented_at", "consent_version"):
        op.drop_column("person", column)
