"""Pages of imports without JavaScript: bring a file, say its columns, check, confirm, report."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook

from app.imports.types import UploadState
from frontend.forms import imports as forms
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.imports import ROWS

NEW = "/desk/imports/new"
UTF16 = ROWS.encode("utf-16")


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("示范大学", "university")


@pytest.fixture
async def browser(client: httpx2.AsyncClient, world: World, org: Org) -> httpx2.AsyncClient:
    return await world.logged_in_client(client, org.head)


async def send(
    browser: httpx2.AsyncClient, content: bytes, name: str = "成果.csv", **fields: str
) -> httpx2.Response:
    return await browser.post(
        NEW,
        data={"kind": "achievements", "key": "upload-key-0001"} | fields,
        files={"file": (name, content)},
    )


def id_in(response: httpx2.Response) -> Any:
    from uuid import UUID

    assert response.status_code == 303, response.text[:500]
    return UUID(response.headers["location"].partition("?")[0].rpartition("/")[2])


async def test_the_whole_way(browser: httpx2.AsyncClient, world: World) -> None:
    assert "还没有导入过文件" in (await browser.get("/desk/imports")).text
    assert 'enctype="multipart/form-data"' in (await browser.get(NEW)).text
    sent = await send(browser, ROWS.encode())
    upload_id = id_in(sent)
    place = sent.headers["location"]
    waiting = (await browser.get(place)).text
    assert "正在读取文件的列名" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    await world.work(upload_id)
    columns = (await browser.get(place)).text
    assert re.search(r'<select id="f-c-1".*?value="title" selected', columns, re.DOTALL)
    assert "一种高炉煤气净化装置" in columns
    assert "名称（必需）" in columns
    refused = await browser.post(f"{place}/columns", data={"c-0": "title", "c-1": "title"})
    assert refused.status_code == 422
    assert "“名称”只能对应一列。" in refused.text
    assert re.search(r'<select id="f-c-0".*?value="title" selected', refused.text, re.DOTALL)
    chosen = {"c-0": "owner_number", "c-1": "title", "c-2": "application_number", "c-3": ""}
    assert (await browser.post(f"{place}/columns", data=chosen)).status_code == 303
    await world.work(upload_id)
    checked = (await browser.get(place)).text
    assert "确认导入 2 行" in checked
    assert "名称为空" in checked
    for _ in range(2):  # a double click, or the way back and once more
        assert (await browser.post(f"{place}/confirm")).status_code == 303
    view = await world.work(upload_id)
    assert view.state is UploadState.finished
    done = (await browser.get(place)).text
    assert "导入完成" in done
    assert "成果.csv" in (await browser.get("/desk/imports")).text
    late = await browser.post(f"{place}/columns", data=chosen)
    assert late.status_code == 409
    assert "已进入下一步" in late.text


async def test_the_report_holds_the_rows_as_they_stood(
    browser: httpx2.AsyncClient, world: World, org: Org
) -> None:
    rows = '编号,名称,备注\nR-1,,=1+1\nR-2,好,\nR-3,,"两\n行"\nR-4,,末\n'
    view = await world.checked(org, rows)
    report = await browser.get(f"/desk/imports/{view.id}/report?format=csv")
    lines = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"))))
    assert lines == [
        ["行号", "列", "原因", "原值", "编号", "名称", "备注"],
        ["2", "名称", "名称为空", "", "R-1", "", "'=1+1"],
        ["4", "名称", "名称为空", "", "R-3", "", "两\n行"],
        ["6", "名称", "名称为空", "", "R-4", "", "末"],
    ]
    report = await browser.get(f"/desk/imports/{view.id}/report?format=xlsx")
    sheet = load_workbook(io.BytesIO(report.content)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [2, "名称", "名称为空", None, "R-1", None, "=1+1"]
    assert sheet["G2"].data_type == "s"
    assert await world.count("audit_entry", action="imports.report_upload") == 2


async def test_the_same_file_leads_to_the_one_under_way(browser: httpx2.AsyncClient) -> None:
    first = id_in(await send(browser, ROWS.encode()))
    again = await send(browser, ROWS.encode(), key="upload-key-0002")
    assert id_in(again) == first
    assert "同一文件正在处理中" in (await browser.get(again.headers["location"])).text


async def test_the_same_form_twice_is_one_upload(browser: httpx2.AsyncClient, world: World) -> None:
    assert id_in(await send(browser, ROWS.encode())) == id_in(await send(browser, ROWS.encode()))
    assert await world.count("import_upload") == 1


async def test_utf_16_is_read_and_a_broken_one_refused(
    browser: httpx2.AsyncClient, world: World
) -> None:
    view = await world.work(id_in(await send(browser, UTF16)))
    assert view.mapping["名称"] == "title"
    broken = await send(browser, UTF16 + b"\xd8", key="upload-key-0002")
    assert broken.status_code == 422
    assert "编码无法识别" in broken.text


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0", 422, "旧版 Excel"),
        ("a.exe", b"MZ", 422, "请选择 CSV、TSV、JSONL 或 XLSX 文件"),
        ("a.csv", b"", 422, "文件是空的"),
        ("a.xlsx", b"PK\x03\x04 broken", 415, "压缩文件已损坏"),
        ("a.csv", b"<html><script>alert(1)</script>", 415, "不接受网页"),
        ("../../etc/a\x07.csv", b"\x00\x01", 415, "编码无法识别"),
    ],
)
async def test_files_that_are_no_tables(
    browser: httpx2.AsyncClient, world: World, name: str, content: bytes, status: int, sentence: str
) -> None:
    response = await send(browser, content, name)
    assert response.status_code == status
    assert sentence in response.text
    assert "请重新选择文件" in response.text
    assert await world.count("import_upload") == 0


async def test_too_large_a_file_is_refused(
    browser: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MAX_UPLOAD", 100)
    response = await send(browser, b"a,b\n" * 100)
    assert response.status_code == 413
    assert await world.count("import_upload") == 0


async def test_an_operator_brings_in_for_an_organisation(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    browser = await world.logged_in_client(client, await world.operator())
    assert "托管单位" in (await browser.get(NEW)).text
    missing = await send(browser, ROWS.encode(), care="没有的单位")
    assert missing.status_code == 422
    assert "没有找到已认证的单位" in missing.text
    assert 'value="没有的单位"' in missing.text
    upload_id = id_in(await send(browser, ROWS.encode(), care=org.view.credit_code))
    assert (await world.work(upload_id)).care_id == org.id


async def test_stopping_by_hand(browser: httpx2.AsyncClient, world: World) -> None:
    sent = await send(browser, ROWS.encode())
    place = sent.headers["location"]
    assert (await browser.post(f"{place}/cancel")).status_code == 303
    shown = (await browser.get(place)).text
    assert "没有写入任何记录" in shown
    assert (await world.work(id_in(sent))).state is UploadState.cancelled


async def test_the_file_itself_is_for_those_who_see_the_upload(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    view = await world.upload_view(await world.upload(org, ROWS))
    other = await world.logged_in_client(client, (await world.organisation()).head)
    assert (await other.get(f"/files/{view.file_id}")).status_code == 404
    mine = await world.logged_in_client(client, org.head)
    assert (await mine.get(f"/files/{view.file_id}")).status_code == 200
