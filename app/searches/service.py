"""The verbs of saved searches: keep a question, look at it, rename it, be told, let it go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.accounts.service import lock_living
from app.core.access import Permission, require
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.paging import Page, decode_id, encode_cursor
from app.core.plaintext import clean_line
from app.core.tx import UnitOfWork
from app.searches import access, queries, rules
from app.searches.counting import count_new, try_count
from app.searches.models import SavedSearchRow
from app.searches.reading import view
from app.searches.types import Counted, SavedSearch
from search.analysis import normalise
from search.documents import Facet, Kind
from search.types import SearchRequest

__all__ = [
    "count_new",
    "delete_search",
    "edit_search",
    "find_saved",
    "keep_counts",
    "list_searches",
    "look",
    "save_search",
    "show_search",
    "try_count",
]

PAGE_SIZE: Final = 10  # what one page shows, one page counts


async def save_search(
    uow: UnitOfWork, *, actor: Actor, question: SearchRequest, name: str, news: bool = False
) -> SavedSearch:
    """Keep a question; from now on counts what is new. Page and size of the answer are no part of
    it. A question that is kept already stays as it is, under the name that it has.

    Raises Unauthenticated, Invalid (``name``, ``question``), TooManySearches.
    """
    person_id = _self(actor, access.KEEP)
    row = _make_row(person_id, question)
    # why before all else: rivals of one person wait here, and whoever was deleted keeps nothing
    await lock_living(uow, person_id)
    if (same := await queries.find_same(uow, person_id, row.question_hash)) is not None:
        return view(same, uow.now)
    row.name = rules.parse_name(name)
    rules.check_count(await queries.count_saved(uow, person_id))
    row.saved_at = row.looked_at = row.counted_at = await uow.stamp()
    _want_news(uow, row, news=news)
    uow.session.add(row)
    await uow.session.flush()
    return view(row, uow.now)


async def edit_search(
    uow: UnitOfWork, *, actor: Actor, search_id: UUID, name: str, news: bool
) -> None:
    """Give it another name, and say whether one wants to be told of what is new.

    Raises Unauthenticated, SavedSearchMissing, Invalid (``name``).
    """
    person_id = _self(actor, access.KEEP)
    row = await queries.get_own(uow, person_id, search_id, lock=True)
    row.name = rules.parse_name(name)
    _want_news(uow, row, news=news)
    await uow.session.flush()


async def look(uow: UnitOfWork, *, actor: Actor, search_id: UUID) -> SavedSearch:
    """Mark it as looked at now: nothing is new any more. Returns it as it was before, with the
    instant of the look before. Raises Unauthenticated, SavedSearchMissing.
    """
    person_id = _self(actor, access.KEEP)
    row = await queries.get_own(uow, person_id, search_id, lock=True)
    before = view(row, uow.now)
    row.looked_at = row.counted_at = await uow.stamp()
    row.new_count, row.new_capped = 0, False
    await uow.session.flush()
    return before


async def delete_search(uow: UnitOfWork, *, actor: Actor, search_id: UUID) -> None:
    """Let it go. Raises Unauthenticated, SavedSearchMissing."""
    person_id = _self(actor, access.KEEP)
    row = await queries.get_own(uow, person_id, search_id, lock=True)
    await queries.delete_row(uow, row.id)


async def keep_counts(uow: UnitOfWork, *, actor: Actor, counts: Mapping[UUID, Counted]) -> None:
    """Keep what ``count_new`` counted, for the next page. A count from before a look is dropped.
    Raises Unauthenticated."""
    person_id = _self(actor, access.SEE)
    for search_id, counted in sorted(counts.items()):
        await queries.keep_count(uow, person_id, search_id, counted)


# ---------------------------------------------------------------- showing


async def list_searches(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[SavedSearch]:
    """One's own, the one saved last first. Raises Unauthenticated, Invalid for a broken cursor."""
    person_id = _self(actor, access.SEE)
    rows = await queries.list_own(uow, person_id, decode_id(after), PAGE_SIZE + 1)
    items = [view(row, uow.now) for row in rows[:PAGE_SIZE]]
    return Page(items, encode_cursor(items[-1].id) if len(rows) > PAGE_SIZE else None)


async def show_search(uow: UnitOfWork, *, actor: Actor, search_id: UUID) -> SavedSearch:
    """One of one's own. Raises Unauthenticated, SavedSearchMissing (also another's)."""
    return view(await queries.get_own(uow, _self(actor, access.SEE), search_id), uow.now)


async def find_saved(
    uow: UnitOfWork, *, actor: Actor, question: SearchRequest
) -> SavedSearch | None:
    """What one keeps of this question already. Raises Unauthenticated."""
    person_id = _self(actor, access.SEE)
    found = await queries.find_same(uow, person_id, _hash(question))
    return view(found, uow.now) if found is not None else None


# ---------------------------------------------------------------- inside this file


def _self(actor: Actor, permission: Permission) -> UUID:
    require(actor, permission)
    if actor.person_id is None:
        raise Forbidden()  # the market itself keeps nothing
    return actor.person_id


def _make_row(person_id: UUID, question: SearchRequest) -> SavedSearchRow:
    filters = rules.sort_filters(_filters(question))
    rules.check_question(
        question.text.strip(), filters, filters.get(Facet.kind, ()), [kind.value for kind in Kind]
    )
    return SavedSearchRow(
        id=new_id(),
        person_id=person_id,
        words=clean_line(question.text),
        filters=filters,
        sort=question.sort.value,
        words_only=question.semantic == 0,
        question_hash=_hash(question),
        new_count=0,
        new_capped=False,
    )


def _hash(question: SearchRequest) -> str:
    return rules.compute_hash(
        normalise(question.text),
        _filters(question),
        question.sort.value,
        words_only=question.semantic == 0,
    )


def _filters(question: SearchRequest) -> dict[str, list[str]]:
    return {facet.value: list(values) for facet, values in question.filters.items()}


def _want_news(uow: UnitOfWork, row: SavedSearchRow, *, news: bool) -> None:
    """Who wants to be told is told of what comes from now on; who wanted already stays so."""
    if not news:
        row.news_at = row.told_at = None
    elif row.news_at is None:
        row.told_at, row.news_at = uow.now, rules.compute_news_due(uow.now)
