"""The one table of search: the PostgreSQL index, and the source of every other one."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Double, Index, Sequence, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.core.db import Base

CHANGE_NO: Final = Sequence("search_change_no", metadata=Base.metadata)
"""Numbers changes in the order in which they were written."""

NO_PRICE: Final = 2**63 - 1
"""Stands for "no price", so that such rows sort last in one plain index."""


class HalfVector(UserDefinedType[str]):
    """pgvector's vector of 16-bit floats, of any length; written and read as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "halfvec"


# why: so that the drift check recognises the column when it reads the database
ischema_names["halfvec"] = HalfVector


class SearchDocument(Base):
    """One public thing as it is found. Written only by ``search.service``; owns no truth.

    ``terms`` are words and pairs with weights A title and numbers, B labels, C body, D pairs;
    ``facets`` are ``name=value`` words; ``title_key`` is the title as it is typed for suggestions;
    ``pack`` is what a question looks at of each match, put together by PostgreSQL;
    ``row_hash`` tells what the whole row was made of, so that the drift check need not read it.
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
        # From the vectors nearest to a question back to the documents that have this text.
        Index("ix_search_document_text_hash", "text_hash"),
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
    text_hash: Mapped[bytes] = mapped_column(server_default="")
    row_hash: Mapped[bytes] = mapped_column(server_default="")
    pack: Mapped[bytes] = mapped_column(
        Computed("search_pack(id, published_at, facets)", persisted=True)
    )


class SearchWord(Base):
    """In which part of all documents a word stands, as a sample has shown; rare words are not
    there. Renewed as a whole."""

    __tablename__ = "search_word"
    __table_args__ = (CheckConstraint("share > 0 AND share <= 1", name="share_is_one"),)

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    share: Mapped[float] = mapped_column(Double)


class SearchFollower(Base):
    """Who is told of every change: an engine, or the vectors of a model. Read by every write.

    What was there before it followed is put into its queue up to (``filled_kind``, ``filled_id``),
    and altogether at ``filled_at``. ``down_at`` is when it last stopped taking anything, for
    ``fault``; after so many ``failures`` on end it is left alone until ``rests_until``.
    """

    __tablename__ = "search_follower"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    filled_kind: Mapped[str] = mapped_column(Text, server_default="")
    filled_id: Mapped[UUID | None]
    filled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    fault: Mapped[str] = mapped_column(Text, server_default="")
    down_at: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]


class SearchChange(Base):
    """A document that a follower has not taken in yet: one row however often it changed.

    ``change_no`` grows with each change, so that a follower deletes only what it has really seen.
    ``dead_at``: given up after ``tries``, for ``reason``, until it changes or is tried anew.
    """

    __tablename__ = "search_change"
    __table_args__ = (
        # What is due, in the order in which it changed.
        Index(
            "ix_search_change_due",
            "follower",
            "change_no",
            postgresql_where="dead_at IS NULL",
        ),
        # What was given up, for those who look after the market.
        Index(
            "ix_search_change_dead",
            "follower",
            "dead_at",
            postgresql_where="dead_at IS NOT NULL",
        ),
    )

    follower: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    change_no: Mapped[int] = mapped_column(CHANGE_NO, server_default=CHANGE_NO.next_value())
    due_at: Mapped[datetime] = mapped_column(server_default=func.market_now())
    tries: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(Text, server_default="")
    dead_at: Mapped[datetime | None]


class SearchModel(Base):
    """A model that makes vectors: ``building`` until all texts have theirs, then ``serving`` (one
    alone), ``retired`` when another took its place; its vectors go a while later."""

    __tablename__ = "search_model"
    __table_args__ = (
        CheckConstraint("name <> '' AND length(name) <= 200", name="has_name"),
        CheckConstraint("dimensions BETWEEN 1 AND 4000", name="dimensions_fit"),
        CheckConstraint("state IN ('building', 'serving', 'retired')", name="state_known"),
        Index(
            "uq_search_model_serving",
            "state",
            unique=True,
            postgresql_where="state = 'serving'",
        ),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    dimensions: Mapped[int]
    state: Mapped[str]
    since: Mapped[datetime] = mapped_column(server_default=func.market_now())


class SearchEmbedding(Base):
    """The vector that a model made of a text, kept under the text's hash: cache and index in one.

    Each model has an HNSW index of its own (``build_search_vector_index``), which comes and goes
    with the model and so is no part of the schema.
    """

    __tablename__ = "search_embedding"

    model: Mapped[str] = mapped_column(Text, primary_key=True)
    text_hash: Mapped[bytes] = mapped_column(primary_key=True)
    vector: Mapped[str] = mapped_column(HalfVector)


class SearchState(Base):
    """What the search remembers of itself: with which words it was written, when it was checked.

    ``value`` is what is compared, ``facts`` are figures for those who look after the market.
    """

    __tablename__ = "search_state"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text, server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=func.market_now())
