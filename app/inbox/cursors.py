"""Keyset paging by (created_at, id), newest first: every list of this room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from app.core.paging import Page, encode_cursor

View_co = TypeVar("View_co", covariant=True)


class Listed(Protocol[View_co]):
    """A row of such a list."""

    @property
    def id(self) -> UUID: ...
    @property
    def created_at(self) -> datetime: ...
    def view(self) -> View_co: ...


def cut_page(rows: Sequence[Listed[View_co]], limit: int) -> Page[View_co]:
    """Cut the one row too many that says whether there is a next page."""
    items = [row.view() for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, encode_cursor(last.created_at, last.id))
