"""Words and meaning in one order, and what is like what.

The order is made anew for every page from the same candidates – the best by words and the
``NEIGHBOURS`` nearest by meaning – so a page goes on behind a score and an id, and as long as
nothing is written no result is left out or shown twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search import vectors
from search.documents import Facet, Kind
from search.embedding import floor_of
from search.fusion import fuse
from search.postgres.asking import Asked
from search.postgres.counting import Looked
from search.postgres.cursors import Cursor
from search.postgres.lexical import Candidate, order_best
from search.postgres.rows import Key
from search.query import Plan
from search.types import SearchRequest, Sort, Vector
from search.vectors import Narrow

NEIGHBOURS: Final = 100
"""How many of the nearest in meaning are looked at."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is ranked: the words as they are ``asked``, what was ``looked`` at of what holds them,
    the best by words, and what they mean, where that is known."""

    asked: Asked
    looked: Looked
    by_words: Sequence[Key]
    weight: float
    vector: Vector | None
    floor: float | None = None


class Ranked(NamedTuple):
    """Candidates in one order; ``meant`` are those of all that no word led to."""

    found: list[Candidate]
    meant: set[Key]


def weighs_meaning(request: SearchRequest, plan: Plan) -> bool:
    """Whether meaning can help: not a list without words, not a number, not another order."""
    return (
        request.semantic > 0
        and request.sort is Sort.relevance
        and bool(plan.terms)
        and not all(term.prefix for term in plan.terms)
    )


async def rank(uow: UnitOfWork, question: Question, *, after: Cursor | None, limit: int) -> Ranked:
    """The best ``limit`` by words and meaning behind ``after``, in order of score, then id."""
    by_words = question.by_words
    by_meaning = await _neighbours(uow, question)
    placed = [
        Candidate(*key, score, fused=True)
        for key, score in fuse(by_words, by_meaning, question.weight)
    ]
    unknown = set(by_meaning) - set(by_words)
    unknown -= question.looked.documents.holding(unknown)
    if unknown and question.looked.count().capped:
        # why: beyond what was looked at, a neighbour may hold the words all the same
        unknown -= await _holding(uow, question.asked, unknown)
    return Ranked(order_best(placed, after, limit), unknown)


def narrow(asked: Asked) -> Narrow:
    """The filters alone; of kinds by their column, whose index tells few from many at once."""
    if asked.filters and set(asked.filters) == {Facet.kind} and not asked.since:
        known = {kind.value for kind in Kind}
        return vectors.of_kinds([Kind(k) for k in asked.filters[Facet.kind] if k in known])
    alone = asked.narrowed()
    return Narrow(alone.where(), alone.values())


async def _neighbours(uow: UnitOfWork, question: Question) -> list[Key]:
    """The documents nearest to the question; none when no model can be asked."""
    if question.vector is None:
        return []
    model = await vectors.find_model(uow, question.vector)
    if model is None:
        return []
    floor = floor_of(model.name) if question.floor is None else question.floor
    found = await vectors.nearest(
        uow,
        model,
        question.vector,
        narrow(question.asked),
        limit=NEIGHBOURS,
        floor=floor,
        held=question.looked.total,  # with words besides, which only leave fewer
    )
    return [(one.kind.value, one.id) for one in found]


async def _holding(uow: UnitOfWork, asked: Asked, keys: Collection[Key]) -> set[Key]:
    """Which of these hold the words."""
    ordered = sorted(keys)
    found = await uow.session.execute(
        text(
            "SELECT d.kind, d.id FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[]))"
            " AS key (kind, id) CROSS JOIN LATERAL (SELECT * FROM search_document AS one"
            "  WHERE one.kind = key.kind AND one.id = key.id OFFSET 0) AS d"
            " WHERE d.terms @@ CAST(:match AS tsquery)"
        ),
        {
            "kinds": [kind for kind, _ in ordered],
            "ids": [row_id for _, row_id in ordered],
            "match": asked.match,
        },
    )
    return {(kind, row_id) for kind, row_id in found}


async def similar(
    uow: UnitOfWork,
    key: tuple[Kind, UUID],
    kinds: Collection[Kind],
    limit: int,
    floor: float | None = None,
) -> list[Key]:
    """The documents of these kinds nearest to one, without itself; none while its vector is not
    known. ``floor`` as for questions."""
    model = await vectors.find_model(uow)
    vector = model and await vectors.find_vector(uow, model, *key)
    if not model or not vector or not kinds or limit < 1:
        return []
    least = floor_of(model.name) if floor is None else floor
    found = await vectors.nearest(
        uow, model, vector, vectors.of_kinds(kinds), limit=limit + 1, floor=least
    )
    return [(one.kind.value, one.id) for one in found if (one.kind, one.id) != key][:limit]
