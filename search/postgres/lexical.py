"""Orders matches: by words the best of bounded candidates, by date or price all of them.

The score of a candidate is what BM25 looks at, as far as one row tells it: how rare each word is
(``search_word``), how often and where it stands (``ts_rank`` of one word saturates, and weighs
title, labels, body and pairs), how long the text is, and how near the words stand together.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from search.models import NO_PRICE
from search.postgres.asking import Asked
from search.postgres.counting import CAP
from search.postgres.cursors import Cursor
from search.postgres.rows import Key
from search.query import Plan, Term
from search.types import Sort

RANKED: Final = 1_000
"""How many candidates are sorted by relevance."""

_LOOKED_AT: Final = 3_000  # matches in title or labels from which the newest are taken
_WEIGHTS: Final = "{0.05, 0.2, 0.6, 1.0}"  # D pairs, C body, B labels, A title
_LEAST_SHARE: Final = 0.0002  # of a word that the sample did not show often
_USUAL_LENGTH: Final = 120  # lexemes of an ordinary document

# Terms travel as pointers; only those that are scored are read, and those once (ts_delete gives
# them as they are, but in memory; OFFSET keeps the planner from doing it for each use).
_POOL: Final = """
    heads AS MATERIALIZED (
        SELECT * FROM (
            SELECT d.kind, d.id, d.published_at, d.terms FROM search_document AS d
             WHERE {head} AND (SELECT count(*) FROM hits) > {ranked} LIMIT {looked_at}
        ) AS looked ORDER BY published_at DESC, id DESC LIMIT {ranked}
    ),
    others AS MATERIALIZED (
        SELECT kind, id, terms FROM hits
         WHERE NOT EXISTS (SELECT FROM heads WHERE heads.id = hits.id AND heads.kind = hits.kind)
         ORDER BY published_at DESC, id DESC LIMIT {ranked} - (SELECT count(*) FROM heads)
    ),
    idf AS MATERIALIZED (
        SELECT array_agg(weight ORDER BY at) AS of, sum(weight) AS whole FROM (
            SELECT at, ln(1 / least(greatest(coalesce(sum(share), 0), {least}), 0.9)) AS weight
              FROM unnest(CAST(:words AS text[]), CAST(:ats AS int[])) AS asked (word, at)
              LEFT JOIN search_word USING (word) GROUP BY at
        ) AS weighed
    ),
    scored AS MATERIALIZED (
        SELECT kind, id, {score} AS score FROM idf CROSS JOIN (
            SELECT kind, id, ts_delete(terms, '') AS terms FROM (
                SELECT kind, id, terms FROM heads UNION ALL SELECT kind, id, terms FROM others
            ) AS pool OFFSET 0
        ) AS read
    )"""

_TERM: Final = (
    "idf.of[{at}] * least(1, {words} * ts_rank('{weights}', terms, CAST(:loose_{at} AS tsquery)))"
)
_LENGTH: Final = f"(0.75 + 0.25 * least(greatest(length(terms) / {_USUAL_LENGTH}.0, 0.5), 2))"
_NEAR: Final = f" + 0.5 * ts_rank_cd('{_WEIGHTS}', terms, CAST(:near AS tsquery), 32)"
_MATCHED: Final = " + 10000000 * (terms @@ CAST(:term_{at} AS tsquery))::int"

_BEST: Final = """
    ordered AS MATERIALIZED (
        SELECT kind, id, score FROM scored WHERE {beyond}
         ORDER BY score DESC, id DESC, kind DESC LIMIT :limit
    )"""

# Up to the cap all matches are at hand; a word beyond it is met often on the way through an index.
_SORTED: Final = """
    ordered AS MATERIALIZED (
        (SELECT kind, id, {column} AS score FROM hits AS d
          WHERE (SELECT count(*) FROM hits) < {cap} AND {beyond}
          ORDER BY d.{column} {way}, d.id {way}, d.kind {way} LIMIT :limit)
        UNION ALL
        (SELECT d.kind, d.id, d.{column} FROM search_document AS d
          WHERE (SELECT count(*) FROM hits) >= {cap} AND {where} AND {beyond}
          ORDER BY d.{column} {way}, d.id {way}, d.kind {way} LIMIT :limit)
    )"""

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


@dataclass(frozen=True, slots=True)
class Order:
    """What to add to a statement that has ``hits`` so that it has ``ordered (kind, id, score)``."""

    ctes: list[str]
    way: str
    values: dict[str, Any] = field(default_factory=dict)


def by_relevance(
    plan: Plan, asked: Asked, *, relaxed: bool, after: Cursor | None, limit: int
) -> Order:
    """The best ``limit`` candidates behind ``after``, in order of score, then id.

    ``relaxed``: ``asked`` does not hold all words, and the more of them the better.
    """
    words = [(word, at) for at, term in enumerate(plan.terms, 1) for word in _idf_words(term)]
    values: dict[str, Any] = {
        "words": [word for word, _ in words],
        "ats": [at for _, at in words],
        "limit": limit,
    }
    values |= {f"loose_{at}": term.loose() for at, term in enumerate(plan.terms, 1)}
    score = " + ".join(
        _TERM.format(at=at, words=len(term.words), weights=_WEIGHTS)
        for at, term in enumerate(plan.terms, 1)
    )
    score = f"({score}) / idf.whole / {_LENGTH}"
    if len(plan.required()) > 1:
        score += _NEAR
        values |= {"near": plan.near()}
    score = f"floor(1000000 * ({score}))::bigint"
    if relaxed:
        values |= {f"term_{at}": term.strict() for at, term in enumerate(plan.terms)}
        score += "".join(_MATCHED.format(at=at) for at in range(len(plan.terms)))
    pool = _POOL.format(
        head=asked.where("head"),
        ranked=RANKED,
        looked_at=_LOOKED_AT,
        least=_LEAST_SHARE,
        score=score,
    )
    beyond = "(score, id, kind) < (:key, :after_id, :after_kind)" if after else "true"
    return Order([pool, _BEST.format(beyond=beyond)], "DESC", values | _behind(after))


def by_column(asked: Asked, sort: Sort, *, after: Cursor | None, limit: int) -> Order:
    """Matches by date or price behind ``after``."""
    column, way, sign = _ORDERS[sort]
    clauses = []
    if sort is Sort.price_high:  # why: dearest first must not begin with "no price"
        clauses.append(f"d.price_minor < {NO_PRICE}")
    if after:
        clauses.append(f"(d.{column}, d.id, d.kind) {sign} (:key, :after_id, :after_kind)")
    beyond = " AND ".join(clauses) or "true"
    cte = _SORTED.format(column=column, way=way, beyond=beyond, where=asked.where(), cap=CAP)
    return Order([cte], way, {"limit": limit} | _behind(after))


def _idf_words(term: Term) -> tuple[str, ...]:
    """The words that tell how rare a term is: rarest as a number's beginning, which no list has."""
    return ("",) if term.prefix else term.words


def _behind(after: Cursor | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {"key": after.key, "after_id": after.id, "after_kind": after.kind}
