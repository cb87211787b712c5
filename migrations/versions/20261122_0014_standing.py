"""Accounts: requests to join, verification of persons, bank accounts, tokens.

Step: expand.
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ROLES_KNOWN = (
    "cardinality(roles) > 0 AND roles <@ ARRAY['manager', 'inventor', 'agent', 'head']::varchar[]"
)


def upgrade() -> None:
    create_tokens()
    create_join_requests()
    create_person_verifications()
    create_bank_accounts()


def create_tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("hint", sa.String(12), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(24)), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.UniqueConstraint("person_id", "idempotency_key"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="token_is_hashed"),
        sa.CheckConstraint("cardinality(scopes) > 0", name="has_scopes"),
        sa.CheckConstraint("expires_at > created_at", name="ends"),
    )


def create_join_requests() -> None:
    op.create_table(
        "join_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("roles", ARRAY(sa.String(12)), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.CheckConstraint(ROLES_KNOWN, name="roles_known"),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'refused', 'withdrawn')", name="state_known"
        ),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_has_time"),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_has_reason"),
    )
    # one open request of a person to an organisation; its heads' list, oldest first
    op.create_index(
        "uq_join_request_open",
        "join_request",
        ["organisation_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    # a person's own requests, newest first
    op.create_index(None, "join_request", ["person_id", "id"])


def create_person_verifications() -> None:
    op.create_table(
        "person_verification",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.CheckConstraint("method IN ('document', 'organisation')", name="method_known"),
        sa.CheckConstraint(
            "state IN ('submitted', 'verified', 'returned', 'withdrawn', 'lapsed')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "(method = 'organisation') = (organisation_id IS NOT NULL)", name="organisation_vouches"
        ),
        sa.CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided_has_time"),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_has_reason"),
    )
    # a person is verified once, or asks once
    op.create_index(
        "uq_person_verification_current",
        "person_verification",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'verified')"),
    )
    # a person's own, newest first
    op.create_index(None, "person_verification", ["person_id", "id"])
    # the operators' queue, oldest first
    op.create_index(
        "ix_person_verification_review",
        "person_verification",
        ["submitted_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )


def create_bank_accounts() -> None:
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("party_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("bank", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("last_digits", sa.String(4), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("method", sa.String(10)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.Column("verified_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.UniqueConstraint("party_id", "idempotency_key"),
        sa.CheckConstraint("state IN ('entered', 'verified', 'retired')", name="state_known"),
        sa.CheckConstraint("method IN ('transfer', 'operator')", name="method_known"),
        sa.CheckConstraint(
            "state <> 'verified' OR (verified_at IS NOT NULL AND method IS NOT NULL)",
            name="verified_somehow",
        ),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_at_set"),
        sa.CheckConstraint("last_digits ~ '^[0-9]{4}$'", name="last_digits_shape"),
    )
    # one account in force for each party
    op.create_index(
        "uq_bank_account_current",
        "bank_account",
        ["party_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'retired'"),
    )
    # the operators' queue, oldest first
    op.create_index(
        "ix_bank_account_review",
        "bank_account",
        ["entered_at", "id"],
        postgresql_where=sa.text("state = 'entered'"),
    )
    op.create_table(
        "bank_trial",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("bank_account.id"), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'sent', 'failed', 'matched', 'spent')", name="state_known"
        ),
        sa.CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts_limited"),
    )
    # one transfer on its way for each account
    op.create_index(
        "uq_bank_trial_open",
        "bank_trial",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('ordered', 'sent')"),
    )
    # an account's transfers, newest first
    op.create_index(None, "bank_trial", ["account_id", "id"])


def downgrade() -> None:
    for table in (
        "bank_trial",
        "bank_account",
        "person_verification",
        "join_request",
        "api_token",
    ):
        op.drop_table(table)
