"""docs/security.md: each line of OWASP ASVS 5.0.0, levels 1 and 2, once; its proofs are real."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "docs" / "security.md"
STATES: Final = ("met", "partly", "not met", "operator", "does not apply")

# Every line of levels 1 and 2: chapter, then section:lines (both ends included).
LINES: Final = """
1 1:1-2 2:1-9 3:1-11 4:1-3 5:1-2
2 1:1-3 2:1-3 3:1-4 4:1
3 2:1-2 3:1-4 4:1-6 5:1-5 7:1-2
4 1:1-3 2:1 3:1-2 4:1-4
5 1:1 2:1-3 3:1-2 4:1-3
6 1:1-3 2:1-12 3:1-4 4:1-4 5:1-5 6:1-3 8:1-4
7 1:1-3 2:1-4 3:1-2 4:1-5 5:1-2 6:1-2
8 1:1-2 2:1-3 3:1 4:1
9 1:1-3 2:1-4
10 1:1-2 2:1-2 3:1-4 4:1-11 5:1-5 6:1-2 7:1-3
11 1:1-2 2:1-3 3:1-3 4:1-4 5:1 6:1
12 1:1-3 2:1-2 3:1-4
13 1:1 2:1-5 3:1-2 4:1-5
14 1:1-2 2:1-4 3:1-3
15 1:1-3 2:1-3 3:1-7
16 1:1 2:1-5 3:1-4 4:1-3 5:1-3
17 1:1 2:1-4 3:1-2
"""


class Line(NamedTuple):
    """One row of the table."""

    ids: str
    what: str
    state: str
    by: str
    proof: str


def _range(section: str, lines: str) -> Iterator[str]:
    first, _, last = lines.partition("-")
    for number in range(int(first), int(last or first) + 1):
        yield f"V{section}.{number}"


def _wanted() -> list[str]:
    return [
        line
        for chapter, *sections in map(str.split, LINES.strip().splitlines())
        for section in sections
        for line in _range(f"{chapter}.{section.partition(':')[0]}", section.partition(":")[2])
    ]


@cache
def _table() -> tuple[Line, ...]:
    rows = re.findall(r"^\| (V\d.*) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    return tuple(Line(*(cell.strip() for cell in row.split(" | "))) for row in rows)


def test_every_line_stands_in_the_table_once() -> None:
    found = [
        line
        for row in _table()
        for line in _range(row.ids[1:].rpartition(".")[0], row.ids.rpartition(".")[2])
    ]
    assert len(_wanted()) == 253
    assert Counter(found) == Counter(_wanted())


@pytest.mark.parametrize("row", _table(), ids=lambda row: row.ids)
def test_a_line_is_whole_and_its_proofs_exist(row: Line) -> None:
    assert row.state in STATES
    assert all(row), "an empty cell"
    if row.state in ("met", "partly", "not met"):
        assert row.by != "–", "by what?"
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.proof):
        source = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), f"{path}::{name}"


def test_the_counts_are_those_of_the_table() -> None:
    counts: Counter[str] = Counter()
    for row in _table():
        counts[row.state] += len(list(_range("0.0", row.ids.rpartition(".")[2])))
    said = (
        "{} lines: {met} met, {partly} partly, {not met} not met, {operator} the operator's,"
        " {does not apply} do not apply"
    ).format(counts.total(), **counts)
    assert said in " ".join(TABLE.read_text("utf-8").split())


def test_the_document_is_linked_and_its_own_links_lead_somewhere() -> None:
    assert "docs/security.md" in (ROOT / "README.md").read_text("utf-8")
    for link in re.findall(r"\]\(([\w./-]+\.md)", TABLE.read_text("utf-8")):
        assert (TABLE.parent / link).is_file(), link
