"""Orders matches: by words the best of bounded candidates, by date or price all of them.

The score of a candidate is what BM25 looks at, as far as one row tells it: how rare each word is
(``search_word``), how often and where it stands (``ts_rank`` of one word saturates, and weighs
title, labels, body and pairs), how long the text is, and how near the words stand together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol, cast
from uuid import UUID

from sqlalchemy import TextClause, text

from app.core.tx import UnitOfWork
from search.models import NO_PRICE
from search.postgres.asking import Asked
from search.postgres.counting import CAP, Looked
from search.postgres.cursors import Cursor
from search.postgres.rows import Key
from search.query import Plan, Term
from search.types import Sort

RANKED: Final = 300
"""How many candidates are sorted by relevance: of what holds all words the best are among those
with all of them in title or labels."""

RANKED_RELAXED: Final = 1_000
"""The same where words were left out: any of them may hold most of what was asked."""

_WEIGHTS: Final = "{0.05, 0.2, 0.6, 1.0}"  # D pairs, C body, B labels, A title
_LEAST_SHARE: Final = 0.0002  # of a word that the sample did not show often
_USUAL_LENGTH: Final = 120  # lexemes of an ordinary document

# The newest matches with all words in title or labels, of so many that are looked at.
_HEADS: Final = """
    SELECT * FROM (
        SELECT d.kind, d.id, d.terms, d.published_at FROM search_document AS d
         WHERE {head} AND {total} > {ranked} LIMIT {looked_at}
    ) AS heads ORDER BY published_at DESC, id DESC LIMIT {ranked}"""

_KEYS: Final = """
    SELECT d.kind, d.id, d.terms
      FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS key (kind, id)
     CROSS JOIN LATERAL (SELECT * FROM search_document AS one
                          WHERE one.kind = key.kind AND one.id = key.id OFFSET 0) AS d"""

# Terms are read once: ts_delete gives them as they are, but in memory; OFFSET keeps the planner
# from doing it for each use.
_SCORED: Final = """
    WITH idf AS MATERIALIZED (
        SELECT array_agg(weight ORDER BY at) AS of, sum(weight) AS whole FROM (
            SELECT at, ln(1 / least(greatest(coalesce(sum(share), 0), {least}), 0.9)) AS weight
              FROM unnest(CAST(:words AS text[]), CAST(:ats AS int[])) AS asked (word, at)
              LEFT JOIN search_word USING (word) GROUP BY at
        ) AS weighed
    ),
    scored AS MATERIALIZED (
        SELECT kind, id, {score} AS score FROM idf CROSS JOIN (
            SELECT kind, id, ts_delete(terms, '') AS terms FROM ({source}) AS found OFFSET 0
        ) AS read
    )
    SELECT array_agg(kind) AS kinds, array_agg(id) AS ids, array_agg(score) AS scores FROM scored"""

_TERM: Final = (
    "idf.of[{at}] * least(1, {words} * ts_rank('{weights}', terms, CAST(:loose_{at} AS tsquery)))"
)
_LENGTH: Final = f"(0.75 + 0.25 * least(greatest(length(terms) / {_USUAL_LENGTH}.0, 0.5), 2))"
_NEAR: Final = f" + 0.5 * ts_rank_cd('{_WEIGHTS}', terms, CAST(:near AS tsquery), 32)"
_MATCHED: Final = " + 10000000 * (terms @@ CAST(:term_{at} AS tsquery))::int"

# Up to the cap all matches are sorted; a word beyond it is met often on the way through an index.
_SORTED: Final = """
    SELECT kind, id, {column} FROM (
        SELECT d.kind, d.id, d.{column} FROM search_document AS d WHERE {where} {fence}
    ) AS d WHERE {beyond} ORDER BY d.{column} {way}, d.id {way}, d.kind {way} LIMIT :limit"""

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

    @property
    def place(self) -> tuple[Any, UUID, str]:
        """By what candidates of one order are compared."""
        return self.score, self.id, self.kind

    def mark(self) -> Cursor:
        """Where the next page goes on."""
        return Cursor(self.score, self.id, self.kind, self.fused)


class Order(Protocol):
    """How matches are ordered: up to a number of them, behind a page mark."""

    def heads(self, asked: Asked, total: str) -> tuple[str, dict[str, Any]]:
        """A query for matches that should be among the candidates wherever they stand: one row of
        ``kinds``, ``ids`` and ``scores``; with its values. ``total``: an expression of how many
        match at most, up to the cap."""

    async def rank(
        self, uow: UnitOfWork, asked: Asked, looked: Looked, heads: Sequence[Candidate]
    ) -> list[Candidate]:
        """Candidates in their order."""


@dataclass(frozen=True, slots=True)
class ByRelevance:
    """The best ``limit`` of bounded candidates behind ``after``, in order of score, then id.

    ``relaxed``: what is asked does not hold all words, and the more of them the better.
    """

    plan: Plan
    relaxed: bool
    after: Cursor | None = None
    limit: int | None = None  # else all that are scored

    @property
    def ranked(self) -> int:
        """How many candidates are scored."""
        return RANKED_RELAXED if self.relaxed else RANKED

    def heads(self, asked: Asked, total: str) -> tuple[str, dict[str, Any]]:
        """The newest of those with all words in title or labels, when not all can be scored."""
        heads = _HEADS.format(
            head=asked.where("head"), total=total, ranked=self.ranked, looked_at=3 * self.ranked
        )
        query, values = self._score(heads)
        return query, {"head": asked.head} | values

    async def rank(
        self,
        uow: UnitOfWork,
        asked: Asked,  # noqa: ARG002 - part of the shape
        looked: Looked,
        heads: Sequence[Candidate],
    ) -> list[Candidate]:
        """The heads, and the newest of the others as far as there is room."""
        found = list(heads)
        known = {candidate.key for candidate in found}
        others = (key for key, _ in looked.documents.newest() if key not in known)
        if keys := list(islice(others, self.ranked - len(found))):
            statement, values = self.make_statement(keys)
            found += read_scored((await uow.session.execute(statement, values)).one())
        return order_best(found, self.after, self.limit)

    def make_statement(self, keys: Sequence[Key]) -> tuple[TextClause, dict[str, Any]]:
        """The statement that scores these, with its values."""
        query, values = self._score(_KEYS)
        kinds, ids = [kind for kind, _ in keys], [row_id for _, row_id in keys]
        return text(query), values | {"kinds": kinds, "ids": ids}

    def _score(self, source: str) -> tuple[str, dict[str, Any]]:
        """The query that scores what another gives as ``kind, id, terms``, with its values."""
        terms = list(enumerate(self.plan.terms, 1))
        words = [(word, at) for at, term in terms for word in _idf_words(term)]
        values: dict[str, Any] = {
            "words": [word for word, _ in words],
            "ats": [at for _, at in words],
        }
        values |= {f"loose_{at}": term.loose() for at, term in terms}
        score = " + ".join(
            _TERM.format(at=at, words=len(term.words), weights=_WEIGHTS) for at, term in terms
        )
        score = f"({score}) / idf.whole / {_LENGTH}"
        if len(self.plan.required()) > 1:
            score += _NEAR
            values |= {"near": self.plan.near()}
        score = f"floor(1000000 * ({score}))::bigint"
        if self.relaxed:
            required = list(enumerate(self.plan.required()))
            values |= {f"term_{at}": term.strict() for at, term in required}
            score += "".join(_MATCHED.format(at=at) for at, _ in required)
        return _SCORED.format(least=_LEAST_SHARE, score=score, source=source), values


@dataclass(frozen=True, slots=True)
class ByColumn:
    """Matches by date or price behind ``after``."""

    sort: Sort
    after: Cursor | None
    limit: int

    def heads(self, asked: Asked, total: str) -> tuple[str, dict[str, Any]]:  # noqa: ARG002 - shape
        """None."""
        return "SELECT NULL AS kinds, NULL AS ids, NULL AS scores", {}

    async def rank(
        self,
        uow: UnitOfWork,
        asked: Asked,
        looked: Looked,
        heads: Sequence[Candidate],  # noqa: ARG002 - part of the shape
    ) -> list[Candidate]:
        """By date those that were looked at, if they are all; otherwise sorts all that match, or
        walks an index."""
        if not looked.total:
            return []
        if self.sort is Sort.newest and looked.whole:
            until = cast(datetime | None, self.after and self.after.key)
            found = (Candidate(*key, date) for key, date in looked.documents.newest(until))
            behind = (one for one in found if self.after is None or one.place < self.after.place)
            return list(islice(behind, self.limit))
        statement, values = self.make_statement(asked, looked.total)
        return [Candidate(*one) for one in await uow.session.execute(statement, values)]

    def make_statement(self, asked: Asked, total: int) -> tuple[TextClause, dict[str, Any]]:
        """The statement for so many matches, with its values."""
        column, way, sign = _ORDERS[self.sort]
        clauses = []
        if self.sort is Sort.price_high:  # why: dearest first must not begin with "no price"
            clauses.append(f"d.price_minor < {NO_PRICE}")
        if self.after:
            clauses.append(f"(d.{column}, d.id, d.kind) {sign} (:key, :after_id, :after_kind)")
        statement = _SORTED.format(
            column=column,
            way=way,
            where=asked.where(),
            fence="OFFSET 0" if total < CAP else "",
            beyond=" AND ".join(clauses) or "true",
        )
        return text(statement), asked.values() | {"limit": self.limit} | _behind(self.after)


def order_best(
    found: Iterable[Candidate], after: Cursor | None, limit: int | None
) -> list[Candidate]:
    """The best ``limit`` behind ``after``, in order of score, then id."""
    best = sorted(found, key=lambda one: one.place, reverse=True)
    if after is not None:
        best = [one for one in best if one.place < after.place]
    return best[:limit]


def read_scored(row: Any) -> list[Candidate]:
    """The candidates of a row of ``kinds``, ``ids`` and ``scores``, in no order."""
    found = zip(row.kinds or (), row.ids or (), row.scores or (), strict=True)
    return [Candidate(*one) for one in found]


def _idf_words(term: Term) -> tuple[str, ...]:
    """The words that tell how rare a term is: rarest as a number's beginning, which no list has."""
    return ("",) if term.prefix else term.words


def _behind(after: Cursor | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {"key": after.key, "after_id": after.id, "after_kind": after.kind}
