"""Ranking by words: how common they are, and the plans of its statements in every form."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import TextClause, text

from app.core.db import make_sessions
from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Facet, Kind
from search.postgres import PostgresIndex, finding, lexical
from search.postgres.asking import Asked
from search.postgres.counting import CAP
from search.postgres.lexical import ByColumn, ByRelevance
from search.query import make_plan
from search.types import Count, SearchRequest, Sort
from search.words import renew_word_shares
from tests import databases
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


async def explain(
    uow: UnitOfWork, words: str, sort: Sort, filters: bool, relaxed: bool
) -> tuple[str, str]:
    """The plans of what looks at the matches, and of what orders them."""
    await finding.settle_planner(uow)
    plan = make_plan(words)
    asked = Asked(plan.strict(), plan.head(), FILTERS if filters else {})
    if sort is Sort.relevance:
        best = ByRelevance(plan, relaxed)
        keys = [(Kind.achievement.value, UUID(int=at)) for at in range(best.ranked)]
        looking, ordering = finding.make_statement(asked, best, 12), best.make_statement(keys)
    else:
        first = ByColumn(sort, None, 21)
        looking = finding.make_statement(asked, first, 12)
        ordering = first.make_statement(asked, CAP - 1)

    async def plan_of(statement: TextClause, values: dict[str, Any]) -> str:
        found = await uow.session.execute(text(f"EXPLAIN (VERBOSE) {statement.text}"), values)
        return "\n".join(found.scalars())

    return await plan_of(*looking), await plan_of(*ordering)


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
async def test_no_form_of_the_statements_reads_the_table(
    tx: Tx, words: str, sort: Sort, filters: bool, relaxed: bool
) -> None:
    looking, ordering = await tx.run(explain, words, sort, filters, relaxed)
    for plan in (looking, ordering):
        assert "Seq Scan on public.search_document" not in plan, plan
    assert "Bitmap Index Scan on ix_search_document_terms_facets" in looking, looking
    if sort is Sort.relevance:
        assert "pk_search_document" in ordering, ordering
        # an expression in brackets of its own is what a node below has made already
        assert len(re.findall(r"(?<!\()ts_delete\(", ordering)) == 1, ordering
    else:
        assert "Bitmap Index Scan on ix_search_document_terms_facets" in ordering, ordering


async def test_matches_beyond_the_cap_are_walked_in_their_order(tx: Tx) -> None:
    async def plan_of(uow: UnitOfWork) -> str:
        await finding.settle_planner(uow)
        statement, values = ByColumn(Sort.newest, None, 21).make_statement(Asked(), CAP)
        found = await uow.session.execute(text(f"EXPLAIN {statement.text}"), values)
        return "\n".join(found.scalars())

    assert "ix_search_document_published" in await tx.run(plan_of)


async def test_all_that_there_is_is_read_in_order(tx: Tx) -> None:
    async def plan_of(uow: UnitOfWork) -> str:
        await finding.settle_planner(uow)
        order = ByColumn(Sort.newest, None, 21)
        statement, values = finding.make_statement(Asked(), order, 12)
        found = await uow.session.execute(text(f"EXPLAIN {statement.text}"), values)
        return "\n".join(found.scalars())

    assert "Sample Scan on search_document" in await tx.run(plan_of)


@pytest.mark.parametrize("region", ["北京", "上海"])
async def test_what_is_found_among_wider_matches_is_what_is_found_alone(
    tx: Tx, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    documents = [
        replace(make(at, "高炉"), facets={Facet.region: [("北京", "上海", "天津")[at % 3]]})
        for at in range(1, 10)
    ]
    await tx.run(service.index_documents, documents)
    request = SearchRequest("高炉", {Facet.region: [region]}, facet_values=5)
    derived = await PostgresIndex(tx).search(request)
    monkeypatch.setattr(finding, "CAP_BESIDE", 9)  # the wider matches are too many to be all there
    alone = await PostgresIndex(tx).search(request)
    assert (alone.hits, alone.total) == (derived.hits, derived.total)
    assert alone.facets[Facet.kind] == derived.facets[Facet.kind]
    assert derived.total == Count(3)


async def test_beside_what_is_chosen_the_other_values_are_counted_in_a_part(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = [(["北京"], ["A", "A01"]), (["上海"], ["A", "A02"]), (["天津"], ["B"])]
    documents = [
        replace(make(at, "高炉"), facets={Facet.region: region, Facet.ipc: codes})
        for at in range(12)
        for region, codes in [facets[at % 3]]
    ]
    await tx.run(service.index_documents, documents)
    monkeypatch.setattr(finding, "CAP_BESIDE", 7)  # six would be all; the seventh tells of more
    request = SearchRequest("高炉", {Facet.region: ["北京", "武汉"]}, facet_values=5)
    regions = (await PostgresIndex(tx).search(request)).facets[Facet.region]
    chosen = {value.value: value.count for value in regions if value.chosen}
    assert chosen == {"北京": Count(4), "武汉": Count(0)}
    others = [value.count for value in regions if not value.chosen]
    assert others
    assert all(count.capped and count.value < 4 for count in others)
    request = SearchRequest("高炉", {Facet.ipc: ["A"]}, facet_values=5)
    result = await PostgresIndex(tx).search(request)
    counted = {value.value: value.count for value in result.facets[Facet.ipc]}
    assert (counted["A"], counted["A01"], counted["A02"]) == (Count(8), Count(4), Count(4))
    assert counted["B"].capped
    assert result.facets[Facet.ipc][0].value == "A"
    assert result.total == Count(8)


async def test_parts_of_what_is_chosen_are_told_wherever_they_stand(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [["B", "B01"]] * 8 + [["A", "A01"], ["A", "A02"]]
    for at, part in enumerate(codes):  # one after the other, so that they lie in this order
        document = replace(make(at, "高炉"), facets={Facet.ipc: part})
        await tx.run(service.index_documents, [document])
    monkeypatch.setattr(finding, "CAP_BESIDE", 6)
    request = SearchRequest("高炉", {Facet.ipc: ["A"]}, facet_values=5)
    result = await PostgresIndex(tx).search(request)
    counted = {value.value: value.count for value in result.facets[Facet.ipc]}
    assert counted == {
        "A": Count(2), "A01": Count(1), "A02": Count(1), "B": Count(6, capped=True)
    }  # fmt: skip


@pytest.mark.parametrize("words", ["高炉", ""])
async def test_pages_by_date_are_the_same_counted_and_walked(
    tx: Tx, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    days = [1, 2, 2, 2, 3, 4, 4, 5]
    documents = [
        replace(make(at, "高炉"), published_at=NOW + timedelta(days=day))
        for at, day in enumerate(days)
    ]
    await tx.run(service.index_documents, documents)

    async def read_pages() -> list[list[int]]:
        pages, after = [], ""
        while True:
            request = SearchRequest(words, sort=Sort.newest, limit=3, after=after or None)
            result = await PostgresIndex(tx).search(request)
            pages.append([hit.id.int for hit in result.hits])
            if result.next is None:
                return pages
            after = result.next

    assert await read_pages() == [[7, 6, 5], [4, 3, 2], [1, 0]]
    monkeypatch.setattr(finding, "CAP", len(days))
    assert await read_pages() == [[7, 6, 5], [4, 3, 2], [1, 0]]


async def test_a_new_connection_reads_what_was_scored_where_it_was_found(
    template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "RANKED", 2)
    async with databases.clone(template) as name:
        for asks in (False, True):
            engine = databases.connect(name, role="market_app", pool=1)
            tx = Tx(make_sessions(engine))
            if asks:
                result = await PostgresIndex(tx).search(SearchRequest("高炉"))
                assert [hit.title for hit in result.hits] == ["高炉6", "高炉5"]
            else:
                documents = [make(at, f"高炉{at}") for at in range(1, 7)]
                await tx.run(service.index_documents, documents)
            await engine.dispose()
