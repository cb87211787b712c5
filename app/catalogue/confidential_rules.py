"""The decisions of the confidential layer. Pure."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Final

from app.catalogue.confidential_errors import (
    AlreadyInvited,
    AlreadyRequested,
    LayerNotReady,
    NotInvited,
)
from app.catalogue.confidential_types import GuestState
from app.catalogue.errors import NotPublishedYet
from app.catalogue.types import AchievementState
from app.core.clock import SHANGHAI
from app.core.errors import FieldError, Invalid, StaleVersion
from app.core.i18n import Message, _n
from app.core.plaintext import clean_text

MAX_TEXT: Final = 20_000  # characters; our own (本平台规则)
MAX_MESSAGE: Final = 500
MAX_DAYS: Final = 731


def check_text(field: str, raw: str, *, needed: str = "") -> str:
    """A text cleaned. Raises Invalid when it is too long, or empty although ``needed``."""
    words = clean_text(raw)
    if len(words) > MAX_TEXT:
        sentence = Message(_n("最多填写 %(maximum)s 个字。"), maximum=MAX_TEXT)
        raise Invalid([FieldError(field, sentence)])
    if needed and not words:
        raise Invalid([FieldError(field, needed)])
    return words


def check_message(raw: str) -> str:
    """What a company says when it asks. Raises Invalid."""
    words = clean_text(raw)
    if not words:
        raise Invalid([FieldError("message", _n("请说明查阅的目的。"))])
    if len(words) > MAX_MESSAGE:
        sentence = Message(_n("最多填写 %(maximum)s 个字。"), maximum=MAX_MESSAGE)
        raise Invalid([FieldError("message", sentence)])
    return words


def compute_nda_hash(text: str) -> str:
    """SHA-256 of an NDA text, in hex: what an acceptance names."""
    return hashlib.sha256(text.encode()).hexdigest()


def compute_end(until: date, now: datetime) -> datetime:
    """The instant an invitation ends: 24:00 in Beijing of its last day. Raises Invalid."""
    today = now.astimezone(SHANGHAI).date()
    if until < today:
        raise Invalid([FieldError("until", _n("截止日期不能早于今天。"))])
    if until > today + timedelta(days=MAX_DAYS):
        raise Invalid([FieldError("until", _n("截止日期最长为两年。"))])
    return datetime.combine(until + timedelta(days=1), time(), tzinfo=SHANGHAI)


def is_open(state: str, until: datetime | None, now: datetime) -> bool:
    """Whether an invitation lets in at this instant; its end is exclusive."""
    return state == GuestState.invited and until is not None and now < until


def check_published(state: AchievementState) -> None:
    """The layer opens to others only while its achievement is public."""
    if state is not AchievementState.published:
        raise NotPublishedYet(_n("成果公开后才能邀请其他单位查阅保密资料"))


def check_ready(has_nda: bool) -> None:
    """Nobody is invited before there is something to accept."""
    if not has_nda:
        raise LayerNotReady()


def check_new_request(state: str | None, open_now: bool) -> None:
    """One request at a time; one who is in does not ask. A declined one may ask again."""
    if state == GuestState.requested:
        raise AlreadyRequested()
    if open_now:
        raise AlreadyInvited()


def check_current(shown: int, current: int, open_now: bool) -> None:
    """Accept what is in force and was shown, while invited."""
    if not open_now:
        raise NotInvited()
    if shown != current:
        raise StaleVersion(_n("保密承诺书已更新，请阅读新文本后再同意"))
