"""How many match, and how they spread over facets; looks at no more than the cap."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.documents import SEPARATOR, Facet
from search.postgres.asking import Asked
from search.query import Plan
from search.types import COUNT_CAP, Count, FacetValue

Facets = dict[Facet, list[FacetValue]]

_RARE: Final = 1_000  # a word with more matches says little when words are left out

_COUNT: Final = """
    WITH hits AS MATERIALIZED (
        SELECT d.facets FROM search_document AS d WHERE {where} LIMIT :cap
    )
    SELECT (SELECT count(*) FROM hits),
           (SELECT coalesce(jsonb_object_agg(word, n), '{{}}') FROM (
                SELECT word, count(*) AS n, row_number() OVER (
                           PARTITION BY split_part(word, '=', 1) ORDER BY count(*) DESC, word
                       ) AS place
                  FROM hits CROSS JOIN unnest(facets) AS word GROUP BY word
            ) AS counted WHERE place <= :most OR word = ANY(CAST(:chosen AS text[])))
"""


async def count(uow: UnitOfWork, asked: Asked, most: int) -> tuple[Count, Facets]:
    """Matches, and up to ``most`` values of each facet, the most frequent first."""
    chosen = [word for key, v in asked.values().items() if key.endswith("_values") for word in v]
    found = await uow.session.execute(
        text(_COUNT.format(where=asked.where())),
        asked.values() | {"cap": COUNT_CAP + 1, "most": most, "chosen": chosen},
    )
    total, words = found.one()
    capped = total > COUNT_CAP
    facets: Facets = {}
    for word, number in sorted(words.items(), key=lambda item: (-item[1], item[0])):
        name, _, value = word.partition(SEPARATOR)
        facets.setdefault(Facet(name), []).append(
            FacetValue(value, Count(min(number, COUNT_CAP), capped))
        )
    return Count(min(total, COUNT_CAP), capped), facets


async def relax(uow: UnitOfWork, plan: Plan, asked: Asked) -> str:
    """A query with words left out that finds something, or "". Rare words stay longest."""
    for missing in (1, 2):
        match = plan.all_but(missing) if len(plan.terms) > missing + 1 else ""
        if match and await _matches(uow, replace(asked, match=match)):
            return match
    counts = [await _matches(uow, replace(asked, match=term.strict())) for term in plan.terms]
    held = [term.strict() for term, n in zip(plan.terms, counts, strict=True) if n > 0]
    rare = [term.strict() for term, n in zip(plan.terms, counts, strict=True) if 0 < n < _RARE]
    if held:
        return "|".join(rare or held)
    loose = plan.loose()
    return loose if await _matches(uow, replace(asked, match=loose)) else ""


def with_chosen(facets: Facets, filters: Mapping[Facet, Sequence[str]]) -> Facets:
    """Facets with the chosen values marked, also those that nothing has any more."""
    for name, chosen in filters.items():
        found = [replace(v, chosen=v.value in chosen) for v in facets.get(name, [])]
        missing = dict.fromkeys(v for v in chosen if v not in {f.value for f in found})
        facets[name] = found + [FacetValue(v, Count(0), chosen=True) for v in missing]
    return facets


async def _matches(uow: UnitOfWork, asked: Asked) -> int:
    """How many match, up to ``_RARE``."""
    found = await uow.session.execute(
        text(
            f"SELECT count(*) FROM (SELECT 1 FROM search_document AS d WHERE {asked.where()}"  # noqa: S608
            " LIMIT :most) AS matches"
        ),
        asked.values() | {"most": _RARE},
    )
    return int(found.scalar_one())
