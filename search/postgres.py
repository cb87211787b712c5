"""The engine that is always there: words, pairs and facets in the market's own database.

A common word may match most of the table, so nothing here is proportional to all matches but
the index's own bitmap: counts stop at 10,000, and sorting by relevance looks at the best 1,000 –
first those with all words in title or labels, newest first, then the newest of the rest. Other
sorts walk an index and reach everything.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.errors import FieldError, Invalid
from app.core.paging import decode_cursor, encode_cursor
from app.core.tx import Tx, UnitOfWork
from search import analysis, store
from search.documents import SEPARATOR, Facet, Kind, facet_word
from search.highlight import highlight, snippet
from search.index import EngineState, Entry
from search.models import NO_PRICE
from search.query import Plan, make_plan, suggestion_query
from search.types import (
    COUNT_CAP,
    LARGEST_PAGE,
    Count,
    FacetValue,
    Hit,
    SearchRequest,
    SearchResult,
    Sort,
    Vector,
)

RANKED: Final = 1_000
"""How many candidates are sorted by relevance."""

_LOOKED_AT: Final = 3_000  # matches from which the newest candidates are taken
_RARE: Final = 1_000  # a word with more matches says little when words are left out
_WEIGHTS: Final = "{0.05, 0.2, 0.6, 1.0}"  # D pairs, C body, B labels, A title
_SCORE: Final = f"""
    floor(1000000 * (ts_rank('{_WEIGHTS}', terms, CAST(:loose AS tsquery))
        + 0.5 * ts_rank_cd('{_WEIGHTS}', terms, CAST(:near AS tsquery), 32)))::bigint"""
_MATCHED: Final = "10000000 * (terms @@ CAST(:term_{at} AS tsquery))::int"
_COLUMNS: Final = (
    "d.kind, d.id, number, title, holder, summary, facets, d.published_at, price_minor"
)


@dataclass(frozen=True, slots=True)
class _Filtered:
    """A WHERE clause with its values: what must match, narrowed by facets."""

    match: str = ""
    head: str = ""
    filters: Mapping[Facet, Sequence[str]] | None = None
    since: datetime | None = None

    def where(self, match: str | None = None) -> str:
        """The clause; ``match`` names the bound query (``match`` or ``head``)."""
        parts = [f"terms @@ CAST(:{match or 'match'} AS tsquery)"] if self.match else []
        parts += [f"facets && CAST(:{name}_values AS text[])" for name in self.filters or {}]
        parts += ["published_at > :since"] if self.since else []
        return " AND ".join(parts) or "true"

    def values(self) -> dict[str, Any]:
        """The bound values of all clauses."""
        found: dict[str, Any] = {
            f"{name}_values": [facet_word(name, value) for value in values]
            for name, values in (self.filters or {}).items()
        }
        found |= {"since": self.since} if self.since else {}
        return found | ({"match": self.match, "head": self.head} if self.match else {})

    def without(self, name: Facet) -> "_Filtered":
        """The same but for one facet."""
        return replace(self, filters={k: v for k, v in (self.filters or {}).items() if k != name})


class PostgresIndex:
    """``SearchIndex`` on the table ``search_document``; each call is one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Write documents; a stored newer version stays."""
        await self._tx.run(store.write, [entry.row for entry in entries])

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        """Take documents out."""
        await self._tx.run(store.delete, kind, ids)

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        """Answer a question. Any text gets an answer; Invalid only for a broken ``after``."""
        return await self._tx.run(self._search, request, vector)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Up to ``limit`` ways to go on: terms of the dictionary that are found, then titles."""
        return await self._tx.run(self._suggest, typed, limit)

    async def similar(
        self,
        kind: Kind,  # noqa: ARG002 - no meaning is known here yet
        id: UUID,  # noqa: A002, ARG002 - the document's own word
        *,
        kinds: Sequence[Kind],  # noqa: ARG002
        limit: int = 5,  # noqa: ARG002
    ) -> Sequence[Hit]:
        """None: no meaning is known here."""
        return ()

    async def rebuild(self, batches: AsyncIterator[Sequence[Entry]]) -> None:
        """Write all of these, then take out what is not among them and was there before."""
        before = await self._tx.run(store.list_keys)
        async for entries in batches:
            await self.upsert(entries)
            before -= {(Kind(entry.row.kind), entry.row.id) for entry in entries}
        for kind in Kind:
            await self.remove(kind, [id for its_kind, id in before if its_kind is kind])  # noqa: A001

    async def check(self) -> EngineState:
        """The number of documents as PostgreSQL last estimated it."""
        return EngineState("postgresql", await self._tx.run(store.estimate_rows))

    async def _search(
        self,
        uow: UnitOfWork,
        request: SearchRequest,
        vector: Vector | None,  # noqa: ARG002 - no meaning is known here yet
    ) -> SearchResult:
        plan = make_plan(request.text)
        sort = request.sort
        if plan.blank and sort is Sort.relevance:
            sort = Sort.newest
        after = _read_cursor(request.after, sort) if request.after else None
        filters = {name: list(values) for name, values in request.filters.items() if values}
        if not plan.blank and not plan.terms:
            return SearchResult((), Count(0), _chosen_only(filters), cut=plan.cut)
        # why: a generic plan knows nothing of how common a word is
        await uow.session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        asked = _Filtered(plan.strict(), plan.head(), filters, request.published_after)
        total, facets = await self._count(uow, asked, request.facet_values)
        relaxed = False
        if not total.value and plan.terms and not request.strict:
            match = await self._relax(uow, plan, asked)
            if match:
                asked, relaxed = replace(asked, match=match, head=match), True
                total, facets = await self._count(uow, asked, request.facet_values)
        for name in filters if request.facet_values else ():  # as if not filtered by it
            _, others = await self._count(uow, asked.without(name), request.facet_values)
            facets[name] = others.get(name, [])
        limit = max(1, min(request.limit, LARGEST_PAGE))
        if sort is Sort.relevance:
            rows = await self._ranked(uow, plan, asked, total, relaxed, after, limit + 1)
        else:
            rows = await self._sorted(uow, asked, sort, after, limit + 1)
        page = rows[:limit]
        return SearchResult(
            hits=[_hit(row, plan.marks()) for row in page],
            total=total,
            facets=_with_chosen(facets, filters),
            next=_write_cursor(page[-1], sort) if len(rows) > limit else None,
            words=[term.text for term in plan.terms],
            relaxed=relaxed,
            cut=plan.cut,
            more_beyond=sort is Sort.relevance and total.value > RANKED,
        )

    async def _suggest(self, uow: UnitOfWork, typed: str, limit: int) -> list[str]:
        plan = make_plan(typed)
        key = analysis.title_key(typed)
        if not plan.terms or not key:
            return []
        terms = [term for term in analysis.dictionary_from(key) if term != key][:limit]
        result = await uow.session.execute(
            _SUGGEST,
            {
                "terms": terms,
                "heads": [make_plan(term).head() for term in terms],
                "begin": key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%",
                "match": suggestion_query(plan),
                "limit": limit,
            },
        )
        return list(dict.fromkeys(result.scalars()))[:limit]

    async def _count(
        self, uow: UnitOfWork, asked: _Filtered, most: int
    ) -> tuple[Count, dict[Facet, list[FacetValue]]]:
        """Matches and facet values, looking at no more than the cap."""
        chosen = [
            word for key, v in asked.values().items() if key.endswith("_values") for word in v
        ]
        found = await uow.session.execute(
            text(_COUNT.format(where=asked.where())),
            asked.values() | {"cap": COUNT_CAP + 1, "most": most, "chosen": chosen},
        )
        total, words = found.one()
        capped = total > COUNT_CAP
        facets: dict[Facet, list[FacetValue]] = {}
        for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0])):
            name, _, value = word.partition(SEPARATOR)
            facets.setdefault(Facet(name), []).append(
                FacetValue(value, Count(min(count, COUNT_CAP), capped))
            )
        return Count(min(total, COUNT_CAP), capped), facets

    async def _relax(self, uow: UnitOfWork, plan: Plan, asked: _Filtered) -> str:
        """A query with words left out that finds something, or "". Rare words stay longest."""
        for missing in (1, 2):
            match = plan.all_but(missing) if len(plan.terms) > missing + 1 else ""
            if match and await self._matches(uow, replace(asked, match=match)):
                return match
        counts = [
            await self._matches(uow, replace(asked, match=term.strict())) for term in plan.terms
        ]
        held = [term.strict() for term, n in zip(plan.terms, counts, strict=True) if n > 0]
        rare = [term.strict() for term, n in zip(plan.terms, counts, strict=True) if 0 < n < _RARE]
        if held:
            return "|".join(rare or held)
        loose = plan.loose()
        return loose if await self._matches(uow, replace(asked, match=loose)) else ""

    async def _matches(self, uow: UnitOfWork, asked: _Filtered) -> int:
        """How many match, up to ``_RARE``."""
        found = await uow.session.execute(
            text(
                f"SELECT count(*) FROM (SELECT 1 FROM search_document WHERE {asked.where()}"  # noqa: S608
                " LIMIT :most) AS matches"
            ),
            asked.values() | {"most": _RARE},
        )
        return int(found.scalar_one())

    async def _ranked(
        self,
        uow: UnitOfWork,
        plan: Plan,
        asked: _Filtered,
        total: Count,
        relaxed: bool,
        after: "_Cursor | None",
        limit: int,
    ) -> Sequence[RowMapping]:
        """The best candidates in order of score, then id."""
        pool = _POOL_ALL if total.value <= RANKED else _POOL_BEST
        score = _SCORE
        values = asked.values() | {"loose": plan.loose(), "near": plan.near(), "limit": limit}
        values |= {"ranked": RANKED, "looked_at": _LOOKED_AT}
        if relaxed:  # the more words, the better, before all else
            values |= {f"term_{at}": term.strict() for at, term in enumerate(plan.terms)}
            score += "".join(f" + {_MATCHED.format(at=at)}" for at in range(len(plan.terms)))
        beyond = ""
        if after:
            beyond = "WHERE (score, id, kind) < (:key, :after_id, :after_kind)"
            values |= {"key": after.key, "after_id": after.id, "after_kind": after.kind}
        pool = pool.format(where=asked.where(), head=asked.where("head"))
        found = await uow.session.execute(
            text(_RANK.format(pool=pool, score=score, beyond=beyond, columns=_COLUMNS)), values
        )
        return found.mappings().all()

    async def _sorted(
        self,
        uow: UnitOfWork,
        asked: _Filtered,
        sort: Sort,
        after: "_Cursor | None",
        limit: int,
    ) -> Sequence[RowMapping]:
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
                f"SELECT {_COLUMNS} FROM search_document AS d WHERE {clause}"  # noqa: S608 - bound
                f" ORDER BY {column} {way}, id {way}, kind {way} LIMIT :limit"
            ),
            values,
        )
        return found.mappings().all()


