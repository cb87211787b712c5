"""Real dirty files: all of them come in, and a search finds what a reader expects.

The files are never part of the project; without them these tests are skipped with a reason.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import import_service as catalogue
from app.core.actor import SYSTEM
from app.core.tables import open_table
from app.core.tx import Tx
from app.demands import import_service as demands
from app.imports.runner import Outcome, fingerprint, run_import
from app.imports.service import map_header, read_chunks
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests.world import World

# file, layout, rows read, rows refused
FILES: list[tuple[str, Any, int, int]] = [
    ("patents/abstracts.jsonl", catalogue, 4097, 0),
    ("patents/full-records.jsonl", catalogue, 276, 0),
    ("patents/university-holdings.csv", catalogue, 751, 0),
    ("patents/titles-ipc.csv", catalogue, 9740, 0),
    ("achievements-sample.jsonl", catalogue, 10, 0),
    # 6 without content, 23 that repeat another one word for word
    ("tech-match/demands.jsonl", demands, 371, 29),
]


@pytest.mark.parametrize(("name", "kind", "read", "refused"), FILES)
def test_every_row_is_taken_or_refused_with_a_reason(
    shared_data: Path, name: str, kind: Any, read: int, refused: int
) -> None:
    table = open_table(shared_data / name)
    header, faults = map_header(table.columns, kind.LAYOUT)
    assert (faults, header.ignored) == ([], ())
    chunks = list(read_chunks(table.rows(), header, kind.LAYOUT))
    assert sum(chunk.read for chunk in chunks) == read
    assert sum(chunk.refused for chunk in chunks) == refused
    assert all(refusal.reason for chunk in chunks for refusal in chunk.refusals)
    for row in (row for chunk in chunks for row in chunk.rows):
        assert "<sub>" not in row.title
        assert "\u2011" not in row.title


def test_natural_persons_are_masked(shared_data: Path) -> None:
    table = open_table(shared_data / "patents/full-records.jsonl")
    header, _ = map_header(table.columns, catalogue.LAYOUT)
    holders = Counter(
        holder
        for chunk in read_chunks(table.rows(), header, catalogue.LAYOUT)
        for row in chunk.rows
        for holder in row.holder.split("；")
    )
    masked = [holder for holder in holders if holder.endswith("**")]
    assert len(masked) > 20
    assert all(len(holder) >= 4 for holder in holders if not holder.endswith("**"))
    assert holders["西安建筑科技大学"] == 4


@pytest.mark.slow
async def test_what_was_imported_is_found(tx: Tx, world: World, shared_data: Path) -> None:
    org = await world.organisation("示范技术转移中心", "transfer_agency")

    async def bring_in(name: str, kind: Any) -> Outcome:
        write = kind.write_achievements if kind is catalogue else kind.write_demands
        return await run_import(
            tx,
            kind.LAYOUT,
            write,
            source=fingerprint(open_table(shared_data / name)),
            actor=SYSTEM,
            care_id=org.id,
        )

    for name, kind in (
        ("patents/university-holdings.csv", catalogue),
        ("tech-match/demands.jsonl", demands),
    ):
        first, again = await bring_in(name, kind), await bring_in(name, kind)
        assert first.tally.inserted == again.tally.unchanged
        assert (again.tally.inserted, again.tally.updated) == (0, 0)

    async def titles(words: str) -> list[str]:
        result = await PostgresIndex(tx).search(SearchRequest(text=words))
        return [hit.title for hit in result.hits]

    assert all("高炉" in title for title in (await titles("北京科技大学 高炉"))[:5])
    assert any("锂" in title for title in (await titles("锂电池"))[:5])
