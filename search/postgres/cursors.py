"""Page marks: the last row seen of one order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from app.core.errors import FieldError, Invalid
from app.core.paging import decode_cursor, encode_cursor
from search.documents import Kind
from search.types import Sort


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row seen: its score, date or price, and its key. ``fused``: its score is that of
    words and meaning together."""

    key: int | datetime
    id: UUID
    kind: str
    fused: bool = False

    @property
    def place(self) -> tuple[Any, UUID, str]:
        """By what it is compared with candidates of its order."""
        return self.key, self.id, self.kind


FUSED: Final = "meaning"


def write_cursor(cursor: Cursor, sort: Sort) -> str:
    """The mark for an address."""
    name = FUSED if cursor.fused else sort.value
    key = cursor.key.isoformat() if isinstance(cursor.key, datetime) else cursor.key
    return encode_cursor(name, key, str(cursor.id), cursor.kind)


def read_cursor(after: str, sort: Sort) -> Cursor:
    """The cursor of this sort; Invalid for any other."""
    name, key, row_id, kind = decode_cursor(
        after, str, str if sort is Sort.newest else int, str, str
    )
    try:
        fused = name == FUSED and sort is Sort.relevance
        if (name != sort.value and not fused) or (
            isinstance(key, int) and not -(2**63) <= key < 2**63
        ):
            raise ValueError(name)
        if isinstance(key, str):
            key = _read_instant(key)
        return Cursor(key, UUID(row_id), Kind(kind).value, fused)
    except (ValueError, OverflowError) as broken:
        message = "翻页标记无效，请从第一页重新开始"
        raise Invalid([FieldError("after", message)]) from broken


def _read_instant(written: str) -> datetime:
    """In UTC: an instant of the first or the last hours of the calendar may have no place there."""
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("no instant without a zone")
    return at.astimezone(UTC)
