"""Words of inquiries (咨询)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.official import Labelled

MAX_TITLE: Final = 100  # characters
MAX_BODY: Final = 2000


class AboutKind(Labelled):
    """What is asked about."""

    achievement = "achievement", "成果"
    offer = "offer", "供给信息"
    demand = "demand", "技术需求"


class InquiryState(Labelled):
    """Whose turn it is."""

    asked = "asked", "待答复"
    answered = "answered", "已答复"
    closed = "closed", "已结束"


class Side(Labelled):
    """Who wrote a message."""

    asker = "asker", "咨询方"
    owner = "owner", "被咨询方"


class Wish(Labelled):
    """How the asker would like to go on; no address is ever shown by the market."""

    here = "here", "在站内答复即可"
    meeting = "meeting", "希望约见或实地了解"
    call = "call", "希望电话沟通，联系方式由双方在站内自行约定"


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing asked about, as its own room shows it."""

    kind: AboutKind
    id: UUID
    number: str
    title: str
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message; the person who wrote it is not named."""

    side: Side
    organisation_name: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InquiryLine:
    """One line of a list."""

    id: UUID
    number: str
    title: str
    state: InquiryState
    about_kind: AboutKind
    about_number: str
    about_title: str
    asker_name: str
    owner_name: str
    asked_at: datetime
    updated_at: datetime
    mine: Side | None


@dataclass(frozen=True, slots=True)
class InquiryView:
    """A thread as one reader sees it."""

    line: InquiryLine
    wish: Wish
    messages: tuple[MessageView, ...]
    side: Side | None
    may_write: bool
    may_close: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """An organisation that asked about a thing, how often, and when last."""

    organisation_id: UUID
    name: str
    inquiries: int
    last_at: datetime
