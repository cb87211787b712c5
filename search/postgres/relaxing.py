"""What to leave out of a question when nothing holds all its words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.postgres.asking import Asked
from search.query import Plan

RARE: Final = 1_000
"""A word with more matches says little when words are left out."""


async def relax(uow: UnitOfWork, plan: Plan, asked: Asked) -> str:
    """A query with words left out that finds something, or "". Rare words stay longest."""
    fewer = [plan.all_but(missing) for missing in (1, 2) if len(plan.required()) > missing + 1]
    fewer = [match for match in fewer if match]
    found = await _count(uow, asked, fewer, 1)
    for match, held in zip(fewer, found, strict=True):
        if held:
            return match
    terms = [term.strict() for term in plan.required()]
    loose = plan.loose()
    *counts, any_part = await _count(uow, asked, [*terms, loose], RARE)
    held_terms = [term for term, n in zip(terms, counts, strict=True) if n > 0]
    rare = [term for term, n in zip(terms, counts, strict=True) if 0 < n < RARE]
    if held_terms:
        return "|".join(rare or held_terms)
    return loose if any_part else ""


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
