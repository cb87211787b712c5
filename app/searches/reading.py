"""From a row to what is shown and asked: rows are older than the code that reads them."""

from __future__ import annotations

from datetime import datetime

from app.searches import rules
from app.searches.models import SavedSearchRow
from app.searches.types import SavedSearch
from search.documents import Facet
from search.types import Count, SearchRequest, Sort


def as_question(row: SavedSearchRow) -> SearchRequest:
    """The question of a row; a filter or sort that search no longer knows is left out."""
    return SearchRequest(
        text=row.words,
        filters={
            Facet(name): list(values)
            for name, values in row.filters.items()
            if name in Facet.__members__
        },
        sort=Sort(row.sort) if row.sort in Sort.__members__ else Sort.relevance,
        semantic=0.0 if row.words_only else SearchRequest().semantic,
    )


def view(row: SavedSearchRow, now: datetime) -> SavedSearch:
    """A row as its person sees it."""
    return SavedSearch(
        id=row.id,
        name=row.name,
        question=as_question(row),
        news=row.news_at is not None,
        looked_at=row.looked_at,
        saved_at=row.saved_at,
        new=Count(row.new_count, row.new_capped) if row.counted_at is not None else None,
        due=rules.is_due(row.counted_at, now),
    )
