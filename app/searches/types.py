"""Words of saved searches (保存的检索)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from search.types import Count, SearchRequest

MOST_SAVED: Final = 50  # of one person; our default
MAX_NAME: Final = 60  # characters
MAX_TEXT: Final = 300
MAX_VALUES: Final = 20  # of one filter
MAX_VALUE: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One saved search.

    ``new`` is what was found after ``looked_at``, None before it was first counted; ``due`` says
    that the count is old. ``news``: its person wants to be told.
    """

    id: UUID
    name: str
    question: SearchRequest
    news: bool
    looked_at: datetime
    saved_at: datetime
    new: Count | None
    due: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What is new since an instant."""

    since: datetime
    new: Count
