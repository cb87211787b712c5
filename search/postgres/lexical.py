"""Orders matches: by words the best of bounded candidates, by date or price all of them.

Both give candidates: keys with what they are ordered by, which a page mark goes on behind.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.models import NO_PRICE
from search.postgres.asking import Asked
from search.postgres.cursors import Cursor
from search.postgres.rows import Key
from search.query import Plan
from search.types import Count, Sort

RANKED: Final = 1_000
"""How many candidates are sorted by relevance."""

_LOOKED_AT: Final = 3_000  # matches from which the newest candidates are taken
_WEIGHTS: Final = "{0.05, 0.2, 0.6, 1.0}"  # D pairs, C body, B labels, A title
_SCORE: Final = f"""
    floor(1000000 * (ts_rank('{_WEIGHTS}', terms, CAST(:loose AS tsquery))
        + 0.5 * ts_rank_cd('{_WEIGHTS}', terms, CAST(:near AS tsquery), 32)))::bigint"""
_MATCHED: Final = "10000000 * (terms @@ CAST(:term_{at} AS tsquery))::int"

# Terms travel with the candidates as pointers; only those that are scored are read.
_POOL_ALL: Final = "SELECT kind, id, terms FROM search_document AS d WHERE {where}"
_POOL_BEST: Final = """
    SELECT kind, id, terms FROM (
        SELECT DISTINCT ON (kind, id) kind, id, terms, tier, published_at FROM (
            (SELECT kind, id, terms, published_at, 1 AS tier FROM search_document AS d
              WHERE {head} LIMIT :looked_at)
            UNION ALL
            (SELECT kind, id, terms, published_at, 2 FROM search_document AS d
              WHERE {where} LIMIT :looked_at)
        ) AS tiers ORDER BY kind, id, tier
    ) AS candidates ORDER BY tier, published_at DESC, id DESC LIMIT :ranked"""

_RANK: Final = """
    WITH pool AS MATERIALIZED ({pool}),
    scored AS (SELECT kind, id, {score} AS score FROM pool)
    SELECT kind, id, score FROM scored {beyond}
     ORDER BY score DESC, id DESC, kind DESC LIMIT :limit
"""

_ORDERS: Final = {
    Sort.newest: ("published_at", "DESC", "<"),
    Sort.price_low: ("price_minor", "ASC", ">"),
    Sort.price_high: ("price_minor", "DESC", "<"),
}


class Candidate(NamedTuple):
    """A match by its key, with its score (or date, or price): what it is ordered by. ``fused``: by
    words and meaning together."""

    kind: str
    id: UUID
    score: int | datetime
    fused: bool = False

    @property
    def key(self) -> Key:
        return self.kind, self.id

    def mark(self) -> Cursor:
        """Where the next page goes on."""
        return Cursor(self.score, self.id, self.kind, self.fused)


async def rank(
    uow: UnitOfWork,
    plan: Plan,
    asked: Asked,
    total: Count,
    *,
    relaxed: bool = False,
    after: Cursor | None = None,
    limit: int = RANKED,
) -> list[Candidate]:
    """The best ``limit`` candidates behind ``after``, in order of score, then id.

    ``total`` is what ``counting.count`` found: with few matches all of them are candidates.
    ``relaxed``: ``asked`` does not hold all words, and the more of them the better.
    """
    pool = _POOL_ALL if total.value <= RANKED else _POOL_BEST
    score = _SCORE
    values = asked.values() | {"loose": plan.loose(), "near": plan.near(), "limit": limit}
    values |= {"ranked": RANKED, "looked_at": _LOOKED_AT}
    if relaxed:
        values |= {f"term_{at}": term.strict() for at, term in enumerate(plan.terms)}
        score += "".join(f" + {_MATCHED.format(at=at)}" for at in range(len(plan.terms)))
    beyond = ""
    if after:
        beyond = "WHERE (score, id, kind) < (:key, :after_id, :after_kind)"
        values |= {"key": after.key, "after_id": after.id, "after_kind": after.kind}
    pool = pool.format(where=asked.where(), head=asked.where("head"))
    found = await uow.session.execute(
        text(_RANK.format(pool=pool, score=score, beyond=beyond)), values
    )
    return [Candidate(*row) for row in found]


async def in_order(
    uow: UnitOfWork, asked: Asked, sort: Sort, *, after: Cursor | None, limit: int
) -> list[Candidate]:
    """Matches by date or price."""
    column, way, beyond = _ORDERS[sort]
    clause = asked.where()
    values = asked.values() | {"limit": limit}
    if sort is Sort.price_high:  # why: dearest first must not begin with "no price"
        clause += f" AND price_minor < {NO_PRICE}"
    if after:
        clause += f" AND ({column}, id, kind) {beyond} (:key, :after_id, :after_kind)"
        values |= {"key": after.key, "after_id": after.id, "after_kind": after.kind}
    found = await uow.session.execute(
        text(
            f"SELECT kind, id, {column} FROM search_document AS d WHERE {clause}"  # noqa: S608 - bound
            f" ORDER BY {column} {way}, id {way}, kind {way} LIMIT :limit"
        ),
        values,
    )
    return [Candidate(*row) for row in found]
