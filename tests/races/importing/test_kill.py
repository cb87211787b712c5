"""kill -9 in the middle of an import, and two imports of one file at once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from app.imports.types import Tally
from tests import databases
from tests.races.importing.one_import import bring_in
from tests.world import World

ROWS = 4000


def many_rows(tmp_path: Path, rows: int) -> Path:
    path = tmp_path / "many.csv"
    lines = [f"N-{n},第 {n} 项技术,某某公司,{'说明' * 40}{n}\n" for n in range(rows)]
    path.write_text("编号,名称,权利人,摘要\n" + "".join(lines), "utf-8")
    return path


async def count(tx: Tx, sql: str) -> Any:
    async def read(uow: UnitOfWork) -> Any:
        return (await uow.session.execute(text(sql))).scalar_one()

    return await tx.run(read)


async def test_a_killed_import_loses_nothing_and_doubles_nothing(
    real_database: str, real_tx: Tx, tmp_path: Path
) -> None:
    """The process dies by SIGKILL after some chunks; the same file then completes."""
    path = many_rows(tmp_path, ROWS)
    org = await World(real_tx).organisation("示范转移中心", "transfer_agency")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.races.importing.one_import",
        real_database,
        str(path),
        str(org.id),
        cwd=databases.ROOT,
    )
    while await count(real_tx, "SELECT count(*) FROM import_chunk") < 2:
        assert process.returncode is None, "it ended before it could be killed"
        await asyncio.sleep(0.005)
    process.kill()
    await process.wait()

    chunks = await count(real_tx, "SELECT chunks_done FROM import_batch")
    assert 2 <= chunks < ROWS // 500, "killed in the middle"
    assert await count(real_tx, "SELECT count(*) FROM achievement") == chunks * 500
    assert await count(real_tx, "SELECT count(*) FROM search_document") == chunks * 500

    outcome = await bring_in(real_tx, path, org.id)
    assert outcome.resumed_after == chunks
    assert outcome.tally == Tally(read=ROWS, inserted=ROWS)
    for table in ("achievement", "search_document"):
        assert await count(real_tx, f"SELECT count(*) FROM {table}") == ROWS
    last = await count(real_tx, "SELECT max(number) FROM achievement")
    assert last.endswith(f"{ROWS:06d}"), "numbers have no gap"
    assert await count(
        real_tx, "SELECT count(*) FROM audit_entry WHERE action = 'imports.write_achievements'"
    ) == ROWS // 500  # fmt: skip


async def test_two_at_once_share_the_work(real_tx: Tx, tmp_path: Path) -> None:
    """Two imports of one file for one organisation: each chunk is written once."""
    path = many_rows(tmp_path, 1200)
    org = await World(real_tx).organisation("示范转移中心", "transfer_agency")
    await asyncio.gather(bring_in(real_tx, path, org.id), bring_in(real_tx, path, org.id))
    assert await count(real_tx, "SELECT count(*) FROM achievement") == 1200
    assert await count(real_tx, "SELECT count(*) FROM import_chunk") == 3
    assert await count(real_tx, "SELECT count(*) FROM import_batch") == 1