_ORDERS: Final = {
    Sort.newest: ("published_at", "DESC", "<"),
    Sort.price_low: ("price_minor", "ASC", ">"),
    Sort.price_high: ("price_minor", "DESC", "<"),
}

_COUNT: Final = """
    WITH hits AS MATERIALIZED (SELECT facets FROM search_document WHERE {where} LIMIT :cap)
    SELECT (SELECT count(*) FROM hits),
           (SELECT coalesce(jsonb_object_agg(word, n), '{{}}') FROM (
                SELECT word, count(*) AS n, row_number() OVER (
                           PARTITION BY split_part(word, '=', 1) ORDER BY count(*) DESC, word
                       ) AS place
                  FROM hits CROSS JOIN unnest(facets) AS word GROUP BY word
            ) AS counted WHERE place <= :most OR word = ANY(CAST(:chosen AS text[])))
"""

# Terms travel with the candidates as pointers; only those that are scored are read.
_POOL_ALL: Final = "SELECT kind, id, terms FROM search_document WHERE {where}"
_POOL_BEST: Final = """
    SELECT kind, id, terms FROM (
        SELECT DISTINCT ON (kind, id) kind, id, terms, tier, published_at FROM (
            (SELECT kind, id, terms, published_at, 1 AS tier FROM search_document
              WHERE {head} LIMIT :looked_at)
            UNION ALL
            (SELECT kind, id, terms, published_at, 2 FROM search_document
              WHERE {where} LIMIT :looked_at)
        ) AS tiers ORDER BY kind, id, tier
    ) AS candidates ORDER BY tier, published_at DESC, id DESC LIMIT :ranked"""

