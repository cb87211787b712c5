"""Rooms write through the service, in their own transaction."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Facet, Kind
from search.postgres import RANKED, PostgresIndex
from search.types import COUNT_CAP, SearchRequest, Sort

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def make(at: int, title: str = "自走式收割机", version: int = 1) -> Document:
    return Document(
        Kind.achievement, UUID(int=at), version, title, NOW, facets={Facet.region: [f"省{at % 3}"]}
    )


async def total(tx: Tx, words: str) -> int:
    return (await PostgresIndex(tx).search(SearchRequest(words))).total.value


async def test_what_is_rolled_back_is_not_found(tx: Tx) -> None:
    async def fail(uow: UnitOfWork) -> None:
        await service.index_documents(uow, [make(1)])
        raise LookupError

    with pytest.raises(LookupError):
        await tx.run(fail)
    assert await total(tx, "收割机") == 0


async def test_nothing_to_write_is_no_statement(tx: Tx) -> None:
    await tx.run(service.index_documents, [])
    await tx.run(service.remove_documents, kind=Kind.lot, ids=[])


async def test_prepared_rows_are_written_as_documents_are(tx: Tx) -> None:
    rows = service.prepare_documents([make(1), make(1, "水稻插秧机", 2)])
    await tx.run(service.index_prepared, rows)
    assert await total(tx, "插秧机") == 1
    assert await total(tx, "收割机") == 0
    await tx.run(service.remove_documents, kind=Kind.achievement, ids=[UUID(int=1)])
    assert await total(tx, "插秧机") == 0


async def test_suggestions_come_through_the_door(tx: Tx) -> None:
    await tx.run(service.index_documents, [make(1)])
    assert await PostgresIndex(tx).suggest("收割") == ["收割机", "自走式收割机"]


async def test_counts_are_capped_and_ranking_is_bounded(tx: Tx) -> None:
    await tx.run(service.index_documents, [make(1)])

    async def multiply(uow: UnitOfWork) -> None:
        """Ten thousand more of the same, without analysing each."""
        await uow.session.execute(
            text(
                "INSERT INTO search_document SELECT kind,"
                " ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, version, number,"
                " title, title_key, holder, summary, keywords, numbers, facets, terms,"
                " published_at, price_minor"
                f" FROM search_document, generate_series(1, {COUNT_CAP + 1}) AS n"
            )
        )

    await tx.run(multiply)
    result = await PostgresIndex(tx).search(SearchRequest("收割机"))
    assert (result.total.value, result.total.capped) == (COUNT_CAP, True)
    assert result.facets[Facet.kind][0].count == result.total
    assert result.more_beyond
    seen, after = 0, None
    while True:
        request = SearchRequest("收割机", limit=100, after=after)
        part = await PostgresIndex(tx).search(request)
        seen += len(part.hits)
        if (after := part.next) is None:
            break
    assert seen == RANKED
    newest = await PostgresIndex(tx).search(SearchRequest("收割机", sort=Sort.newest))
    assert not newest.more_beyond
    assert len(newest.hits) == 20
