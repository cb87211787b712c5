"""The one table of search: the PostgreSQL index, and the source of every other one."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

NO_PRICE: Final = 2**63 - 1
"""Stands for "no price", so that such rows sort last in one plain index."""


class SearchDocument(Base):
    """One public thing as it is found. Written only by ``search.service``; owns no truth.

    ``terms`` are words and pairs with weights A title and numbers, B labels, C body, D pairs;
    ``facets`` are ``name=value`` words; ``title_key`` is the title as it is typed for suggestions.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        # Finds words and narrows by facets in one index scan, before any row is read.
        Index("ix_search_document_terms_facets", "terms", "facets", postgresql_using="gin"),
        # Newest first without sorting: lists without a query, and common words sorted by date.
        Index("ix_search_document_published", "published_at", "id", "kind"),
        # Cheapest or dearest first, the same way.
        Index("ix_search_document_price", "price_minor", "id", "kind"),
        # Suggestions: titles that begin like what is typed, in any database locale.
        Index(
            "ix_search_document_title_key",
            "title_key",
            postgresql_ops={"title_key": "text_pattern_ops"},
        ),
    )

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    number: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str]
    holder: Mapped[str]
    summary: Mapped[str]
    keywords: Mapped[str]
    numbers: Mapped[str]
    facets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    terms: Mapped[str] = mapped_column(TSVECTOR)
    published_at: Mapped[datetime]
    price_minor: Mapped[int]
