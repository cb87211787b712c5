"""The table of saved searches (保存的检索)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, pk


class SavedSearchRow(Base):
    """A question that a person keeps.

    ``new_count`` is what was found after ``looked_at`` when it was last counted: a cache, which
    only spares the engine the same question. ``told_at`` is up to when he was told, ``news_at``
    when that is done again; both only where he wants it.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("person_id", "question_hash"),  # a question once; and a person's own
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("question_hash ~ '^[0-9a-f]{64}$'", name="hash_is_hex"),
        CheckConstraint("new_count BETWEEN 0 AND 10000", name="count_capped"),
        CheckConstraint(
            "(news_at IS NULL) = (told_at IS NULL)",
            name="news_has_times",
        ),
        # whose news are due
        Index(None, "news_at", postgresql_where=text("news_at IS NOT NULL")),
    )

    id: Mapped[UUID] = pk()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    words: Mapped[str]
    filters: Mapped[dict[str, Any]]
    sort: Mapped[str] = mapped_column(String(16))
    words_only: Mapped[bool]
    question_hash: Mapped[str] = mapped_column(String(64))
    saved_at: Mapped[datetime]
    looked_at: Mapped[datetime]
    new_count: Mapped[int]
    new_capped: Mapped[bool]
    counted_at: Mapped[datetime | None]
    news_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
