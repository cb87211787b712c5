"""What search is asked and what it answers; the same for every engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from search.documents import Facet, Kind

COUNT_CAP: Final = 10_000
"""No count goes beyond this; what reaches it is shown as 1万+."""

LARGEST_PAGE: Final = 100

Vector = tuple[float, ...]
"""A text's meaning: a direction, of length 1."""


class Meaning(tuple[float, ...]):  # noqa: SLOT001 - a tuple of any length has no slots
    """A vector that says which model made it: only vectors of one model can be compared."""

    model: str

    def __new__(cls, vector: Vector, model: str) -> Self:
        """The same numbers with the name of their model."""
        meaning = super().__new__(cls, vector)
        meaning.model = model
        return meaning


class Sort(StrEnum):
    """Order of results. Without a query, relevance is newest."""

    relevance = "relevance"
    newest = "newest"
    price_low = "price_low"
    price_high = "price_high"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question.

    ``filters``: facet to the values of which any may hold; several facets must all hold. Kinds
    are the facet ``kind``. ``after`` is the ``next`` of an earlier answer to the same question.
    ``semantic`` is the weight of meaning against words, 0 (words alone) to 1.
    ``published_after``: only what was published after this instant. ``strict``: when nothing holds
    all words there is no answer; none is left out. Without ``facet_values`` (0) facets of filters
    need not be counted.
    """

    text: str = ""
    filters: Mapping[Facet, Sequence[str]] = field(default_factory=dict)
    sort: Sort = Sort.relevance
    after: str | None = None
    limit: int = 20
    facet_values: int = 12
    semantic: float = 0.5
    published_after: datetime | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A number of results; ``capped`` says that there are at least so many (1万+)."""

    value: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet with its count; ``chosen`` when the question filters by it."""

    value: str
    count: Count
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of plain text, to be escaped as any other; ``hit`` stretches are marked."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``price_minor`` is 分; ``by_meaning``: no word of the question led here."""

    kind: Kind
    id: UUID
    number: str
    title: str
    holder: str
    title_pieces: tuple[Piece, ...]
    holder_pieces: tuple[Piece, ...]
    snippet: tuple[Piece, ...]
    facets: Mapping[Facet, Sequence[str]]
    published_at: datetime
    price_minor: int | None = None
    by_meaning: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one question.

    ``facets`` of a filtered facet are counted as if it were not filtered, so that other values
    can be added. ``relaxed``: nothing held all words, so results hold some (放宽了条件).
    ``cut``: the text was too long and only its beginning counted. ``more_beyond``: there are
    more results than sorting by relevance reaches; another sort, or more words, shows them.
    ``total`` and facets count what holds the words; ``by_meaning`` is how many more were found by
    meaning alone. ``engine`` is the name of the one that answered.
    """

    hits: Sequence[Hit]
    total: Count
    facets: Mapping[Facet, Sequence[FacetValue]]
    next: str | None = None
    words: Sequence[str] = ()
    relaxed: bool = False
    cut: bool = False
    more_beyond: bool = False
    by_meaning: int = 0
    engine: str = ""
