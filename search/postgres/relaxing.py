"""What to leave out of a question when nothing holds all its words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.postgres.asking import Asked
from search.postgres.lexical import RANKED_RELAXED
from search.query import Plan

ENOUGH: Final = 20
"""So many matches fill a page: then no more words are left out."""


async def relax(uow: UnitOfWork, plan: Plan, asked: Asked) -> str:
    """A query with words left out that finds something, or "": one word, two, then all but the
    rarest, until a page is full. What holds more words comes first, so it goes no further than
    all matches are ranked."""
    fewer = [plan.all_but(missing) for missing in (1, 2) if len(plan.required()) > missing + 1]
    found = await _count(uow, asked, fewer, ENOUGH)
    for match, held in zip(fewer, found, strict=True):
        if held >= ENOUGH:
            return match
    terms = [term.strict() for term in plan.required()]
    loose = plan.loose()
    *counts, any_part = await _count(uow, asked, [*terms, loose], RANKED_RELAXED)
    most_of_them = [match for match, held in zip(fewer, found, strict=True) if held][-1:]
    if kept := most_of_them + _rarest(terms, counts, RANKED_RELAXED - ENOUGH):
        return "|".join(kept)
    if held_terms := [term for term, held in zip(terms, counts, strict=True) if held]:
        return "|".join(held_terms)
    return loose if any_part else ""


def _rarest(terms: Sequence[str], counts: Sequence[int], most: int) -> list[str]:
    """The rarest terms that are found, as long as they find no more than so many together."""
    kept: list[str] = []
    for held, term in sorted(zip(counts, terms, strict=True)):
        most -= held
        if held and most >= 0:
            kept.append(term)
    return kept


async def _count(uow: UnitOfWork, asked: Asked, matches: Sequence[str], most: int) -> Sequence[int]:
    """How many match each of these instead, up to ``most``; one statement."""
    if not matches:
        return ()
    parts, values = [], asked.values()
    for at, match in enumerate(matches):
        name = f"match_{at}"
        where = replace(asked, match=match).where(name)
        parts.append(
            f"(SELECT count(*) FROM (SELECT 1 FROM search_document AS d WHERE {where}"  # noqa: S608 - bound
            " LIMIT :most) AS looked)"
        )
        values[name] = match
    found = await uow.session.execute(text(f"SELECT {', '.join(parts)}"), values | {"most": most})
    return [int(number) for number in found.one()]
