"""Real patents: what a reader expects is on the first page, and no question reads the table."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import make_sessions
from app.core.tx import Tx
from search import service
from search.documents import Document, Facet, Kind
from search.postgres import PostgresIndex
from search.types import SearchRequest, SearchResult, Sort
from tests import databases

pytestmark = pytest.mark.asyncio(loop_scope="module")
START = datetime(2020, 1, 1, tzinfo=UTC)


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The patents of all four files, as fields of a document."""
    for name, holder in (("abstracts", "assignee"), ("full-records", "applicant")):
        for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            numbers = [row.get("publication_number", ""), row.get("application_number", "")]
            yield {
                "title": row["title"],
                "holder": row[holder],
                "summary": row["abstract"],
                "numbers": numbers,
                "facets": {Facet.ipc: [row.get("main_ipc", "")[:1]], Facet.holder: [row[holder]]},
            }
    with (folder / "university-holdings.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            numbers = [row["application_number"]]
            yield {"title": row["title"], "holder": row["applicant"], "numbers": numbers}
    with (folder / "titles-ipc.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            sections = sorted({ipc[:1] for ipc in row["ipc_subclasses"].split("|")})
            numbers = [row["publication_numbers"]]
            yield {"title": row["title"], "numbers": numbers, "facets": {Facet.ipc: sections}}


@dataclass
class Library:
    """A market of real patents, and the plans of what was asked of it."""

    engine: AsyncEngine
    tx: Tx
    size: int = 0
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def ask(self, words: str, **more: Any) -> SearchResult:
        self.asked.clear()
        return await PostgresIndex(self.tx).search(SearchRequest(words, **more))

    async def plans(self) -> list[str]:
        """How PostgreSQL ran each statement of the last question on the table."""
        found = []
        async with self.engine.connect() as connection:
            for statement, values in [s for s in self.asked if "plan_cache_mode" in s[0]]:
                await connection.exec_driver_sql(statement, values)
            for statement, values in [s for s in self.asked if "search_document" in s[0]]:
                answer = await connection.exec_driver_sql(f"EXPLAIN {statement}", values)
                found.append("\n".join(answer.scalars()))
        return found


async def fill(tx: Tx, documents: list[Document]) -> None:
    """Analyse one chunk while PostgreSQL writes the one before, as an importer may."""
    writing = asyncio.create_task(tx.run(service.index_prepared, []))
    for start in range(0, len(documents), 500):
        chunk = documents[start : start + 500]
        ready = await asyncio.to_thread(service.prepare_documents, chunk)
        await writing
        writing = asyncio.create_task(tx.run(service.index_prepared, ready))
    await writing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(template: str, shared_data: Path) -> AsyncIterator[Library]:
    documents = [
        Document(Kind.achievement, UUID(int=at), 1, published_at=START + timedelta(hours=at), **row)
        for at, row in enumerate(rows(shared_data / "patents"), 1)
    ]
    async with databases.clone(template) as name:
        engine = databases.connect(name, role="market_app", pool=2)
        built = Library(engine, Tx(make_sessions(engine)), len(documents))
        await fill(built.tx, documents)
        async with databases.superuser(name) as owner, owner.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE search_document"))

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def remember(_c: Any, _u: Any, statement: str, values: Any, *_: Any) -> None:
            if not statement.startswith("EXPLAIN"):
                built.asked.append((statement, values))

        yield built
        await engine.dispose()


def titles(result: SearchResult, first: int = 20) -> list[str]:
    return [hit.title for hit in result.hits[:first]]


async def test_everything_is_there(library: Library) -> None:
    result = await library.ask("", sort=Sort.newest)
    assert library.size > 14_000
    assert (result.total.value, result.total.capped) == (10_000, True)


async def test_battery_separators(library: Library) -> None:
    result = await library.ask("锂电池 隔膜")
    assert not result.relaxed
    assert set(titles(result, 5)) == {
        "一种锂电池隔膜生产用拉伸成型装置",
        "一种聚酯类锂离子电池隔膜及其制备方法",
        "一种聚酯类锂离子电池隔膜",
        "一种具有高耐热高粘接性的锂离子电池隔膜及其制备方法",
        "一种隔膜及含有该隔膜的锂离子电池",
    }
    assert "一种电池隔膜及其制备方法" in titles(result)  # 锂离子电池 in its abstract


async def test_nitrogen_out_of_waste_water(library: Library) -> None:
    result = await library.ask("污水 脱氮")
    assert not result.relaxed
    for title in titles(result, 8):
        assert "污水" in title or "废水" in title
        assert "脱氮" in title or "反硝化" in title
    assert "一种市政污水极限脱氮深度净化系统" in titles(result, 8)
    assert "一种一体化全程自养脱氮装置" in titles(result)  # 废水 in its abstract


async def test_blast_furnaces_of_a_university(library: Library) -> None:
    result = await library.ask("北京科技大学 高炉")
    assert not result.relaxed
    assert result.total.value == 12
    assert all("北京科技大学" in hit.holder and "高炉" in hit.title for hit in result.hits)


@pytest.mark.parametrize("words", ["CN202644312U", "cn202644312", "202644312U", "CN201220249767.4"])
async def test_a_number(library: Library, words: str) -> None:
    assert titles(await library.ask(words)) == ["一种钢筋混凝土轨枕"]


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("锂电池 隔膜", {}),
        ("污水 脱氮", {"filters": {Facet.ipc: ["C"]}}),
        ("北京科技大学 高炉", {"sort": Sort.price_low}),
        ("CN202644312U", {}),
        ("石墨烯 涂层", {"sort": Sort.newest}),
        ("石墨烯 锟铻", {}),  # relaxed
    ],
)
async def test_selective_questions_never_read_the_whole_table(
    library: Library, words: str, more: dict[str, Any]
) -> None:
    await library.ask(words, **more)
    plans = await library.plans()
    assert plans
    for plan in plans:
        assert "Seq Scan on search_document" not in plan, plan


async def test_common_words_are_ranked_without_reading_the_whole_table(library: Library) -> None:
    result = await library.ask("装置")
    assert result.total.value > 4_000
    assert result.more_beyond
    for plan in await library.plans():
        assert "Seq Scan on search_document" not in plan, plan


async def test_newest_first_walks_the_index(library: Library) -> None:
    await library.ask("", sort=Sort.newest)
    walked = "Scan Backward using ix_search_document_published"
    assert any(walked in plan for plan in await library.plans())


async def test_suggestions_use_the_indexes(library: Library) -> None:
    library.asked.clear()
    found = await PostgresIndex(library.tx).suggest("锂电")
    assert found[0] == "锂电池"
    assert any(title.startswith("一种锂电池") for title in found)
    (plan,) = await library.plans()
    assert "Seq Scan on search_document" not in plan
    assert "ix_search_document_title_key" in plan
