"""``SearchIndex`` on a Meilisearch server: what pages ask, and what the worker writes."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar
from uuid import UUID

from meilisearch_python_sdk.models.search import SearchParams, SearchResultsWithUID

from app.core.settings import Settings
from search.documents import Facet, Kind
from search.embedding import floor_of
from search.fusion import fuse
from search.index import EngineDown, EngineRefused, EngineState, Entry
from search.meilisearch import asking, suggesting
from search.meilisearch.asking import Asked
from search.meilisearch.calling import Refusal, Server
from search.meilisearch.configuration import Embedder, make_settings, version_in
from search.meilisearch.shapes import any_of, document_id, facet_filter, make_hit
from search.meilisearch.writing import Writer
from search.query import make_plan
from search.types import Count, Hit, SearchRequest, SearchResult, Sort, Vector

T = TypeVar("T")
Found = SearchResultsWithUID[Any]

ENGINE: Final = "meilisearch"
NAME: Final = "market"
"""The index that answers."""

PATIENCE_S: Final = 0.5
"""How long a page waits for an answer before the engine counts as down."""

# What the server says when it has no vectors of our model (yet): then words alone count.
_NO_MEANING: Final = frozenset(
    {
        "invalid_embedder",
        "invalid_search_embedder",
        "invalid_similar_embedder",
        "invalid_vector_dimensions",
        "not_found_similar_id",
        "vector_embedding_error",
    }
)


class MeilisearchIndex:
    """One market's index on a server.

    ``name`` is the index that answers; all others of ours begin with it and a dash. Writing needs
    the admin key, asking only the search key: ``admin`` says which one ``server`` has. ``floor`` is
    the least cosine at which a document is near, by default the model's own.
    """

    def __init__(
        self,
        server: Server,
        *,
        embedder: Embedder = Embedder(),  # noqa: B008 - frozen
        name: str = NAME,
        admin: bool = False,
        patience_s: float = PATIENCE_S,
        floor: float | None = None,
    ) -> None:
        self._server = server
        self._embedder = embedder
        self._name = name
        self._admin = admin
        self._patience_s = patience_s
        self._floor = floor_of(embedder.model) if floor is None else floor
        self._writer = Writer(server, embedder, name)

    async def close(self) -> None:
        """Give back the connections."""
        await self._server.close()

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Write documents, also to an index that is being built; a newer version stays."""
        await self._writer.upsert(entries)

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        """Take documents out, also of an index that is being built."""
        await self._writer.remove(kind, ids)

    async def rebuild(self, batches: AsyncIterator[Sequence[Entry]]) -> None:
        """Build anew beside the index that answers, then let both change places; see ``Writer``
        for what other processes may do meanwhile."""
        await self._writer.rebuild(batches)

    def held(self) -> AsyncIterator[dict[tuple[str, UUID], int]]:
        """Every document that it answers with, by kind and id, with its version; in parts."""
        return self._writer.held()

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        """Answer a question. Any text gets an answer; Invalid only for a broken ``after``."""
        asked = asking.read(request, make_plan(request.text))
        if asked.empty:
            return SearchResult((), Count(0), asked.no_facets(), cut=asked.plan.cut, engine=ENGINE)
        return await self._in_time(self._answer(asked, vector))

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002 - the document's own word
        *,
        kinds: Sequence[Kind],
        limit: int = 5,
    ) -> Sequence[Hit]:
        """The nearest in meaning; none while the server has no vector of the document."""
        if not self._embedder or not kinds or limit < 1:
            return ()
        return await self._in_time(self._near(document_id(kind, id), kinds, limit))

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Up to ``limit`` ways to go on: terms of the dictionary that are found, then titles."""
        ways = suggesting.read(typed, limit)
        if not ways:
            return []
        return ways.pick(await self._in_time(self._server.search(ways.queries(self._name))))

    async def check(self) -> EngineState:
        """How many documents the server has; with the admin key, whether its settings are ours.

        With the search key alone documents are counted up to one more than a count shows.
        """
        try:
            return await self._in_time(self._state())
        except (EngineDown, EngineRefused) as fault:
            return EngineState(ENGINE, fault=str(fault))

    # ------------------------------------------------------------ answering

    async def _answer(self, asked: Asked, vector: Vector | None) -> SearchResult:
        if vector and self._embedder and asked.weighs_meaning:
            try:
                return await self._hybrid(asked, vector)
            except Refusal as refusal:
                if refusal.code not in _NO_MEANING:
                    raise
        return await self._lexical(asked)

    async def _lexical(self, asked: Asked) -> SearchResult:
        page, wide, relaxed, _ = await self._by_words(asked, fused=False)
        marks = asked.plan.marks()
        return self._result(
            asked,
            [make_hit(row, marks, by_meaning=False) for row in page.hits[: asked.limit]],
            page,
            wide,
            relaxed=relaxed,
            more=len(page.hits) > asked.limit,
            more_beyond=asked.sort is Sort.relevance and asking.count_of(page).capped,
        )

    async def _hybrid(self, asked: Asked, vector: Vector) -> SearchResult:
        near = asked.neighbours(
            self._name, vector, self._embedder, most=asking.NEIGHBOURS, floor=self._floor
        )
        page, wide, relaxed, (found,) = await self._by_words(asked, fused=True, also=[near])
        by_words = [row["id"] for row in page.hits]
        by_meaning = [row["id"] for row in found.hits]
        scores = dict(fuse(by_words, by_meaning, asked.request.semantic))
        order = sorted(scores, key=lambda row_id: (-scores[row_id], row_id))
        ids = order[asked.offset : asked.offset + asked.limit]
        rows, lexical = await self._look_up(asked, page, ids, by_meaning, relaxed=relaxed)
        marks = asked.plan.marks()
        result = self._result(
            asked,
            [make_hit(rows[i], marks, by_meaning=i not in lexical) for i in ids if i in rows],
            page,
            wide,
            relaxed=relaxed,
            more=len(order) > asked.offset + asked.limit,
            more_beyond=asking.count_of(page).value > asking.RANKED,
        )
        return replace(result, by_meaning=len(set(by_meaning) - lexical))

    async def _look_up(
        self,
        asked: Asked,
        page: Found,
        ids: Sequence[str],
        by_meaning: Sequence[str],
        *,
        relaxed: bool,
    ) -> tuple[dict[str, Any], set[str]]:
        """The documents of a page (one that was removed between two questions is missing), and
        which of all that were found hold the words."""
        lexical = {row["id"] for row in page.hits}
        queries = [asking.retrieve(self._name, [any_of("id", ids)], len(ids))]
        unknown = [row_id for row_id in by_meaning if row_id not in lexical]
        if unknown and asking.count_of(page).value > len(lexical):
            # why: beyond those that were ranked, a neighbour may hold the words all the same
            query = asked.page(self._name, relaxed=relaxed, fused=True)
            narrowed = [*asked.narrowed(), any_of("id", unknown)]
            queries.append(query.model_copy(update={"filter": narrowed, "facets": None}))
        shown, *held = await self._server.search(queries)
        lexical |= {row["id"] for answer in held for row in answer.hits}
        return {row["id"]: row for row in shown.hits}, lexical

    async def _by_words(
        self, asked: Asked, *, fused: bool, also: Sequence[SearchParams] = ()
    ) -> tuple[Found, list[Found], bool, list[Found]]:
        """Answers by words: the page, the counts of filtered facets, whether words were left out
        because nothing holds them all; and what was ``also`` asked in the same request."""
        asking_all = asked.queries(self._name, relaxed=False, fused=fused)
        answers = await self._server.search([*also, *asking_all])
        others, (page, *wide) = answers[: len(also)], answers[len(also) :]
        if page.estimated_total_hits or asked.request.strict or not asked.plan.terms:
            return page, wide, False, others
        page, *wide = await self._server.search(
            asked.queries(self._name, relaxed=True, fused=fused)
        )
        return page, wide, bool(page.estimated_total_hits), others

    def _result(
        self,
        asked: Asked,
        hits: Sequence[Hit],
        page: Found,
        wide: Sequence[Found],
        *,
        relaxed: bool,
        more: bool,
        more_beyond: bool,
    ) -> SearchResult:
        return SearchResult(
            hits=hits,
            total=asking.count_of(page),
            facets=asked.facets(page, wide),
            next=asked.next() if more else None,
            words=[term.text for term in asked.plan.terms],
            relaxed=relaxed,
            cut=asked.plan.cut,
            more_beyond=more_beyond,
            engine=ENGINE,
        )

    async def _near(self, document: str, kinds: Sequence[Kind], limit: int) -> Sequence[Hit]:
        try:
            found = await self._server.similar(
                self._name,
                document,
                limit=limit,
                filter=facet_filter(Facet.kind, kinds),
                embedder=self._embedder.name,
                ranking_score_threshold=asking.score_of(self._floor),
            )
        except Refusal as refusal:
            if refusal.code not in _NO_MEANING:
                raise
            return ()
        return [make_hit(row, (), by_meaning=True) for row in found]

    async def _state(self) -> EngineState:
        if not self._admin:
            (found,) = await self._server.search([asking.retrieve(self._name, [], 0)])
            return EngineState(ENGINE, found.estimated_total_hits or 0)
        try:
            documents = await self._server.count(self._name)
        except Refusal as refusal:
            if refusal.code != "index_not_found":
                raise
            return EngineState(ENGINE, fault="it was not filled yet", outdated=True)
        its = version_in(await self._server.dictionary(self._name))
        same = its == version_in(make_settings(self._embedder).dictionary or [])
        fault = "" if same else "its settings are of another version: run market reindex"
        return EngineState(ENGINE, documents, fault, outdated=not same)

    async def _in_time(self, answer: Coroutine[Any, Any, T]) -> T:
        """An answer, or EngineDown when it is late or there is no index that could answer;
        EngineRefused for a question that the server does not take."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await answer
        except TimeoutError:
            raise EngineDown(f"no answer in {self._patience_s * 1000:.0f} ms") from None
        except Refusal as refusal:
            if refusal.code != "index_not_found":
                raise
            raise EngineDown(f"it was not filled yet: {refusal}") from None


def make_meilisearch(
    settings: Settings,
    *,
    admin: bool,
    embedder: Embedder = Embedder(),  # noqa: B008 - frozen
) -> MeilisearchIndex | None:
    """The market's Meilisearch with the key for asking, or as ``admin`` with the one for writing;
    None when there is none. ``embedder``: the model whose vectors it is given and asked with."""
    if not settings.meili_url:
        return None
    key = settings.meili_admin_key if admin else settings.meili_search_key
    return MeilisearchIndex(
        Server(settings.meili_url, key),
        embedder=embedder,
        admin=admin,
        floor=settings.embedding_floor or None,
    )
