"""Accounts: parties, people, organisations, memberships, sessions, attempt counters.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLES_KNOWN = (
    "cardinality(roles) > 0 AND roles <@ ARRAY['manager', 'inventor', 'agent', 'head']::varchar[]"
)


def upgrade() -> None:
    create_people()
    create_organisations()
    create_memberships()
    create_sessions()


def create_people() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'organisation')", name="kind_known"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "login",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("kind", "value"),
        sa.CheckConstraint("kind IN ('email', 'mobile')", name="kind_known"),
    )
    # the ways in of one person, for member lists
    op.create_index(None, "login", ["person_id"])
    op.create_table(
        "platform_role",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('operator', 'publisher', 'supervisor', 'administrator', 'broker')",
            name="role_known",
        ),
    )


def create_organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("region", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("number", sa.String(20), unique=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("founded_by", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.UniqueConstraint("founded_by", "idempotency_key"),
        sa.CheckConstraint(
            "kind IN ('university', 'institute', 'hospital', 'state_enterprise', 'enterprise',"
            " 'transfer_agency')",
            name="kind_known",
        ),
        sa.CheckConstraint(
            "state IN ('unverified', 'submitted', 'verified', 'returned')", name="state_known"
        ),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_has_reason"),
        sa.CheckConstraint(
            "state = 'unverified' OR (number IS NOT NULL AND submitted_at IS NOT NULL)",
            name="submitted_has_number",
        ),
    )
    # one verified organisation per code; squatters' claims keep nobody out
    op.create_index(
        "uq_organisation_verified_credit_code",
        "organisation",
        ["credit_code"],
        unique=True,
        postgresql_where=sa.text("state = 'verified'"),
    )
    # all claims to one code, for the review
    op.create_index(None, "organisation", ["credit_code"])
    # the public list, in order of names; importers find by name
    op.create_index(None, "organisation", ["name", "id"])
    # the review queue, oldest first
    op.create_index(
        "ix_organisation_review",
        "organisation",
        ["submitted_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )


def create_memberships() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("roles", ARRAY(sa.String(12)), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("organisation_id", "person_id"),
        sa.CheckConstraint("state IN ('active', 'removed')", name="state_known"),
        sa.CheckConstraint(ROLES_KNOWN, name="roles_known"),
    )
    # the organisations of one person
    op.create_index(None, "membership", ["person_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("code", sa.String(19), nullable=False, unique=True),
        sa.Column("roles", ARRAY(sa.String(12)), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("invited_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.UniqueConstraint("organisation_id", "idempotency_key"),
        sa.CheckConstraint(ROLES_KNOWN, name="roles_known"),
        sa.CheckConstraint("(used_by IS NULL) = (used_at IS NULL)", name="used_by_someone"),
    )


def create_sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="token_is_hashed"),
    )
    # the sweep of ended sessions
    op.create_index(None, "login_session", ["expires_at"])
    # the sessions of one person
    op.create_index(None, "login_session", ["person_id"])
    op.create_table(
        "attempt_counter",
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("key_hash", sa.LargeBinary, primary_key=True),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("hits", sa.BigInteger, nullable=False),
    )
    # the sweep of old windows
    op.create_index(None, "attempt_counter", ["window_ends_at"])


def downgrade() -> None:
    for table in (
        "attempt_counter",
        "login_session",
        "invitation",
        "membership",
        "organisation",
        "platform_role",
        "login",
        "person",
        "party",
    ):
        op.drop_table(table)
