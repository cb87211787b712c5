"""Tables are told by content, whatever their name; every odd row is still a row."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.core.tables import MAX_CELL, Row, TableKind, UnreadableError, open_table


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "some.file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_csv_in_every_encoding_and_delimiter(
    tmp_path: Path, encoding: str, read_as: str, delimiter: str
) -> None:
    lines = [["编号", "名称"], ["A-1", "高炉煤气"], ["A-2", "污水脱氮"]]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    table = open_table(write(tmp_path, text.encode(encoding)))
    assert (table.kind, table.encoding, table.delimiter) == (TableKind.csv, read_as, delimiter)
    assert table.columns == ("编号", "名称")
    assert list(table.rows()) == [
        Row(2, {"编号": "A-1", "名称": "高炉煤气"}),
        Row(3, {"编号": "A-2", "名称": "污水脱氮"}),
    ]


def test_a_quoted_cell_may_hold_lines_and_delimiters(tmp_path: Path) -> None:
    content = 'id,title\n\n1,"两行\n标题, 带逗号"\n2,乙\n'
    rows = list(open_table(write(tmp_path, content.encode())).rows())
    assert [row.values["title"] for row in rows] == ["两行\n标题, 带逗号", "乙"]
    assert [row.line for row in rows][-1] == 5


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1", "只有 1 列"),
        ("1,甲,多", "多于表头"),
        ("1,甲,", ""),
    ],
)
def test_a_row_of_another_length_is_told(tmp_path: Path, line: str, problem: str) -> None:
    [row] = open_table(write(tmp_path, f"id,title\n{line}\n".encode())).rows()
    assert problem in row.problem
    assert bool(problem) == bool(row.problem)


def test_a_lost_quotation_mark_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    content = 'id,title\n1,"never closed\n' + "x" * (MAX_CELL + 10) + "\n2,乙\n"
    rows = list(open_table(write(tmp_path, content.encode())).rows())
    assert "引号" in rows[0].problem


def test_json_lines(tmp_path: Path) -> None:
    content = (
        '{"id": 1, "title": "甲", "tags": ["a", null, "b"], "ok": true}\n\n'
        '{"id": 2.5, "title": null}\n'
        '["no object"]\n{"id": {"deep": 1}}\n{"id": 3, "tit\n'
    )
    table = open_table(write(tmp_path, content.encode()))
    rows = list(table.rows())
    assert table.kind is TableKind.jsonl
    assert table.columns == ("id", "title", "tags", "ok")
    assert rows[0] == Row(1, {"id": "1", "title": "甲", "tags": "a；b", "ok": "是"})
    assert rows[1] == Row(3, {"id": "2.5", "title": ""})
    assert [row.problem != "" for row in rows] == [False, False, True, True, True]


def test_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([])
    sheet.append(["编号", "名称", "日期", None])
    sheet.append([12, "甲", date(2024, 5, 1), None])
    sheet.append([13.0, None, date(2024, 5, 2)])
    sheet.append([None, None])
    at = datetime(2024, 5, 1, 8, 30)  # noqa: DTZ001 - a sheet has no zones
    sheet.append(["=1+1", "乙", at])
    path = tmp_path / "table.csv"
    book.save(path)
    table = open_table(path)
    assert (table.kind, table.columns) == (TableKind.xlsx, ("编号", "名称", "日期"))
    assert list(table.rows()) == [
        Row(3, {"编号": "12", "名称": "甲", "日期": "2024-05-01"}),
        Row(4, {"编号": "13", "名称": "", "日期": "2024-05-02"}),
        Row(6, {"编号": "", "名称": "乙", "日期": "2024-05-01T08:30:00"}),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空的"),
        (b"  \n ", "空的"),
        (b"PK\x03\x04 but no archive", "XLSX"),
        (b"\xd0\xcf\x11\xe0 old", "旧版 Excel"),
        (b'[{"id": 1}]', "JSON 数组"),
        (b"id,title\n1,\x00\x01", "二进制"),
        (b"id,title\n1,\xff\xfe\xff", "编码"),
        ("编号,编号\n1,2\n".encode(), "表头重复：编号"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(UnreadableError, match=sentence):
        list(open_table(write(tmp_path, content)).rows())
