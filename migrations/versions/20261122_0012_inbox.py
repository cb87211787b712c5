"""Inbox: messages, preferences, mail and webhooks.

Step: expand.
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SEND_STATES = "state IN ('waiting', 'queued', 'sending', 'sent', 'dead', 'skipped')"
OVER_HAS_NO_DUE = "(state IN ('sent', 'dead', 'skipped')) = (due_at IS NULL)"


def upgrade() -> None:
    create_messages()
    create_dispatch()
    create_webhooks()
    # up to which bid of a lot those who were outbid have been told
    op.create_table(
        "outbid_told",
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("told_seq", sa.BigInteger, nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
    )


def create_messages() -> None:
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", JSONB, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("href", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("for_digest", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        # told once, however often the telling is repeated
        sa.UniqueConstraint("person_id", "key"),
    )
    # a person's list, newest first
    op.create_index(
        "ix_inbox_message_person_id_created_at_id",
        "inbox_message",
        ["person_id", "created_at", "id"],
    )
    # the number in the header of every page
    op.create_index(
        "ix_inbox_message_unread",
        "inbox_message",
        ["person_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    # what the next digest holds
    op.create_index(
        "ix_inbox_message_digest",
        "inbox_message",
        ["person_id"],
        postgresql_where=sa.text("for_digest"),
    )
    # the sweep of old read messages
    op.create_index(
        "ix_inbox_message_read",
        "inbox_message",
        ["created_at"],
        postgresql_where=sa.text("read_at IS NOT NULL"),
    )
    op.create_table(
        "inbox_preference",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("mail", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("digest_due_at", MOMENT),
        sa.CheckConstraint("mail IN ('at_once', 'daily', 'none')", name="mail_known"),
        sa.CheckConstraint("language IN ('zh-CN', 'en')", name="language_known"),
    )
    # the sweep of digests
    op.create_index(
        "ix_inbox_preference_digest_due_at",
        "inbox_preference",
        ["digest_due_at"],
        postgresql_where=sa.text("digest_due_at IS NOT NULL"),
    )


def create_dispatch() -> None:
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.String(160), nullable=False, unique=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("contact_kind", sa.String(8), nullable=False),
        # no foreign key: a contact may be a person, a login or an address still to be proved
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("subject", JSONB, nullable=False),
        sa.Column("parts", JSONB(none_as_null=True)),
        sa.Column("secret", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("last_error", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.CheckConstraint("contact_kind IN ('person', 'login', 'pending')", name="contact_known"),
        sa.CheckConstraint("channel IN ('email', 'mobile')", name="channel_known"),
        sa.CheckConstraint("kind IN ('direct', 'notice', 'digest')", name="kind_known"),
        sa.CheckConstraint(SEND_STATES, name="state_known"),
        sa.CheckConstraint(OVER_HAS_NO_DUE, name="over_has_no_due"),
        sa.CheckConstraint(
            "NOT secret OR due_at IS NOT NULL OR parts IS NULL", name="secret_is_wiped"
        ),
    )
    _index_outgoing("dispatch")


def create_webhooks() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("kinds", ARRAY(sa.String(64)), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("created_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.UniqueConstraint("organisation_id", "idempotency_key"),
        sa.CheckConstraint("state IN ('active', 'disabled', 'removed')", name="state_known"),
        sa.CheckConstraint("cardinality(kinds) > 0", name="subscribes_to_something"),
    )
    # who wants to hear of an event
    op.create_index(
        "ix_webhook_endpoint_kinds",
        "webhook_endpoint",
        ["kinds"],
        postgresql_using="gin",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("endpoint_id", sa.Uuid, sa.ForeignKey("webhook_endpoint.id"), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("href", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("response_status", sa.BigInteger),
        sa.Column("last_error", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT),
        sa.UniqueConstraint("endpoint_id", "key"),
        sa.CheckConstraint(SEND_STATES, name="state_known"),
        sa.CheckConstraint(OVER_HAS_NO_DUE, name="over_has_no_due"),
    )
    _index_outgoing("webhook_delivery")
    # an endpoint's log, newest first
    op.create_index(
        "ix_webhook_delivery_endpoint_id_created_at_id",
        "webhook_delivery",
        ["endpoint_id", "created_at", "id"],
    )


def _index_outgoing(table: str) -> None:
    # the sweep's one question: what is due?
    op.create_index(
        f"ix_{table}_due_at", table, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    # the sweep of what is over
    op.create_index(
        f"ix_{table}_over", table, ["created_at"], postgresql_where=sa.text("due_at IS NULL")
    )


def downgrade() -> None:
    for table in (
        "outbid_told",
        "webhook_delivery",
        "webhook_endpoint",
        "dispatch",
        "inbox_preference",
        "inbox_message",
    ):
        op.drop_table(table)
