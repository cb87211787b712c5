"""Answers a question: how many match, how they spread, which come first.

One statement looks at the matches, no more of them than the cap; what is looked at comes here as
one string of numbers, from which facets are counted and candidates are taken.
"""

from typing import Any, Final, NamedTuple

from sqlalchemy import TextClause, text

from app.core.tx import UnitOfWork
from search.documents import facet_word
from search.postgres import counting
from search.postgres.asking import Asked
from search.postgres.counting import CAP, CAP_BESIDE, Facets, Looked
from search.postgres.lexical import Candidate, Order, read_scored
from search.postgres.packs import number_of, read_pack

_LOOKED: Final = """
    looked_{part} AS MATERIALIZED (
        SELECT count(*) AS total, string_agg(pack, ''::bytea) AS pack FROM (
            SELECT d.pack FROM search_document AS d{sample} WHERE {where}{unless} LIMIT {cap}
        ) AS found
    )"""

_TOTAL: Final = "(SELECT total FROM looked_{part})"

# PostgreSQL is left the indexes alone: with no more than its guesses it was seen to read the whole
# table for a common word. Memory for an exact bitmap of some million rows: an inexact one makes it
# read the terms of whole pages to see which match.
_SETTINGS: Final = text(
    """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
           set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
           set_config('max_parallel_workers_per_gather', '0', true),
           set_config('work_mem', '32MB', true)
    """
)


class Found(NamedTuple):
    """An answer; facets tell of what was ``looked`` at: all matches up to the cap."""

    looked: Looked
    facets: Facets
    candidates: list[Candidate]


async def settle_planner(uow: UnitOfWork) -> None:
    """Leave the planner no other way than the indexes, until the transaction ends."""
    await uow.session.execute(_SETTINGS)


async def find(uow: UnitOfWork, asked: Asked, order: Order, most: int) -> Found:
    """Candidates in their order, with how many match and up to ``most`` values of each facet."""
    statement, values = make_statement(asked, order, most)
    row = (await uow.session.execute(statement, values)).one()
    looked = [
        Looked(total, read_pack(pack), _cap(part))
        for part, (total, pack) in enumerate(zip(row.totals, row.packs, strict=True))
    ]
    filters = asked.filters or {}
    wider = dict(zip(filters, looked[1:], strict=False))
    for facet, part in wider.items():
        if part.whole:  # all of them are here, and the others were not looked at again
            numbers = [number_of(facet_word(facet, value)) for value in filters[facet]]
            looked[0] = Looked.of(part.documents.having(numbers))
    facets: Facets = {}
    if most > 0:
        facets = await counting.count(uow, looked[0], wider, filters, most)
    candidates = await order.rank(uow, asked, looked[0], read_scored(row))
    return Found(looked[0], facets, candidates)


def make_statement(asked: Asked, order: Order, most: int) -> tuple[TextClause, dict[str, Any]]:
    """The statement that looks, for each facet that is filtered by, at what matches without its
    filter, and at all that match where they are not among those; with its values."""
    wider = [asked.without(name) for name in asked.filters or {}] if most > 0 else []
    totals = [_TOTAL.format(part=part) for part in range(1, len(wider) + 1)]
    unless = f" AND least({', '.join(totals)}) >= {CAP_BESIDE}" if totals else ""
    looked = [
        _LOOKED.format(
            part=part,
            where=one.where(),
            sample=one.sample(),
            cap=_cap(part),
            unless=unless * (not part),
        )
        for part, one in enumerate([asked, *wider])
    ]
    heads, values = order.heads(asked, f"greatest({', '.join([_TOTAL.format(part=0), *totals])})")
    parts = range(len(looked))
    arrays = [
        f"ARRAY[{', '.join(f'looked_{part}.{column}' for part in parts)}] AS {column}s"
        for column in ("total", "pack")
    ]
    tables = [f"looked_{part}" for part in parts]
    statement = f"""
        WITH {",".join(reversed(looked))} SELECT {", ".join(arrays)}, heads.*
          FROM {", ".join(tables)}, ({heads}) AS heads
    """  # noqa: S608 - constants; all values are bound
    return text(statement), asked.values() | values


def _cap(part: int) -> int:
    """How many are looked at: of all that match, or of what is wider."""
    return CAP_BESIDE if part else CAP
