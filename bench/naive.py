"""What one would write first: a GIN index, ``ts_rank`` over all that matches, and counts of all.

It is asked in the same tables with the same words in the same run, one after the other, so that
the ratio to it says something on any machine. It gets its answer without Python's part.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from bench.mixing import Group, Question
from search.documents import facet_word
from search.query import make_plan

PATIENCE_S: Final = 10
"""After so long a statement is given up, and the answer counts as this long."""

_LONG_S: Final = 1.0  # an answer that took so long is no quicker the second time

_RANKED: Final = """
    SELECT kind, id, number, title, holder, summary, facets, published_at, price_minor
      FROM search_document WHERE {where}
     ORDER BY ts_rank(terms, $1::text::tsquery) DESC, id DESC LIMIT 20
"""
_NEWEST: Final = """
    SELECT kind, id, number, title, holder, summary, facets, published_at, price_minor
      FROM search_document WHERE {where} ORDER BY published_at DESC, id DESC LIMIT 20
"""
_COUNTED: Final = """
    SELECT word, count(*) FROM search_document CROSS JOIN unnest(facets) AS word
     WHERE {where} GROUP BY word ORDER BY count(*) DESC
"""
_TOTAL: Final = "SELECT count(*) FROM search_document WHERE {where}"


async def ask_naively(
    connection: asyncpg.Connection, questions: Sequence[Question]
) -> dict[Group, list[float]]:
    """Seconds of each answer, by group. What is quick is asked twice and the second counts: the
    first time pages are read."""
    await connection.execute(f"SET statement_timeout = '{PATIENCE_S}s'")
    await connection.execute("SET plan_cache_mode = force_custom_plan")
    seconds: dict[Group, list[float]] = {}
    for question in questions:
        took = await _ask(connection, question)
        if took < _LONG_S:
            took = await _ask(connection, question)
        seconds.setdefault(question.group, []).append(took)
    return seconds


def condition(question: Question) -> tuple[str, list[Any]]:
    """What a document must match, as a WHERE clause with its values; words before filters."""
    clauses: list[str] = []
    values: list[Any] = []
    if question.text:
        values.append(make_plan(question.text).strict())
        clauses.append("terms @@ $1::text::tsquery")
    for facet, value in question.filters:
        values.append([facet_word(facet, value)])
        clauses.append(f"facets && ${len(values)}::text[]")
    return " AND ".join(clauses), values


async def _ask(connection: asyncpg.Connection, question: Question) -> float:
    where, values = condition(question)
    began = time.perf_counter()
    try:
        for statement in (_RANKED if question.text else _NEWEST, _TOTAL, _COUNTED):
            await connection.fetch(statement.format(where=where), *values)
    except asyncpg.QueryCanceledError:
        return float(PATIENCE_S)
    return time.perf_counter() - began
