"""Ranking by words: how common they are, and the plan of the one statement in every form."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Facet, Kind
from search.postgres import PostgresIndex, finding, lexical
from search.postgres.asking import Asked
from search.query import make_plan
from search.types import SearchRequest, Sort
from search.words import renew_word_shares
from tests.conftest import Clock

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FILTERS = {Facet.region: ["北京"], Facet.field: ["新材料"]}


def make(at: int, title: str, summary: str = "") -> Document:
    return Document(
        Kind.achievement,
        UUID(int=at),
        1,
        title,
        NOW + timedelta(days=at),
        summary=summary,
        facets={Facet.region: ["北京"], Facet.field: ["新材料"]},
    )


async def titles(tx: Tx, words: str) -> list[str]:
    return [hit.title for hit in (await PostgresIndex(tx).search(SearchRequest(words))).hits]


async def test_a_rare_word_weighs_more_than_a_common_one(tx: Tx, clock: Clock) -> None:
    common = [make(at, f"高炉{at}") for at in range(10, 30)]
    rare, usual = make(1, "氮化镓", "用于高炉"), make(2, "高炉", "含氮化镓")
    await tx.run(service.index_documents, [*common, rare, usual])
    assert await tx.run(renew_word_shares)
    assert not await tx.run(renew_word_shares)
    assert (await titles(tx, "高炉 氮化镓"))[0] == "氮化镓"
    await tx.run(service.remove_documents, kind=Kind.achievement, ids=[d.id for d in common])
    await clock.advance(hours=25)
    assert await tx.run(renew_word_shares)

    async def count(uow: UnitOfWork) -> int:
        found = await uow.session.execute(text("SELECT count(*) FROM search_word"))
        return int(found.scalar_one())

    assert await tx.run(count) == 0  # in three documents at least, or it is rare


async def explain(uow: UnitOfWork, words: str, sort: Sort, filters: bool, relaxed: bool) -> str:
    await finding.settle_planner(uow)
    plan = make_plan(words)
    asked = Asked(plan.strict(), plan.head(), FILTERS if filters else {})
    if sort is Sort.relevance:
        order = lexical.by_relevance(plan, asked, relaxed=relaxed, after=None, limit=21)
    else:
        order = lexical.by_column(asked, sort, after=None, limit=21)
    statement, values = finding.make_statement(asked, order, 12)
    found = await uow.session.execute(text(f"EXPLAIN (VERBOSE) {statement.text}"), values)
    return "\n".join(found.scalars())


@pytest.mark.parametrize("filters", [False, True])
@pytest.mark.parametrize(
    ("words", "sort", "relaxed"),
    [
        ("高炉", Sort.relevance, False),
        ("高炉 氮化镓", Sort.relevance, False),
        ("高炉 氮化镓", Sort.relevance, True),
        ("高炉", Sort.newest, False),
        ("高炉", Sort.price_low, False),
        ("高炉", Sort.price_high, False),
    ],
)
async def test_no_form_of_the_statement_reads_the_table(
    tx: Tx, words: str, sort: Sort, filters: bool, relaxed: bool
) -> None:
    plan = await tx.run(explain, words, sort, filters, relaxed)
    assert "Seq Scan on public.search_document" not in plan, plan
    assert "Bitmap Index Scan on ix_search_document_terms_facets" in plan, plan
    assert "Tid Scan on public.search_document" in plan, plan
    # an expression in brackets of its own is what a node below has made already
    assert len(re.findall(r"(?<!\()ts_delete\(", plan)) == (sort is Sort.relevance), plan
