"""``SearchIndex`` on the table ``search_document``."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import store
from search.documents import Kind
from search.index import EngineState, Entry
from search.postgres import counting, lexical, rows, suggesting
from search.postgres.asking import Asked
from search.postgres.cursors import read_cursor, write_cursor
from search.postgres.lexical import RANKED
from search.query import make_plan
from search.types import LARGEST_PAGE, Count, Hit, SearchRequest, SearchResult, Sort, Vector

NAME: Final = "postgresql"


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
        return await self._tx.run(_search, request, vector)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Up to ``limit`` ways to go on: terms of the dictionary that are found, then titles."""
        return await self._tx.run(suggesting.suggest, typed, limit)

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
        return EngineState(NAME, await self._tx.run(store.estimate_rows))


async def _search(
    uow: UnitOfWork,
    request: SearchRequest,
    vector: Vector | None,  # noqa: ARG001 - no meaning is known here yet
) -> SearchResult:
    plan = make_plan(request.text)
    sort = request.sort
    if plan.blank and sort is Sort.relevance:
        sort = Sort.newest
    after = read_cursor(request.after, sort) if request.after else None
    filters = {name: list(values) for name, values in request.filters.items() if values}
    if not plan.blank and not plan.terms:
        facets = counting.with_chosen({}, filters)
        return SearchResult((), Count(0), facets, cut=plan.cut, engine=NAME)
    # why: a generic plan knows nothing of how common a word is
    await uow.session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    asked = Asked(plan.strict(), plan.head(), filters, request.published_after)
    total, facets = await counting.count(uow, asked, request.facet_values)
    relaxed = False
    if not total.value and plan.terms and not request.strict:
        match = await counting.relax(uow, plan, asked)
        if match:
            asked, relaxed = replace(asked, match=match, head=match), True
            total, facets = await counting.count(uow, asked, request.facet_values)
    for name in filters if request.facet_values else ():  # as if not filtered by it
        _, others = await counting.count(uow, asked.without(name), request.facet_values)
        facets[name] = others.get(name, [])
    limit = max(1, min(request.limit, LARGEST_PAGE))
    if sort is Sort.relevance:
        found = await lexical.rank(
            uow, plan, asked, total, relaxed=relaxed, after=after, limit=limit + 1
        )
    else:
        found = await lexical.in_order(uow, asked, sort, after=after, limit=limit + 1)
    page = found[:limit]
    return SearchResult(
        hits=[rows.hit(row, plan.marks()) for row in await rows.fetch(uow, [c.key for c in page])],
        total=total,
        facets=counting.with_chosen(facets, filters),
        next=write_cursor(page[-1].mark(), sort) if len(found) > limit else None,
        words=[term.text for term in plan.terms],
        relaxed=relaxed,
        cut=plan.cut,
        more_beyond=sort is Sort.relevance and total.value > RANKED,
        engine=NAME,
    )
