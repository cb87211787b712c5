"""Cells and files of exports: what is written is what was there, and nothing of it runs."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from starlette.responses import Response

from app.accounts.types import BankAccountState
from app.catalogue.types import Disposal
from app.core.money import Money
from frontend.exports import Kind, Table, export
from frontend.exports.cells import as_csv, as_plain, is_formula
from frontend.exports.standing import WAITING_ACCOUNTS
from frontend.exports.writing import CsvWriter, XlsxWriter

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1+1",
    "\u3000=1",
    "\u200b=1",
    "＝CMD|' /C calc'!A0",
    "＋1",
    "－1",
    "＠x",
]


def request_in(locale: str = "zh-CN") -> Request:
    return Request(
        {"type": "http", "headers": [(b"cookie", f"locale={locale}".encode())], "method": "GET"}
    )


async def body_of(response: Response) -> bytes:
    pieces: Any = response.body_iterator  # type: ignore[attr-defined]
    return b"".join([piece async for piece in pieces])


def sheet_of(body: bytes) -> Any:
    return load_workbook(io.BytesIO(body)).worksheets[0]


@pytest.mark.parametrize("text", FORMULAS)
async def test_no_text_becomes_a_formula(text: str) -> None:
    assert is_formula(text)
    assert as_csv(text) == "'" + text
    table = Table("表", [("列", "text")], [[text]])
    cell = sheet_of(await body_of(await export(request_in(), table, "xlsx")))["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).strip() == text.strip()


@pytest.mark.parametrize("text", ["成果", "a=b", "10%", "#N/A", "'x", "http://a"])
async def test_other_texts_stay_as_they_are(text: str) -> None:
    assert as_csv(text) == text
    table = Table("表", [("列", "text")], [[text]])
    cell = sheet_of(await body_of(await export(request_in(), table, "xlsx")))["A2"]
    assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize(
    ("minor", "written"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (-1, "-0.01"),
        (10**15, "10000000000000.00"),
        (386_500_05, "386500.05"),
    ],
)
def test_money_is_yuan_with_two_decimals(minor: int, written: str) -> None:
    assert as_csv(as_plain(minor, "money", "zh-CN")) == written
    assert as_csv(as_plain(Money(minor), "money", "zh-CN")) == written


@given(st.integers(-(10**15), 10**15))
def test_no_fen_is_lost(minor: int) -> None:
    plain = as_plain(minor, "money", "zh-CN")
    assert isinstance(plain, Decimal)
    assert int(plain * 100) == minor


def test_instants_are_beijing_time_and_words_are_translated() -> None:
    instant = datetime(2026, 11, 22, 16, 30, 5, 999, tzinfo=UTC)
    assert as_csv(as_plain(instant, "time", "zh-CN")) == "2026-11-23 00:30:05"
    assert as_csv(as_plain(instant, "date", "zh-CN")) == "2026-11-23"
    assert as_csv(as_plain(date(2026, 1, 2), "date", "zh-CN")) == "2026-01-02"
    assert as_plain(Disposal.ordinary, "text", "zh-CN") == "普通许可"
    assert as_plain((Disposal.ordinary, Disposal.sole), "text", "zh-CN") == "普通许可；排他许可"
    assert as_plain("won", "state", "zh-CN") == "已成交"
    for kind in ("text", "money", "date", "time", "number", "state"):
        assert as_plain(None, kind, "zh-CN") is None


async def test_typed_cells_widths_and_a_frozen_header() -> None:
    columns: list[tuple[str, Kind]] = [
        ("名称", "text"),
        ("价格", "money"),
        ("日期", "date"),
        ("时间", "time"),
        ("数", "number"),
    ]
    instant = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    rows: list[list[Any]] = [
        ["甲" * 30, 123_45, date(2026, 3, 4), instant, 7],
        ["a", None, None, None, 10**17],
    ]
    sheet = sheet_of(await body_of(await export(request_in(), Table("表", columns, rows), "xlsx")))
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b
    assert sheet["B2"].value == 123.45
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].value.isoformat() == "2026-03-04T00:00:00"
    assert sheet["D2"].value.isoformat() == "2026-11-22T09:02:03"
    assert sheet["E2"].value == 7
    assert sheet["E3"].value == str(10**17), "a double would lose its last digits"
    assert sheet.column_dimensions["A"].width == 48
    assert sheet["B3"].value is None


async def test_what_no_file_can_hold_is_left_out() -> None:
    dirty = "一\x00二\x1f三\ud800\ufffe四\n五"
    for form in ("csv", "xlsx"):
        table = Table("表/[1]:?", [("列", "text")], [[dirty], ["_x0041_"], ["长" * 40_000]])
        body = await body_of(await export(request_in(), table, form))
        if form == "csv":
            assert "一二三四\n五" in body.decode("utf-8-sig")
        else:
            sheet = sheet_of(body)
            assert sheet["A2"].value == "一二三四\n五"
            assert sheet["A3"].value == "_x005F_x0041_"
            assert len(sheet["A4"].value) == 32_767


async def test_csv_is_rfc_4180_with_a_mark_and_a_chinese_name() -> None:
    table = Table("成果 表", [("名称", "text"), ("备注", "text")], [['甲"乙', "一,二\n三"]])
    response = await export(request_in(), table, "csv")
    assert await body_of(response) == '\ufeff名称,备注\r\n"甲""乙","一,二\n三"\r\n'.encode()
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"export.csv\"; filename*=UTF-8''%E6%88%90%E6%9E%9C%20%E8%A1%A8.csv"
    )
    assert "no-store" in response.headers["cache-control"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("count", "cut"), [(3, False), (4, True)])
async def test_a_ceiling_is_said_in_the_file(form: Any, count: int, cut: bool) -> None:
    table = Table("表", [("列", "number")], [[n] for n in range(count)], most=3)
    body = await body_of(await export(request_in(), table, form))
    lines = (
        list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        if form == "csv"
        else [list(row) for row in sheet_of(body).values]
    )
    assert len(lines) == 1 + 3 + cut
    assert ("仅导出前 3 行" in str(lines[-1][0])) is cut


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_rows_are_taken_as_they_are_written(form: Any) -> None:
    """A list of millions is not read when only the first rows are wanted."""
    taken = 0

    async def rows() -> AsyncIterator[Sequence[Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield [taken]

    response = await export(request_in(), Table("表", [("列", "number")], rows(), most=1200), form)
    if form == "csv":
        assert taken == 500, "the rest waits for the reader"
    await body_of(response)
    assert taken == 1201


async def test_a_fault_while_rows_are_read_is_no_half_file() -> None:
    def rows() -> Iterable[Sequence[Any]]:
        yield [1]
        raise ValueError("gone")

    for form in ("csv", "xlsx"):
        with pytest.raises(ValueError, match="gone"):
            await export(request_in(), Table("表", [("列", "number")], rows()), form)


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=8))
def test_every_csv_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    plain = [[as_plain(value, "text", "zh-CN") for value in row] for row in rows]
    body = CsvWriter().head(["甲", "乙"]) + CsvWriter().write(plain)
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    expected = [["甲", "乙"], *([as_csv(value) for value in row] for row in plain)]
    assert read == expected
    assert not any(is_formula(cell) for row in read for cell in row)


def test_an_abandoned_workbook_leaves_nothing_on_the_disk() -> None:
    from openpyxl.worksheet._writer import ALL_TEMP_FILES

    before = list(ALL_TEMP_FILES)
    writer = XlsxWriter("表", ["列"], ["text"])
    writer.write([["甲"]])
    writer.discard()
    assert before == ALL_TEMP_FILES


def test_a_waiting_account_says_in_words_that_it_waits() -> None:
    account: Any = SimpleNamespace(
        holder="甲", bank="乙", last_digits="6789", state=BankAccountState.entered, entered_at=None
    )
    row = zip(WAITING_ACCOUNTS.heads(), WAITING_ACCOUNTS.row(account), strict=True)
    cells = {head: as_plain(value, kind, "zh-CN") for (head, kind), value in row}
    assert cells["状态"] == "待核验"
