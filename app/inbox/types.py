"""Words of the inbox as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

ContactKind = Literal["person", "login", "pending"]
Channel = Literal["email", "mobile"]
Text = str  # a Chinese constant or a core.i18n.Message


class MailMode(StrEnum):
    """When a person's messages are mailed to him."""

    at_once = "at_once"  # 即时邮件
    daily = "daily"  # 每日摘要; urgent ones at once
    none = "none"  # 不发邮件


class SendState(StrEnum):
    """Where a mail, a text or a webhook stands. The last three are over."""

    waiting = "waiting"  # 待发送
    queued = "queued"  # a job for it is in the queue
    sending = "sending"  # a worker has it in hand
    sent = "sent"  # 已发送
    dead = "dead"  # 未能送达: given up
    skipped = "skipped"  # there is nobody to send it to


OVER: Final = frozenset({SendState.sent, SendState.dead, SendState.skipped})


class EndpointState(StrEnum):
    active = "active"  # 启用
    disabled = "disabled"  # 已停用: failed too long
    removed = "removed"  # 已删除


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened, for people and for their systems.

    ``kind`` is "room.what_happened"; ``subject`` and ``body`` are Chinese constants or Messages;
    ``href`` is a path of this site; ``facts`` hold ids and numbers only (they go to webhooks).
    ``urgent`` ones are mailed at once to those who asked for a daily digest.
    """

    kind: str
    subject: Text
    body: Text
    href: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a mail is for: a person, one way in, or an address that is still to be proved."""

    kind: ContactKind
    id: UUID


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its reader sees it; the texts are still to be translated."""

    id: UUID
    kind: str
    subject: Text
    body: Text
    href: str
    urgent: bool
    created_at: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class PreferenceView:
    """How a person wants to be told."""

    mail: MailMode
    language: str


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A webhook endpoint of an organisation."""

    id: UUID
    url: str
    kinds: frozenset[str]
    state: EndpointState
    reason: str  # why it was disabled
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event on its way to one endpoint, as its organisation sees it."""

    id: UUID
    kind: str
    state: SendState
    attempts: int
    due_at: datetime | None
    response_status: int | None
    last_error: Text
    created_at: datetime
    delivered_at: datetime | None
