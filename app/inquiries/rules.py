"""Pure decisions on inquiries: what may be written, whose turn it is, how many are enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n
from app.inquiries.errors import InquiryClosed, TooManyInquiries
from app.inquiries.types import MAX_BODY, MAX_TITLE, InquiryState, Side

# Our own defaults (本平台规则), against flooding.
INQUIRIES_A_DAY: Final = 20
MESSAGES_AN_HOUR: Final = 60
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


def check_text(title: str | None, body: str) -> None:
    """Both cleaned before. Raises Invalid with a sentence for each field."""
    faults = []
    if title is not None:
        if not title:
            faults.append(FieldError("title", _n("请填写咨询的主题。")))
        elif len(title) > MAX_TITLE:
            faults.append(
                FieldError("title", Message(_n("最多填写 %(maximum)s 个字。"), maximum=MAX_TITLE))
            )
    if not body:
        faults.append(FieldError("body", _n("请填写内容。")))
    elif len(body) > MAX_BODY:
        faults.append(
            FieldError("body", Message(_n("最多填写 %(maximum)s 个字。"), maximum=MAX_BODY))
        )
    if faults:
        raise Invalid(faults)


def check_open(state: InquiryState) -> None:
    """Raises InquiryClosed."""
    if state is InquiryState.closed:
        raise InquiryClosed()


def check_count(count: int, limit: int, period: timedelta) -> None:
    """Raises TooManyInquiries when ``count`` in this period has reached the limit."""
    if count >= limit:
        raise TooManyInquiries(retry_after_s=int(period.total_seconds() // 24))


def next_state(side: Side) -> InquiryState:
    """After the owner wrote it is answered, after the asker wrote it waits again."""
    return InquiryState.answered if side is Side.owner else InquiryState.asked
