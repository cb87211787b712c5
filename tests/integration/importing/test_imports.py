"""Imports on a real database: write, again, change, resume, refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.catalogue import import_service as catalogue
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Unauthenticated
from app.core.tables import UnreadableError, open_table
from app.core.tx import Tx, UnitOfWork
from app.demands import import_service as demands
from app.imports import service
from app.imports.errors import ChunkOutOfOrder
from app.imports.runner import Outcome, StoppedError, fingerprint, run_import
from app.imports.types import Chunk, OnBadRow, Tally
from search.documents import Kind
from search.postgres import PostgresIndex
from search.types import SearchRequest, SearchResult
from tests.following import compare_index
from tests.world import World
from tests.worlds.accounts import Org

HEADER = "编号,名称,申请号,权利人,摘要\n"
FIRST = "A-1,一种高炉煤气净化装置,CN201220249767.4,北京某大学;李明,用于<sub>高炉</sub>煤气净化。\n"
SECOND = "A-2,污水脱氮工艺,,某某公司,用于污水处理。\n"
BAD = "A-3,,,某某公司,没有名称。\nA-4,坏号,CN201220249767.5,,\nA-1,重复编号,,,\n"


async def bring_in(
    tx: Tx, path: Path, org: Org, *, actor: Actor = SYSTEM, kind: Any = catalogue, **options: Any
) -> Outcome:
    write = kind.write_achievements if kind is catalogue else kind.write_demands
    return await run_import(
        tx,
        kind.LAYOUT,
        write,
        source=fingerprint(open_table(path)),
        actor=actor,
        care_id=org.id,
        **options,
    )


async def rows_of(tx: Tx, sql: str, **values: Any) -> list[Mapping[str, Any]]:
    async def read(uow: UnitOfWork) -> list[Mapping[str, Any]]:
        return [dict(row) for row in (await uow.session.execute(text(sql), values)).mappings()]

    return await tx.run(read)


async def find(tx: Tx, words: str) -> SearchResult:
    return await PostgresIndex(tx).search(SearchRequest(text=words))


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("示范技术转移中心", "transfer_agency")


def file(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(content, "utf-8")
    return path


async def test_achievements_come_in_and_are_found(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    outcome = await bring_in(tx, file(tmp_path, HEADER + FIRST + SECOND + BAD), org)
    assert outcome.tally == Tally(read=5, inserted=2, refused=3)
    assert [(r.line, r.column) for r in outcome.refusals] == [(4, "名称"), (5, "申请号"), (6, "")]

    rows = await rows_of(tx, "SELECT * FROM achievement ORDER BY number")
    assert [row["owner_number"] for row in rows] == ["A-1", "A-2"]
    first = rows[0]
    assert (first["state"], first["origin"]) == ("published", "imported")
    assert (first["owner_id"], first["care_id"]) == (None, org.id)
    assert first["holder_name"] == "北京某大学；李**"
    assert first["abstract"] == "用于高炉煤气净化。"
    [right] = await rows_of(tx, "SELECT * FROM intellectual_property")
    assert right["application_number"] == "CN201220249767.4"
    assert right["kind"] == "utility_model"

    result = await find(tx, "高炉 煤气")
    assert [hit.title for hit in result.hits] == ["一种高炉煤气净化装置"]
    assert (await find(tx, "李明")).total.value == 0
    assert (await compare_index(tx))[Kind.achievement] == 2


async def test_a_chunk_is_one_audit_line_and_one_fact(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    await bring_in(tx, file(tmp_path, HEADER + FIRST + SECOND), org)
    [entry] = await rows_of(
        tx, "SELECT facts FROM audit_entry WHERE action = 'imports.write_achievements'"
    )
    [chunk] = await rows_of(tx, "SELECT * FROM import_chunk")
    assert entry["facts"]["sha256"] == chunk["sha256"]
    [fact] = await rows_of(
        tx, "SELECT payload FROM fact WHERE topic = 'imports.chunk_committed.v1'"
    )
    assert len(fact["payload"]["ids"]) == 2
    assert fact["payload"]["care_id"] == str(org.id)


async def test_twice_gives_no_doubles_and_a_change_makes_a_version(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    path = file(tmp_path, HEADER + FIRST + SECOND)
    await bring_in(tx, path, org)
    again = await bring_in(tx, path, org)
    assert again.tally == Tally(read=2, unchanged=2)

    changed = file(tmp_path, HEADER + FIRST.replace("净化装置", "除尘装置") + SECOND)
    assert (await bring_in(tx, changed, org)).tally == Tally(read=2, updated=1, unchanged=1)
    rows = await rows_of(tx, "SELECT title, version FROM achievement ORDER BY number")
    assert [(row["title"], row["version"]) for row in rows] == [
        ("一种高炉煤气除尘装置", 2),
        ("污水脱氮工艺", 1),
    ]
    assert await world.count("intellectual_property") == 1
    assert [hit.title for hit in (await find(tx, "除尘")).hits] == ["一种高炉煤气除尘装置"]


async def test_another_organisation_has_its_own_numbers(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    path = file(tmp_path, HEADER + SECOND)
    await bring_in(tx, path, org)
    other = await world.organisation("另一转移中心", "transfer_agency")
    assert (await bring_in(tx, path, other)).tally == Tally(read=1, inserted=1)


@pytest.mark.parametrize(
    "change",
    ["origin = 'entered', owner_id = care_id", "owner_id = care_id", "state = 'withdrawn'"],
)
async def test_what_people_have_in_hand_is_not_overwritten(
    tx: Tx, world: World, org: Org, tmp_path: Path, change: str
) -> None:
    await bring_in(tx, file(tmp_path, HEADER + SECOND), org)

    async def take(uow: UnitOfWork) -> None:
        await uow.session.execute(text(f"UPDATE achievement SET {change}"))

    await tx.run(take)
    changed = file(tmp_path, HEADER + SECOND.replace("污水脱氮工艺", "别的"))
    outcome = await bring_in(tx, changed, org)
    assert outcome.tally == Tally(read=1, refused=1)
    assert outcome.refusals[0].line == 2
    [row] = await rows_of(tx, "SELECT title, version FROM achievement")
    assert (row["title"], row["version"]) == ("污水脱氮工艺", 1)


async def test_a_dry_run_and_a_stop_write_nothing(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    path = file(tmp_path, HEADER + FIRST + BAD)
    outcome = await bring_in(tx, path, org, dry_run=True)
    assert (outcome.good, outcome.tally) == (1, Tally(read=4, refused=3))
    with pytest.raises(StoppedError) as stopped:
        await bring_in(tx, path, org, on_bad=OnBadRow.stop)
    assert len(stopped.value.outcome.refusals) == 3
    for table in ("achievement", "import_batch", "search_document"):
        assert await world.count(table) == 0
    fine = await bring_in(tx, file(tmp_path, HEADER + FIRST), org, on_bad=OnBadRow.stop)
    assert fine.tally.inserted == 1


async def test_a_missing_column_is_said(tx: Tx, world: World, org: Org, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="缺少必需的列：名称"):
        await bring_in(tx, file(tmp_path, "编号\nA-1\n"), org)


async def test_a_killed_import_goes_on_after_its_last_chunk(
    tx: Tx, world: World, org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three chunks; the run dies in the second one, after which the same file is brought in."""
    lines = [f"N-{n},第 {n} 项技术,,某某公司,说明 {n}\n" for n in range(1200)]
    path = file(tmp_path, HEADER + "".join(lines))

    async def dies(uow: UnitOfWork, **kwargs: Any) -> Any:
        refusals = await catalogue.write_achievements(uow, **kwargs)
        if kwargs["chunk"].ordinal == 1:
            raise SystemExit("killed before the commit")
        return refusals

    with pytest.raises(SystemExit):
        await run_import(
            tx,
            catalogue.LAYOUT,
            dies,
            source=fingerprint(open_table(path)),
            actor=SYSTEM,
            care_id=org.id,
        )
    assert await world.count("achievement") == 500
    assert await world.count("import_batch", chunks_done=1) == 1

    outcome = await bring_in(tx, path, org)
    assert outcome.resumed_after == 1
    assert outcome.tally == Tally(read=1200, inserted=1200)
    assert await world.count("achievement") == 1200
    assert await world.count("import_batch") == 1
    assert await world.count("import_chunk") == 3
    numbers = await rows_of(
        tx, "SELECT count(DISTINCT number) AS n, max(number) AS last FROM achievement"
    )
    assert numbers[0]["n"] == 1200
    assert numbers[0]["last"].endswith("001200"), "numbers have no gap"


