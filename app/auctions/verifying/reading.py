"""Reading what a stranger wrote: each part says what it needs, or the file is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from app.auctions.engine.codec import from_json
from app.auctions.verifying.faults import Broken
from app.auctions.verifying.files import Json

T = TypeVar("T")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def is_hash(stored: object) -> bool:
    """Whether this is a SHA-256 in small hexadecimal letters."""
    return isinstance(stored, str) and _HASH.fullmatch(stored) is not None


def read_instant(row: Json, name: str, seq: int | None) -> datetime:
    """The instant under a name, in UTC. Raises Broken."""
    try:
        return from_json(datetime, row.get(name))
    except ValueError:
        raise Broken(f"“{name}”不是带时区的时间", seq) from None


def read_rows(
    rows: Sequence[Json], shape: Mapping[str, type | tuple[type, ...]]
) -> list[dict[str, Any]]:
    """Rows with exactly these keys and kinds of values. Raises Broken."""
    for row in rows:
        if row.keys() != shape.keys():
            raise Broken("文件中有一行缺少内容或多出内容")
        for name, kinds in shape.items():
            if type(row[name]) not in (kinds if isinstance(kinds, tuple) else (kinds,)):
                raise Broken(f"文件中“{name}”的写法不对")
    return [dict(row) for row in rows]


def read_word(kind: type[T], stored: object, what: str, seq: int | None = None) -> T:
    """One word of the engine. Raises Broken, naming what it was to be."""
    try:
        return from_json(kind, stored)
    except (ValueError, TypeError, OverflowError):
        raise Broken(f"{what}的写法不对", seq) from None
