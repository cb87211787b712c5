"""Words and meaning in one order, and what is like what.

The order is made anew for every page from the same candidates – the best by words and the
``NEIGHBOURS`` nearest by meaning – so a page goes on behind a score and an id, and as long as
nothing is written no result is left out or shown twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.tx import UnitOfWork
from search import vectors
from search.documents import Kind
from search.embedding import floor_of
from search.fusion import fuse
from search.query import Plan
from search.types import SearchRequest, Sort, Vector
from search.vectors import Narrow

NEIGHBOURS: Final = 100
"""How many of the nearest in meaning are looked at."""

Key = tuple[str, UUID]
"""A document by its kind and id."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A document with its score in the one order."""

    key: Key
    score: int

    @property
    def place(self) -> tuple[int, UUID, str]:
        """Sorts the best first when it is turned round."""
        kind, row_id = self.key
        return self.score, row_id, kind


def weighs_meaning(request: SearchRequest, plan: Plan) -> bool:
    """Whether meaning can help: not a list without words, not a number, not another order."""
    return (
        request.semantic > 0
        and request.sort is Sort.relevance
        and bool(plan.terms)
        and not all(term.prefix for term in plan.terms)
    )


async def neighbours(
    uow: UnitOfWork, vector: Vector, narrow: Narrow, floor: float | None = None
) -> list[Key]:
    """The documents nearest to a question, the nearest first; none when no model is asked.

    ``floor`` is the least cosine, by default the model's own.
    """
    model = await vectors.find_model(uow, vector)
    if model is None:
        return []
    found = await vectors.nearest(
        uow,
        model,
        vector,
        narrow,
        limit=NEIGHBOURS,
        floor=floor_of(model.name) if floor is None else floor,
    )
    return [(one.kind.value, one.id) for one in found]


def order(
    by_words: Sequence[Key],
    by_meaning: Sequence[Key],
    weight: float,
    after: tuple[int, UUID, str] | None,
) -> list[Placed]:
    """Both as one order, the best first, from behind ``after`` on."""
    placed = (Placed(key, score) for key, score in fuse(by_words, by_meaning, weight))
    rest = [one for one in placed if after is None or one.place < after]
    return sorted(rest, key=lambda one: one.place, reverse=True)


async def similar(
    uow: UnitOfWork, key: tuple[Kind, UUID], kinds: Collection[Kind], limit: int
) -> list[Key]:
    """The documents of these kinds nearest to one, without itself; none while its vector is not
    known."""
    model = await vectors.find_model(uow)
    vector = model and await vectors.find_vector(uow, model, *key)
    if not model or not vector or not kinds or limit < 1:
        return []
    found = await vectors.nearest(
        uow, model, vector, vectors.of_kinds(kinds), limit=limit + 1, floor=floor_of(model.name)
    )
    return [(one.kind.value, one.id) for one in found if (one.kind, one.id) != key][:limit]
