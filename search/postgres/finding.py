"""The one statement that answers a question: how many match, how they spread, which come first."""

from typing import Final, NamedTuple

from sqlalchemy import TextClause, text

from app.core.tx import UnitOfWork
from search.postgres import counting
from search.postgres.asking import Asked
from search.postgres.counting import CAP, Facets
from search.postgres.lexical import Candidate, Order
from search.types import Count

_HITS: Final = """
    hits AS MATERIALIZED (
        SELECT d.ctid AS place, d.kind, d.id, d.published_at, d.price_minor, d.terms, d.facet_ids
          FROM search_document AS d WHERE {where} LIMIT {cap}
    )"""

_ANSWER: Final = """
    WITH {ctes}
    SELECT (SELECT count(*) FROM hits) AS total, {spread} AS spread, kinds, ids, scores FROM (
        SELECT array_agg(kind ORDER BY {order}) AS kinds, array_agg(id ORDER BY {order}) AS ids,
               array_agg(score ORDER BY {order}) AS scores FROM ordered
    ) AS page"""

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
    """The answer of one statement; ``total`` and facets tell of all matches up to the cap."""

    total: Count
    facets: Facets
    candidates: list[Candidate]


async def settle_planner(uow: UnitOfWork) -> None:
    """Leave the planner no other way than the indexes, until the transaction ends."""
    await uow.session.execute(_SETTINGS)


async def find(uow: UnitOfWork, asked: Asked, order: Order, most: int) -> Found:
    """Candidates in their order, with how many match and up to ``most`` values of each facet."""
    statement, values = make_statement(asked, order, most)
    row = (await uow.session.execute(statement, values)).one()
    page = zip(row.kinds or (), row.ids or (), row.scores or (), strict=True)
    return Found(
        counting.capped(row.total), counting.read(row.spread), [Candidate(*one) for one in page]
    )


def make_statement(asked: Asked, order: Order, most: int) -> tuple[TextClause, dict[str, object]]:
    """The statement with its values."""
    ctes, spread, values = counting.spread(asked, most)
    hits = _HITS.format(where=asked.where(), cap=CAP)
    statement = _ANSWER.format(
        ctes=",".join([hits, *ctes, *order.ctes]),
        spread=spread,
        order=f"score {order.way}, id {order.way}, kind {order.way}",
    )
    return text(statement), asked.values() | values | order.values
