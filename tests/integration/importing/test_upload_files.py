"""Uploaded files that are strange or hostile: read within bounds, or refused with a word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from app.core import sheets
from app.files.service import content_path
from app.imports import upload_rules, working
from app.imports.types import Tally, UploadState
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.imports import GOOD


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(sheet: str, strings: str = "<sst/>") -> bytes:
    """A workbook of the parts given, as no office program writes it."""
    book = io.BytesIO(xlsx([["名称"], ["甲"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                body = sheet.encode()
            made.writestr(entry.filename, body)
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
TITLE = '<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c></row>'


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (b"\xef\xbb\xbf\n\n", "a.csv", "文件是空的"),
        ("编号,名称\n", "a.csv", "文件只有表头"),
        (",".join(f"c{n}" for n in range(600)) + "\n1,2\n", "a.csv", "表头有 600 列"),
        (xlsx([["某大学专利清单"], ["编号", "名称"], ["1", "甲"]]), "a.xlsx", "第一行不像表头"),
        (xlsx([["名称", "名称"], ["甲", "乙"]]), "a.xlsx", "表头重复"),
        (xlsx([[f"c{n}" for n in range(700)], ["甲"]]), "a.xlsx", "表头有 512 列"),
        (b"[1, 2]", "a.jsonl", "JSON 数组"),
        (workbook("<worksheet><not closed"), "a.xlsx", "XLSX"),
    ],
)
async def test_what_cannot_be_mapped_says_why(
    world: World, org: Org, content: str | bytes, name: str, problem: str
) -> None:
    view = await world.work(await world.upload(org, content, name=name))
    assert view.state is UploadState.refused
    assert problem in view.problem
    assert await world.count("achievement") == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
async def test_encodings_and_separators(
    world: World, org: Org, encoding: str, delimiter: str
) -> None:
    content = GOOD.replace(",", delimiter).encode(encoding)
    view = await world.checked(org, content, name="a.tsv")
    assert view.checked == Tally(read=2, inserted=2)


async def test_formulas_are_text(world: World, org: Org) -> None:
    text = "=CMD|' /C calc'!A0"
    view = await world.checked(org, f'编号,名称\nF-1,"{text}"\n')
    await world.confirmed(org, view.id)
    rows = await world.rows("SELECT title FROM achievement")
    assert [row.title for row in rows] == [text]


async def test_a_line_without_an_end_is_refused_in_pieces(world: World, org: Org) -> None:
    content = "编号,名称\nL-1," + "长" * (5 << 20) + "\nL-2,好\n"
    view = await world.checked(org, content)
    assert view.checked is not None
    assert view.checked.inserted == 1
    assert view.checked.refused >= 1


async def test_a_sheet_that_claims_a_billion_rows_and_columns_ends(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 20_000)
    far = '<row r="2000000000"><c r="A2000000000" t="inlineStr"><is><t>甲</t></is></c></row>'
    text = '<c r="{}2" t="inlineStr"><is><t>甲</t></is></c>'
    wide = f'<row r="2">{text.format("A")}{text.format("ZZZ")}</row>'
    view = await world.checked(org, workbook(SHEET.format(TITLE + wide + far)), name="a.xlsx")
    assert view.checked == Tally(read=1, inserted=1)


async def test_too_many_rows_are_refused(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_rules, "MAX_UPLOAD_ROWS", 2)
    view = await world.checked(org, GOOD + "B-3,第三\n")
    assert view.state is UploadState.refused
    assert "超过 2 行" in view.problem


async def test_no_more_refusals_are_kept_than_can_be_read(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "MAX_KEPT", 3)
    view = await world.checked(org, "编号,名称\n" + ",\n".join("12345") + ",\n6,好\n")
    assert view.checked == Tally(read=6, inserted=1, refused=5)
    assert view.refusals == 3


async def test_a_file_that_has_gone_is_said(world: World, org: Org) -> None:
    upload_id = await world.upload(org, "名称\n独一无二的内容\n")
    view = await world.upload_view(upload_id)
    content_path(world.files_dir, view.file_sha256).unlink()
    view = await world.work(upload_id)
    assert (view.state, view.problem) == (UploadState.refused, "上传的文件已不存在，请重新上传")
