"""Pure parsers: from what a person typed to a value, or a sentence that says what is wrong; and
back, for a form that is shown filled (`as_yuan`, `as_percent`).

Each factory answers a parser `str -> value`; a parser raises `Refused`. What input methods
produce is understood: full-width digits and signs, thousands marks of both widths, 元/万元,
年月日. Nothing is guessed: an amount that could be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from app.core.clock import SHANGHAI
from app.core.i18n import _n
from app.core.money import MAX_MINOR, Money, format_yuan

_WIDE = str.maketrans("０１２３４５６７８９．，－＋：／％＠　￥", "0123456789.,-+:/%@ ¥")
_MINUS = frozenset("-−–—﹣")
_AMOUNT = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?")
_DATE = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")
_TIME = re.compile(
    r"([0-9]{1,2})\s*[:时点]\s*([0-9]{1,2})\s*分?(?:\s*:?\s*([0-9]{1,2})(?:\.[0-9]{1,6})?\s*秒?)?"
)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

NOTHING: Final = Money(0)
MAX_AMOUNT: Final = Money(MAX_MINOR)


class Refused(ValueError):
    """A field that means nothing: a Chinese sentence (to be translated) and its facts."""

    def __init__(self, source: str, **facts: object) -> None:
        super().__init__(source % facts if facts else source)
        self.source, self.facts = source, facts


def text(*, minimum: int = 0, maximum: int = 200, lines: bool = False) -> Callable[[str], str]:
    """Text without the blanks around it, `minimum`–`maximum` characters.

    `lines` keeps line breaks (as \\n), otherwise they become blanks. Control characters, which
    neither people type nor PostgreSQL stores, are refused.
    """

    def parse(raw: str) -> str:
        value = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not lines:
            value = re.sub(r"\s*\n\s*", " ", value)
        if _CONTROL.search(value):
            raise Refused(_n("含有无法显示的字符，请删除后重新填写。"))
        if len(value) < minimum:
            raise Refused(_n("至少填写 %(minimum)s 个字。"), minimum=minimum)
        if len(value) > maximum:
            raise Refused(
                _n("最多填写 %(maximum)s 个字，现在是 %(length)s 个字。"),
                maximum=maximum,
                length=len(value),
            )
        return value

    return parse


def money_yuan(*, minimum: Money = NOTHING, maximum: Money = MAX_AMOUNT) -> Callable[[str], Money]:
    """An amount in 元 (or 万元 when it says so) as Money, from `minimum` to `maximum` inclusive."""

    def parse(raw: str) -> Money:
        typed = raw.translate(_WIDE).strip().replace(" ", "").removeprefix("¥")
        typed = re.sub(r"(?i)^(rmb|cny)|(rmb|cny)$", "", typed)
        scale = 100
        if match := re.search(r"(万元|万|元|圆)$", typed):
            scale = 1_000_000 if match[1].startswith("万") else 100
            typed = typed[: match.start()]
        minor = _plain_amount(typed, scale)
        if minor < minimum.minor:
            raise Refused(_n("金额不能低于 %(least)s。"), least=format_yuan(minimum.minor))
        if minor > maximum.minor:
            raise Refused(_n("金额不能超过 %(most)s。"), most=format_yuan(maximum.minor))
        return Money(minor)

    return parse


def _plain_amount(typed: str, scale: int) -> int:
    """Digits with thousands marks and a fraction → 分; says which habit was not understood."""
    if typed[:1] in _MINUS:
        raise Refused(_n("金额不能是负数。"))
    typed = typed.removeprefix("+")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+", typed):
        raise Refused(_n("请直接写出金额数字，不要使用科学计数法。"))
    if not re.search(r"[0-9]", typed) or re.search(r"[^0-9.,]", typed):
        raise Refused(_n("请填写数字金额，例如 1,000.50 或 12.5万。"))
    match = _AMOUNT.fullmatch(typed)
    if match is None:
        if "," in typed and typed.count(".") <= 1:
            raise Refused(_n("千分位逗号的位置不对，例如应写作 1,000,000.00。"))
        raise Refused(_n("小数点只能有一个，例如 1000.50。"))
    if len(typed) > 40:
        raise Refused(_n("金额不能超过 %(most)s。"), most=format_yuan(MAX_AMOUNT.minor))
    exact = Decimal(typed.replace(",", "")) * scale
    if exact != int(exact):
        raise Refused(_n("金额最多精确到分（两位小数）。"))
    return int(exact)


def integer(*, minimum: int = 0, maximum: int = 2**63 - 1) -> Callable[[str], int]:
    """A whole number from `minimum` to `maximum` inclusive."""

    def parse(raw: str) -> int:
        typed = raw.translate(_WIDE).strip().replace(",", "")
        if typed[:1] in _MINUS:
            typed = "-" + typed[1:]
        if not re.fullmatch(r"[+-]?[0-9]{1,30}", typed):
            raise Refused(_n("请填写整数。"))
        value = int(typed)
        if not minimum <= value <= maximum:
            raise Refused(
                _n("请填写 %(minimum)s 至 %(maximum)s 之间的整数。"),
                minimum=minimum,
                maximum=maximum,
            )
        return value

    return parse


def percent_bp(*, minimum: int = 0, maximum: int = 10_000) -> Callable[[str], int]:
    """A rate in percent (two decimals at most, with or without %) as basis points."""

    def parse(raw: str) -> int:
        typed = raw.translate(_WIDE).strip().removesuffix("%").strip()
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]*)?", typed):
            raise Refused(_n("请填写百分比数字，例如 12.5。"))
        exact = Decimal(typed) * 100
        if exact != int(exact):
            raise Refused(_n("百分比最多两位小数。"))
        if not minimum <= int(exact) <= maximum:
            raise Refused(
                _n("请填写 %(minimum)s%% 至 %(maximum)s%% 之间的百分比。"),
                minimum=f"{Decimal(minimum) / 100:f}",
                maximum=f"{Decimal(maximum) / 100:f}",
            )
        return int(exact)

    return parse


def day(*, minimum: date | None = None, maximum: date | None = None) -> Callable[[str], date]:
    """A date: 2026-11-22, 2026/11/22, 2026.11.22 or 2026年11月22日."""

    def parse(raw: str) -> date:
        match = _DATE.fullmatch(raw.translate(_WIDE).strip())
        if match is None:
            raise Refused(_n("请按“年-月-日”填写日期，例如 2026-11-22。"))
        value = _date(match)
        if minimum is not None and value < minimum:
            raise Refused(_n("日期不能早于 %(earliest)s。"), earliest=minimum.isoformat())
        if maximum is not None and value > maximum:
            raise Refused(_n("日期不能晚于 %(latest)s。"), latest=maximum.isoformat())
        return value

    return parse


def instant() -> Callable[[str], datetime]:
    """A moment of Beijing time (`datetime-local`, or 2026年11月22日 18:30) as UTC."""

    def parse(raw: str) -> datetime:
        typed = raw.translate(_WIDE).strip()
        start = _DATE.match(typed)
        moment = _TIME.fullmatch(typed[start.end() :].lstrip(" T")) if start else None
        if start is None or moment is None:
            raise Refused(_n("请填写日期和时间，例如 2026-11-22 18:30。"))
        on = _date(start)
        try:
            local = datetime(
                on.year,
                on.month,
                on.day,
                int(moment[1]),
                int(moment[2]),
                int(moment[3] or 0),
                tzinfo=SHANGHAI,
            )
        except ValueError:
            raise Refused(_n("时间不存在，请检查时、分是否正确。")) from None
        return local.astimezone(UTC)

    return parse


def _date(match: re.Match[str]) -> date:
    try:
        value = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise Refused(_n("日期不存在，请检查月份和日期。")) from None
    # why: a typing slip such as 0206 must not become a legal date; no record here is older
    if not 1900 <= value.year <= 2199:
        raise Refused(_n("年份应在 1900 至 2199 之间。"))
    return value


def choice(allowed: Collection[str]) -> Callable[[str], str]:
    """One of the values that the page offered (an enum's values, for a StrEnum)."""
    values = {str(item) for item in allowed}

    def parse(raw: str) -> str:
        if raw not in values:
            raise Refused(_n("请从列出的选项中选择。"))
        return raw

    return parse


def listed_id() -> Callable[[str], UUID]:
    """An id that the page itself put into the form."""

    def parse(raw: str) -> UUID:
        try:
            return UUID(raw)
        except ValueError:
            raise Refused(_n("请从列出的选项中选择。")) from None

    return parse


def email() -> Callable[[str], str]:
    """An e-mail address; the domain in lower case, at most 254 characters."""

    def parse(raw: str) -> str:
        typed = raw.translate(_WIDE).strip()
        if len(typed) > 254 or ".." in typed or not _EMAIL.fullmatch(typed):
            raise Refused(_n("邮箱格式不正确，例如 name@example.com。"))
        name, _, domain = typed.rpartition("@")
        return f"{name}@{domain.lower()}"

    return parse


def mobile() -> Callable[[str], str]:
    """A mobile number of mainland China, 11 digits, without +86, blanks and dashes."""

    def parse(raw: str) -> str:
        typed = re.sub(r"[\s-]", "", raw.translate(_WIDE).strip())
        typed = re.sub(r"^(\+86|0086)", "", typed)
        if not re.fullmatch(r"1[3-9][0-9]{9}", typed):
            raise Refused(_n("手机号码应为 11 位数字，以 1 开头。"))
        return typed

    return parse


def url(*, maximum: int = 500) -> Callable[[str], str]:
    """A web address with http or https and a host."""

    def parse(raw: str) -> str:
        typed = raw.strip()
        try:
            parts = urlsplit(typed)
            good = bool(parts.hostname) and parts.scheme in ("http", "https")
        except ValueError:
            good = False
        if not good or len(typed) > maximum or re.search(r"[\s<>\"\\^`{|}\x00-\x1f]", typed):
            raise Refused(_n("网址格式不正确，应以 http:// 或 https:// 开头。"))
        return typed

    return parse


def as_yuan(amount: Money | None) -> str | None:
    """The amount that a person would type: 120000 or 99.50."""
    if amount is None:
        return None
    whole, rest = divmod(amount.minor, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def as_percent(basis_points: int | None) -> str | None:
    """Basis points as the percentage that a person would type: 12.5 or 30."""
    if basis_points is None:
        return None
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
