"""Lists page by keyset: a cursor names the last row seen, so deep pages cost what first ones do."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.errors import FieldError, Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page, None at the end."""

    items: Sequence[T]
    next: str | None = None


def encode_cursor(*keys: Any) -> str:
    """Pack the sort keys of the last row (JSON values only) into one opaque word."""
    packed = json.dumps(keys, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Unpack a cursor; Invalid when it is broken or its keys are not of the kinds expected."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        keys = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, UnicodeError, RecursionError):
        keys = None
    if (
        not isinstance(keys, list)
        or len(keys) != len(kinds)
        or not all(isinstance(key, kind) for key, kind in zip(keys, kinds, strict=True))
    ):
        raise Invalid([FieldError("after", "翻页标记无效，请从第一页重新开始")])
    return keys
