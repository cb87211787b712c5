"""Tables of the inbox. They hold ids of people, never their names or addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk
from app.inbox.texts import unpack
from app.inbox.types import DeliveryView, EndpointState, EndpointView, MessageView, SendState

SEND_STATES = "'waiting', 'queued', 'sending', 'sent', 'dead', 'skipped'"
OVER_HAS_NO_DUE = "(state IN ('sent', 'dead', 'skipped')) = (due_at IS NULL)"


class InboxMessage(Base):
    """A notice in one person's inbox (站内消息)."""

    __tablename__ = "inbox_message"
    __table_args__ = (
        # why: told once, however often the telling is repeated
        UniqueConstraint("person_id", "key"),
        # a person's list, newest first
        Index("ix_inbox_message_person_id_created_at_id", "person_id", "created_at", "id"),
        # the number in the header of every page
        Index("ix_inbox_message_unread", "person_id", postgresql_where=text("read_at IS NULL")),
        # what the next digest holds
        Index("ix_inbox_message_digest", "person_id", postgresql_where=text("for_digest")),
        # the sweep of old read messages
        Index("ix_inbox_message_read", "created_at", postgresql_where=text("read_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any]]
    href: Mapped[str]
    facts: Mapped[dict[str, Any]]
    urgent: Mapped[bool]
    for_digest: Mapped[bool]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    def view(self) -> MessageView:
        """A snapshot that may leave the transaction."""
        return MessageView(
            id=self.id,
            kind=self.kind,
            subject=unpack(self.subject),
            body=unpack(self.body),
            href=self.href,
            urgent=self.urgent,
            created_at=self.created_at,
            read=self.read_at is not None,
        )


class InboxPreference(Base):
    """How a person wants to be told, and when his next digest is due."""

    __tablename__ = "inbox_preference"
    __table_args__ = (
        CheckConstraint("mail IN ('at_once', 'daily', 'none')", name="mail_known"),
        CheckConstraint("language IN ('zh-CN', 'en')", name="language_known"),
        # the sweep of digests
        Index(
            "ix_inbox_preference_digest_due_at",
            "digest_due_at",
            postgresql_where=text("digest_due_at IS NOT NULL"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8))
    digest_due_at: Mapped[datetime | None]


class Dispatch(Base):
    """One mail or text message on its way out (外发). Its parts are wiped when they were secret."""

    __tablename__ = "dispatch"
    __table_args__ = (
        CheckConstraint("contact_kind IN ('person', 'login', 'pending')", name="contact_known"),
        CheckConstraint("channel IN ('email', 'mobile')", name="channel_known"),
        CheckConstraint("kind IN ('direct', 'notice', 'digest')", name="kind_known"),
        CheckConstraint(f"state IN ({SEND_STATES})", name="state_known"),
        CheckConstraint(OVER_HAS_NO_DUE, name="over_has_no_due"),
        CheckConstraint(
            "NOT secret OR due_at IS NOT NULL OR parts IS NULL", name="secret_is_wiped"
        ),
        Index("ix_dispatch_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        # the sweep of what is over
        Index("ix_dispatch_over", "created_at", postgresql_where=text("due_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    contact_kind: Mapped[str] = mapped_column(String(8))
    contact_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[dict[str, Any]]
    parts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    secret: Mapped[bool]
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int]
    due_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class WebhookEndpoint(Base):
    """Where an organisation wants to be told (回调地址); its signing secret is kept sealed."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        UniqueConstraint("organisation_id", "idempotency_key"),
        CheckConstraint("state IN ('active', 'disabled', 'removed')", name="state_known"),
        CheckConstraint("cardinality(kinds) > 0", name="subscribes_to_something"),
        # who wants to hear of an event
        Index(
            "ix_webhook_endpoint_kinds",
            "kinds",
            postgresql_using="gin",
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    url: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str]
    failing_since: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(String(64))

    def view(self) -> EndpointView:
        """A snapshot that may leave the transaction."""
        return EndpointView(
            id=self.id,
            url=self.url,
            kinds=frozenset(self.kinds),
            state=EndpointState(self.state),
            reason=self.reason,
            failing_since=self.failing_since,
            created_at=self.created_at,
        )


class WebhookDelivery(Base):
    """One event on its way to one endpoint (投递)."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "key"),
        CheckConstraint(f"state IN ({SEND_STATES})", name="state_known"),
        CheckConstraint(OVER_HAS_NO_DUE, name="over_has_no_due"),
        Index("ix_webhook_delivery_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        # an endpoint's log, newest first
        Index("ix_webhook_delivery_endpoint_id_created_at_id", "endpoint_id", "created_at", "id"),
        # the sweep of what is over
        Index("ix_webhook_delivery_over", "created_at", postgresql_where=text("due_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, Any]]
    href: Mapped[str]
    facts: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int]
    due_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    last_error: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    def view(self) -> DeliveryView:
        """A snapshot that may leave the transaction."""
        return DeliveryView(
            id=self.id,
            kind=self.kind,
            state=SendState(self.state),
            attempts=self.attempts,
            due_at=self.due_at,
            response_status=self.response_status,
            last_error=unpack(self.last_error),
            created_at=self.created_at,
            delivered_at=self.delivered_at,
        )