async def test_chunks_come_in_order_and_once(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    source = fingerprint(open_table(file(tmp_path, HEADER + FIRST)))
    header, _ = service.map_header(source.table.columns, catalogue.LAYOUT)
    [chunk] = service.read_chunks(source.table.rows(), header, catalogue.LAYOUT)
    batch = await tx.run(
        service.open_batch,
        actor=SYSTEM,
        kind=catalogue.LAYOUT.kind,
        care_id=org.id,
        file_sha256=source.sha256,
        file_name="rows.csv",
    )

    async def write(chunk: Chunk[Any]) -> None:
        await tx.run(catalogue.write_achievements, actor=SYSTEM, batch_id=batch.id, chunk=chunk)

    with pytest.raises(ChunkOutOfOrder):
        await write(replace(chunk, ordinal=1))
    await write(chunk)
    await write(chunk)
    assert await world.count("achievement") == 1
    assert await world.count("import_chunk") == 1


async def test_only_managers_and_operators_bring_in(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    path = file(tmp_path, HEADER + FIRST)
    inventor = await world.member(org, ["inventor"])
    elsewhere = (await world.organisation()).head
    for actor, refusal in (
        (world.stranger, Unauthenticated),
        (inventor, Forbidden),
        (elsewhere, Forbidden),
    ):
        with pytest.raises(refusal):
            await bring_in(tx, path, org, actor=actor)
    assert await world.count("import_batch") == 0
    manager = await world.member(org, ["manager"])
    assert (await bring_in(tx, path, org, actor=manager)).tally.inserted == 1


BATTERY = '"title": "防爆锂离子电池的研发", "content": "提高安全性。\\n电话13812345678"'
DEMANDS = (
    f'{{"demand_id": "d-1", {BATTERY}}}\n'
    '{"demand_id": "d-2", "title": "空需求", "content": ""}\n'
    f'{{"demand_id": "d-3", {BATTERY}}}\n'
    '{"demand_id": "d-4", "title": "污水脱氮", "content": "总氮低于 15 mg/L", "企业名称": "王磊"}\n'
)


async def test_demands(tx: Tx, world: World, org: Org, tmp_path: Path) -> None:
    path = file(tmp_path, DEMANDS)
    outcome = await bring_in(tx, path, org, kind=demands)
    assert outcome.tally == Tally(read=4, inserted=2, refused=2)
    assert [(r.line, r.reason) for r in outcome.refusals] == [
        (2, "内容为空"),
        (3, "名称和内容与第 1 行重复"),
    ]
    rows = await rows_of(tx, "SELECT * FROM demand ORDER BY number")
    assert [(r["owner_number"], r["holder_name"], r["state"]) for r in rows] == [
        ("d-1", "", "published"),
        ("d-4", "王**", "published"),
    ]
    assert rows[0]["problem"].endswith("138****5678")
    assert [hit.title for hit in (await find(tx, "锂电池")).hits] == ["防爆锂离子电池的研发"]

    assert (await bring_in(tx, path, org, kind=demands)).tally == Tally(
        read=4, unchanged=2, refused=2
    )
    changed = file(tmp_path, DEMANDS.replace("总氮低于 15", "总氮低于 10"))
    assert (await bring_in(tx, changed, org, kind=demands)).tally.updated == 1
    assert await world.count("demand", version=2) == 1


async def test_an_organisation_is_found_by_id_code_and_name(tx: Tx, world: World) -> None:
    org = await world.organisation("示范技术转移中心", "transfer_agency")
    young = await world.organisation("未认证的单位", verified=False)

    async def ids(word: str) -> list[UUID]:
        return [found.id for found in await tx.run(accounts.find_organisations, word=word)]

    for word in (str(org.id), org.view.credit_code.lower(), " 示范技术转移中心 "):
        assert await ids(word) == [org.id]
    assert await ids("未认证的单位") == []
    assert await ids(str(young.id)) == [young.id]
    assert await ids("没有的单位") == []
