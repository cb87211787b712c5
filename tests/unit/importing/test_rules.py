"""Dates, chunk order, and the report file."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from app.imports.errors import ChunkOutOfOrder
from app.imports.rules import canonical_name, check_next_chunk, parse_date
from app.imports.runner import write_report
from app.imports.types import Refusal, Tally


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("2013.01.02", date(2013, 1, 2)),
        ("20170503", date(2017, 5, 3)),
        ("2017-5-3", date(2017, 5, 3)),
        ("2017/05/03", date(2017, 5, 3)),
        ("２０１７年５月３日", date(2017, 5, 3)),
        ("2017-05-03T00:00:00", date(2017, 5, 3)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize("text", ["2023-02-29", "20171301", "2017", "昨天", "2017-5", "0000-01-01"])
def test_no_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"日期无法识别|没有这一天"):
        parse_date(text)


def test_a_chunk_comes_after_the_one_before_it() -> None:
    assert check_next_chunk(3, 3)
    assert not check_next_chunk(3, 2)
    with pytest.raises(ChunkOutOfOrder):
        check_next_chunk(3, 4)


def test_column_names_are_told_apart_by_their_words_only() -> None:
    assert canonical_name(" 申请（专利权）人* ") == canonical_name("申请专利权人")
    assert canonical_name("Publication_Numbers") == "publicationnumbers"


def test_tallies_add_up() -> None:
    assert Tally(5, 1, 1, 2, 1) + Tally(1, 1, 0, 0, 0) == Tally(6, 2, 1, 2, 1)


def test_the_report_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_report(
        path, [Refusal(3, "名称", "超过 300 字", '=HYPERLINK("http://x")'), Refusal(4, "", "坏")]
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["行号", "列", "原因", "原值"],
            ["3", "名称", "超过 300 字", '\'=HYPERLINK("http://x")'],
            ["4", "", "坏", ""],
        ]
