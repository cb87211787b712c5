"""Lists page by keyset: a cursor names the last row seen, so deep pages cost what first ones do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from app.core.errors import FieldError, Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page, None at the end."""

    items: Sequence[T]
    next: str | None = None


def encode_cursor(*keys: Any) -> str:
    """Pack the sort keys of the last row (text, whole numbers, instants, ids) into one word."""
    packed = json.dumps(keys, ensure_ascii=False, separators=(",", ":"), default=_as_text).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Unpack a cursor into keys of these kinds: str, int, datetime, UUID.

    Invalid when it is broken, when a key is of another kind, or when it is one that no row has: a
    cursor is typed by whoever likes, and PostgreSQL must never see what it cannot hold.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        keys = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        if not isinstance(keys, list):
            raise TypeError("no list of keys")
        return [_READERS[kind](key) for key, kind in zip(keys, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid([FieldError("after", "翻页标记无效，请从第一页重新开始")]) from None


def decode_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Instant and id of the last row seen, for a list in order of time. Raises Invalid."""
    if not cursor:
        return None
    at, row_id = decode_cursor(cursor, datetime, UUID)
    return at, row_id


def decode_id(cursor: str | None) -> UUID | None:
    """Id of the last row seen, for a list in order of its ids. Raises Invalid."""
    return decode_cursor(cursor, UUID)[0] if cursor else None


def _as_text(key: datetime | UUID) -> str:
    return key.isoformat() if isinstance(key, datetime) else str(key)


def _read_text(key: Any) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise TypeError("no text that a row holds")
    key.encode()  # why: half a surrogate pair is no text
    return key


def _read_number(key: Any) -> int:
    if type(key) is not int or not -_BIGINT <= key < _BIGINT:
        raise TypeError("no number that a row holds")
    return key


def _read_instant(key: Any) -> datetime:
    at = datetime.fromisoformat(_read_text(key))
    # why: an instant of the first or the last hours of the calendar may have no place in UTC
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _read_id(key: Any) -> UUID:
    return UUID(_read_text(key))


_BIGINT: Final = 2**63
_READERS: Final[Mapping[type, Callable[[Any], Any]]] = {
    str: _read_text,
    int: _read_number,
    datetime: _read_instant,
    UUID: _read_id,
}