_RANK: Final = """
    WITH pool AS MATERIALIZED ({pool}),
    scored AS (SELECT kind, id, {score} AS score FROM pool),
    best AS MATERIALIZED (
        SELECT kind, id, score FROM scored {beyond}
         ORDER BY score DESC, id DESC, kind DESC LIMIT :limit
    )
    SELECT {columns}, score FROM best JOIN search_document AS d USING (kind, id)
     ORDER BY score DESC, d.id DESC, d.kind DESC
"""

_SUGGEST = text(
    """
    (SELECT term FROM unnest(CAST(:terms AS text[]), CAST(:heads AS text[]))
                     WITH ORDINALITY AS known (term, head, place)
      WHERE EXISTS (SELECT 1 FROM search_document WHERE terms @@ head::tsquery)
      ORDER BY place LIMIT :limit)
    UNION ALL
    (SELECT title FROM search_document WHERE title_key LIKE :begin ORDER BY title_key LIMIT :limit)
    UNION ALL
    (SELECT title FROM (SELECT title, published_at FROM search_document
                         WHERE terms @@ CAST(:match AS tsquery) LIMIT 200) AS found
      ORDER BY published_at DESC LIMIT :limit)
    """
)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The last row seen."""

    key: int | datetime
    id: UUID
    kind: str


def _write_cursor(row: RowMapping, sort: Sort) -> str:
    column = "score" if sort is Sort.relevance else _ORDERS[sort][0]
    key = row[column]
    return encode_cursor(
        sort.value,
        key.isoformat() if isinstance(key, datetime) else key,
        str(row["id"]),
        row["kind"],
    )


def _read_cursor(after: str, sort: Sort) -> _Cursor:
    """The cursor of this sort; Invalid for any other."""
    name, key, row_id, kind = decode_cursor(
        after, str, str if sort is Sort.newest else int, str, str
    )
    try:
        if name != sort.value or (isinstance(key, int) and not -(2**63) <= key < 2**63):
            raise ValueError(name)
        if isinstance(key, str) and (key := datetime.fromisoformat(key)).tzinfo is None:
            raise ValueError(name)
        return _Cursor(key, UUID(row_id), Kind(kind).value)
    except ValueError as broken:
        message = "翻页标记无效，请从第一页重新开始"
        raise Invalid([FieldError("after", message)]) from broken


def _hit(row: RowMapping, marks: Sequence[str]) -> Hit:
    facets: dict[Facet, list[str]] = {}
    for word in row["facets"]:
        name, _, value = word.partition(SEPARATOR)
        facets.setdefault(Facet(name), []).append(value)
    return Hit(
        kind=Kind(row["kind"]),
        id=row["id"],
        number=row["number"],
        title=row["title"],
        holder=row["holder"],
        title_pieces=highlight(row["title"], marks),
        holder_pieces=highlight(row["holder"], marks),
        snippet=snippet(row["summary"], marks),
        facets=facets,
        published_at=row["published_at"],
        price_minor=None if row["price_minor"] == NO_PRICE else row["price_minor"],
    )


def _chosen_only(filters: Mapping[Facet, Sequence[str]]) -> dict[Facet, list[FacetValue]]:
    return _with_chosen({}, filters)


def _with_chosen(
    facets: dict[Facet, list[FacetValue]], filters: Mapping[Facet, Sequence[str]]
) -> dict[Facet, list[FacetValue]]:
    """Facets with the chosen values marked, also those that nothing has any more."""
    for name, chosen in filters.items():
        found = [replace(v, chosen=v.value in chosen) for v in facets.get(name, [])]
        missing = dict.fromkeys(v for v in chosen if v not in {f.value for f in found})
        facets[name] = found + [FacetValue(v, Count(0), chosen=True) for v in missing]
    return facets
