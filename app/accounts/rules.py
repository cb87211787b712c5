"""Decisions of accounts. Pure: no database, no clock, no framework."""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from stdnum.cn import uscc

from app.accounts.errors import CodeTaken, LastHead, NotEditable, NotUnderReview, TooManyAttempts
from app.accounts.types import (
    MEMBER_ROLES,
    REGIONS,
    Identifier,
    IdentifierKind,
    Role,
    VerificationState,
)
from app.core.errors import FieldError, Invalid
from app.core.i18n import Message

IDLE_LIMIT: Final = timedelta(hours=12)
SESSION_LIMIT: Final = timedelta(days=7)
TOUCH_EVERY: Final = timedelta(minutes=5)  # last use is written no more often than this
INVITATION_LIMIT: Final = timedelta(days=7)

NAME_MAX: Final = 50
PRIVACY_VERSION: Final = "2026-11-22"  # of the text on /privacy that a newcomer agrees to
DELETED_NAME: Final = "已注销用户"
ORGANISATION_NAME_MAX: Final = 120
REASON_MAX: Final = 500
NOTE_MAX: Final = 50

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``hits`` attempts of a kind in one fixed window."""

    kind: str
    hits: int
    window: timedelta


# Our defaults. A whole campus may sit behind one address, hence the wide limits per address.
LOGIN_BY_IDENTIFIER: Final = Limit("login:identifier", 10, timedelta(minutes=15))
LOGIN_BY_ADDRESS: Final = Limit("login:address", 100, timedelta(minutes=15))
SIGN_UP_BY_ADDRESS: Final = Limit("signup:address", 30, timedelta(hours=1))
PASSWORD_BY_PERSON: Final = Limit("password:person", 10, timedelta(minutes=15))

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def compute_window_end(limit: Limit, now: datetime) -> datetime:
    """The end (exclusive) of the fixed window that ``now`` falls into."""
    return _EPOCH + ((now - _EPOCH) // limit.window + 1) * limit.window


def check_hits(limit: Limit, hits: int, now: datetime) -> None:
    """Refuse the attempt that goes over the limit; says after how many seconds to come back."""
    if hits > limit.hits:
        left = compute_window_end(limit, now) - now
        raise TooManyAttempts(retry_after_s=max(1, math.ceil(left.total_seconds())))


def compute_address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def parse_identifier(raw: str) -> Identifier:
    """Normalise a login name: full-width characters, +86, blanks and capitals do not matter.

    Raises Invalid on the field ``identifier``.
    """
    typed = unicodedata.normalize("NFKC", raw).strip().lower()
    if "@" in typed:
        if len(typed) <= 254 and ".." not in typed and _EMAIL.fullmatch(typed):
            return Identifier(IdentifierKind.email, typed)
    else:
        digits = re.sub(r"^(\+86|0086)", "", re.sub(r"[\s()-]", "", typed))
        if _MOBILE.fullmatch(digits):
            return Identifier(IdentifierKind.mobile, digits)
    raise Invalid([FieldError("identifier", "请填写邮箱地址，或中国大陆的 11 位手机号码")])


def mask_identifier(identifier: Identifier) -> str:
    """138****0000, or z***@example.com."""
    value = identifier.value
    if identifier.kind is IdentifierKind.mobile:
        return f"{value[:3]}****{value[-4:]}"
    name, _, domain = value.partition("@")
    return f"{name[:1]}***@{domain}"


def parse_line(raw: str, field: str, maximum: int, missing: str = "请填写此项") -> str:
    """One line of text, 1 to ``maximum`` characters after trimming.

    Raises Invalid; ``missing`` is what it says of an empty one.
    """
    value = re.sub(r"\s+", " ", raw).strip()
    if not value:
        raise Invalid([FieldError(field, missing)])
    if len(value) > maximum:
        raise Invalid([FieldError(field, Message("最多填写 %(maximum)s 个字", maximum=maximum))])
    if _CONTROL.search(value):
        raise Invalid([FieldError(field, "含有无法显示的字符，请删除后重新填写")])
    return value


def parse_search(raw: str) -> str:
    """A word to find an organisation by, 2 to 50 characters. Raises Invalid."""
    word = re.sub(r"\s+", "", raw)  # why: not normalised, names hold full-width brackets
    if not 2 <= len(word) <= 50 or _CONTROL.search(word):
        raise Invalid([FieldError("q", "请填写单位名称中的至少两个字，或统一社会信用代码")])
    return word


def parse_credit_code(raw: str) -> str:
    """A 统一社会信用代码 with a right check digit, 18 capitals and digits. Raises Invalid."""
    typed = unicodedata.normalize("NFKC", raw)
    if not uscc.is_valid(typed):
        message = "统一社会信用代码应为 18 位，请核对是否有误"
        raise Invalid([FieldError("credit_code", message)])
    return str(uscc.compact(typed))


def check_region(region: str) -> None:
    """Refuse what is no province-level division. Raises Invalid."""
    if region not in REGIONS:
        raise Invalid([FieldError("region", "请从列出的地区中选择")])


def check_member_roles(roles: Collection[Role]) -> None:
    """A member has at least one role, and only roles of members. Raises Invalid."""
    if not roles or not set(roles) <= MEMBER_ROLES:
        raise Invalid([FieldError("roles", "请至少选择一个角色")])


def check_keeps_head(other_heads: int, roles: Collection[Role]) -> None:
    """Refuse to take the last head away. ``other_heads`` are the active heads beside this one."""
    if other_heads == 0 and Role.head not in roles:
        raise LastHead()


def is_editable(state: VerificationState) -> bool:
    """What an operator is reading, or has vouched for, stays as it is."""
    return state in (VerificationState.unverified, VerificationState.returned)


def check_editable(state: VerificationState) -> None:
    """Refuse a change of what stays as it is."""
    if not is_editable(state):
        raise NotEditable(state=state.value)


def check_under_review(state: VerificationState) -> None:
    """Only a submitted organisation is decided on, and only once."""
    if state is not VerificationState.submitted:
        raise NotUnderReview(state=state.value)


def check_code_free(verified_rivals: int) -> None:
    """One verified organisation per code."""
    if verified_rivals:
        raise CodeTaken()


def make_code(entropy: bytes) -> str:
    """An invitation code from 10 random bytes: 16 characters in four groups."""
    number = int.from_bytes(entropy, "big")
    letters = [_CODE_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def parse_code(raw: str) -> str:
    """An invitation code as typed: blanks, dashes, small letters and O/0, I/L/1 do not matter."""
    typed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw)).upper()
    typed = re.sub(f"[^{_CODE_ALPHABET}]", "", typed.translate(str.maketrans("OIL", "011")))
    return "-".join(typed[start : start + 4] for start in range(0, len(typed), 4))


def choose_roles(platform: Collection[str], member: Collection[str]) -> frozenset[str]:
    """The roles an actor uses: a supervisor is only that, so that he can never write."""
    if Role.supervisor in platform:
        return frozenset({Role.supervisor.value})
    return frozenset(platform) | frozenset(member)
