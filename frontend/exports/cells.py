"""One cell: from a value of the market to what a spreadsheet shows, and never to a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.core.clock import SHANGHAI
from app.core.i18n import translate
from app.core.money import Money
from frontend.exports.columns import Kind
from frontend.show import state_label

# A spreadsheet takes a cell for a formula by its first character, some of them also after blanks
# or by the full-width form that an input method writes (OWASP, CSV injection).
_FORMULA: Final = re.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
# What XML 1.0 cannot hold, and lone surrogates, which UTF-8 cannot.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_767  # characters that a spreadsheet's cell holds

Plain = str | int | Decimal | date | datetime | None


def as_plain(value: Any, kind: Kind, locale: str) -> Plain:
    """A value as its kind wants it: texts in the reader's language, money in yuan, Beijing time."""
    if value is None or value == "":
        return None
    if kind == "money":
        minor = value.minor if isinstance(value, Money) else int(value)
        return Decimal(minor).scaleb(-2)
    if kind == "time" and isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    if kind == "date":
        day = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
        return day if isinstance(day, date) else str(day)
    if kind == "number":
        return value if isinstance(value, int | Decimal) else str(value)
    return clean(_as_text(value, kind, locale))


def _as_text(value: Any, kind: Kind, locale: str) -> str:
    if kind == "state":
        return translate(locale, state_label(value))
    if not isinstance(value, str) and isinstance(value, Iterable):
        return "；".join(filter(None, (_as_text(one, kind, locale) for one in value)))
    label = getattr(value, "label", "")
    return translate(locale, label or str(value))


def clean(text: str) -> str:
    """A text without what no table can hold, no longer than a cell."""
    return _UNWRITABLE.sub("", text)[:_LONGEST]


def is_formula(text: str) -> bool:
    """Whether some spreadsheet would run this text instead of showing it."""
    return _FORMULA.match(text) is not None


def as_csv(value: Plain) -> str:
    """A plain value as CSV writes it; a text that could be a formula begins with a quote."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, str):
        return "'" + value if is_formula(value) else value
    return str(value)
