"""``SearchIndex`` on the table ``search_document``."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from app.core.tx import Tx, UnitOfWork
from search import store, vector_making
from search.documents import Kind
from search.index import EngineState, Entry
from search.postgres import counting, finding, hybrid, relaxing, rows, suggesting
from search.postgres.asking import Asked
from search.postgres.cursors import read_cursor, write_cursor
from search.postgres.finding import Found
from search.postgres.hybrid import Question
from search.postgres.lexical import RANKED, RANKED_RELAXED, ByColumn, ByRelevance, Order
from search.postgres.rows import Key
from search.query import make_plan
from search.types import LARGEST_PAGE, Count, Hit, SearchRequest, SearchResult, Sort, Vector

NAME: Final = "postgresql"


class PostgresIndex:
    """``SearchIndex`` on the table ``search_document``; each call is one transaction.

    ``floor`` is the least cosine at which a document is near a question, by default the model's.
    """

    def __init__(self, tx: Tx, *, floor: float | None = None) -> None:
        self._tx = tx
        self._floor = floor

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Write documents; a stored newer version stays. A meaning stays with its text: what has
        the same text has the same meaning, given or not."""
        await self._tx.run(_write, entries)

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        """Take documents out."""
        await self._tx.run(store.delete, kind, ids)

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        """Answer a question. Any text gets an answer; Invalid only for a broken ``after``."""
        return await self._tx.run(_search, request, vector, self._floor)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Up to ``limit`` ways to go on: terms of the dictionary that are found, then titles."""
        return await self._tx.run(suggesting.suggest, typed, limit)

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """The nearest in meaning, by the vectors of the serving model."""
        limit = min(limit, LARGEST_PAGE)
        return await self._tx.run(_similar, (kind, id), kinds, limit, self._floor)

    async def rebuild(self, batches: AsyncIterator[Sequence[Entry]]) -> None:
        """Write all of these, then take out what is not among them and was there before."""
        before = await self._tx.run(store.list_writings)
        async for entries in batches:
            await self.upsert(entries)
        gone = before & await self._tx.run(store.list_writings)  # not written since
        for kind in Kind:
            await self.remove(kind, [id for its_kind, id, _ in gone if its_kind is kind])  # noqa: A001

    async def check(self) -> EngineState:
        """The number of documents as PostgreSQL last estimated it."""
        return EngineState(NAME, await self._tx.run(store.estimate_rows))


async def _write(uow: UnitOfWork, entries: Sequence[Entry]) -> None:
    await store.write(uow, [entry.row for entry in entries])
    given = {entry.row.text_hash: entry.vector for entry in entries if entry.vector}
    if given:
        model = await vector_making.serve_given(uow, len(next(iter(given.values()))))
        await vector_making.store(uow, model.name, given)


async def _similar(
    uow: UnitOfWork,
    key: tuple[Kind, UUID],
    kinds: Sequence[Kind],
    limit: int,
    floor: float | None,
) -> list[Hit]:
    near = await hybrid.similar(uow, key, kinds, limit, floor)
    return [rows.hit(row, (), by_meaning=True) for row in await rows.fetch(uow, near)]


async def _search(
    uow: UnitOfWork, request: SearchRequest, vector: Vector | None, floor: float | None
) -> SearchResult:
    plan = make_plan(request.text)
    sort = request.sort
    if plan.blank and sort is Sort.relevance:
        sort = Sort.newest
    after = read_cursor(request.after, sort) if request.after else None
    filters = {name: list(values) for name, values in request.filters.items() if values}
    if not plan.blank and not plan.terms:
        facets = counting.no_facets(filters)
        return SearchResult((), Count(0), facets, cut=plan.cut, engine=NAME)
    await finding.settle_planner(uow)
    asked = Asked(plan.strict(), plan.head(), filters, request.published_after)
    limit = max(1, min(request.limit, LARGEST_PAGE))
    # what began by words alone goes on so, and the other way round
    fused = hybrid.weighs_meaning(request, plan) and bool(after.fused if after else vector)

    async def find(asked: Asked, *, relaxed: bool) -> Found:
        order: Order = ByColumn(sort, after, limit + 1)
        if sort is Sort.relevance:
            order = ByRelevance(plan, relaxed)
            if not fused:
                order = replace(order, after=after, limit=limit + 1)
        return await finding.find(uow, asked, order, request.facet_values)

    relaxed = False
    looked, facets, found = await find(asked, relaxed=False)
    if not looked.total and plan.terms and not request.strict:
        match = await relaxing.relax(uow, plan, asked)
        if match:
            asked, relaxed = replace(asked, match=match, head=match), True
            looked, facets, found = await find(asked, relaxed=True)
    meant: Collection[Key] = ()
    if fused:
        by_words = [candidate.key for candidate in found]
        question = Question(asked, looked, by_words, request.semantic, vector, floor)
        found, meant = await hybrid.rank(uow, question, after=after, limit=limit + 1)
    page = found[:limit]
    return SearchResult(
        hits=[
            rows.hit(row, plan.marks(), by_meaning=(row["kind"], row["id"]) in meant)
            for row in await rows.fetch(uow, [candidate.key for candidate in page])
        ],
        total=looked.count(),
        facets=facets,
        next=write_cursor(page[-1].mark(), sort) if len(found) > limit else None,
        words=[term.text for term in plan.terms],
        relaxed=relaxed,
        cut=plan.cut,
        more_beyond=sort is Sort.relevance
        and looked.total > (RANKED_RELAXED if relaxed else RANKED),
        by_meaning=len(meant),
        engine=NAME,
    )
