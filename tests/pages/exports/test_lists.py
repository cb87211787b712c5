"""Every list of the market as CSV and XLSX, with the access and the filters of its page."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import exporting
from app.auctions.service import join_lot
from app.core.actor import Actor
from app.core.settings import Settings
from app.demands.types import DemandState
from frontend.exports import sending
from tests.access.rows import Stage
from tests.access_table import build_stage
from tests.conftest import Clock, joining, on_stage
from tests.world import World
from tests.worlds.catalogue import achievement_content  # noqa: F401 - the world's builders need it


@dataclass(frozen=True)
class List:
    """One list: its address, who asks, a header it has, what else gets 403 there."""

    path: str
    who: str
    header: str
    name: str
    audited: bool = False
    refused: str = ""


LISTS: Final = {
    "search": List("/search", "stranger", "名称", "检索结果"),
    "organisations": List("/organisations", "stranger", "单位类型", "单位名录"),
    "demand_list": List("/demands", "stranger", "需求编号", "技术需求"),
    "lot_list": List("/lots?shelf=ended", "stranger", "竞买人数", "竞价标的"),
    "lot_show": List("/lots/{closed}", "stranger", "竞买代码", "报价记录"),
    "achievement_desk": List(
        "/desk/achievements", "manager", "单位编号", "我的成果", refused="person"
    ),
    "offer_desk": List("/desk/offers", "manager", "意向价（元）", "供给信息", refused="person"),
    "lot_desk": List("/desk/lots", "manager", "加价幅度（元）", "竞价标的", refused="person"),
    "bid_desk": List("/desk/bids", "foreign", "我的代码", "参与的竞价", refused="person"),
    "demand_desk": List("/desk/demands", "agent", "拟投入（元）", "我的需求", refused="person"),
    "deal_desk": List("/desk/deals", "operator", "成交价（元）", "交易", True, "person"),
    "organisation_desk": List("/desk/organisation", "head", "账号", "单位成员", True, "person"),
    "roles": List("/desk/roles", "administrator", "账号", "平台角色", True, "operator"),
    "audit": List("/desk/audit", "supervisor", "操作", "审计记录", True, "head"),
    "review": List("/review", "operator", "等待件数", "审核队列", True, "head"),
    "achievement_review": List(
        "/review/achievements", "operator", "提交时间", "待审核成果", True, "head"
    ),
    "claim_review": List("/review/claims", "operator", "认领单位", "待处理认领", True, "head"),
    "demand_review": List("/review/demands", "operator", "提交时间", "待审核需求", True, "head"),
    "imports": List("/desk/imports", "manager", "上传人", "批量导入", True, "person"),
    "disclosure_desk": List("/desk/disclosures", "inventor", "披露编号", "我的披露"),
    "disclosure_unit": List("/desk/unit-disclosures", "manager", "披露编号", "待决定的披露", True),
    "consent_desk": List("/desk/consents", "foreign", "共有人", "共有人同意", True),
    "consent_review": List("/review/consents", "operator", "共有人", "同意证明核对", True, "head"),
    "behalf_desk": List("/desk/behalf", "operator", "录入人", "代录成果", True, "person"),
    "confirmation_desk": List("/desk/confirmations", "inventor", "录入人", "代录成果", True),
    "inquiry_desk": List("/desk/inquiries", "manager", "咨询方", "咨询", True),
    "confidential_rooms": List("/desk/confidential", "foreign", "已签署保密承诺", "受邀查阅"),
    "confidential_keep": List(
        "/desk/achievements/{achievement}/confidential", "manager", "承诺书版本", "查阅记录", True
    ),
    "achievement_versions": List(
        "/achievements/{achievement}/versions", "manager", "内容哈希", "成果版本"
    ),
    "inbox": List("/desk/inbox", "person", "已读", "消息"),
    "searches": List("/desk/searches", "manager", "筛选条件", "保存的检索"),
    "edition_list": List("/catalogues", "stranger", "编制单位", "成果目录"),
    "edition_desk": List("/desk/catalogues", "manager", "编制单位", "成果目录"),
    "conversion_list": List("/desk/conversion", "manager", "成果编号", "科技成果转化清单", True),
    "people_review": List("/review/people", "operator", "材料数", "待认证人员", True, "head"),
    "bank_review": List(
        "/review/bank-accounts", "operator", "账号末四位", "待核验银行账户", True, "head"
    ),
    "organisation_review": List(
        "/review/organisations", "operator", "申请人", "待认证单位", True, "head"
    ),
    "lot_review": List("/review/lots", "operator", "标的编号", "竞价标的监管", refused="head"),
    "application_desk": List("/desk/applications", "foreign", "办理截止", "我的报名"),
    "application_review": List(
        "/review/applications", "operator", "办理截止", "待审核的报名", True, "head"
    ),
    "complaint_review": List(
        "/review/complaints", "operator", "异议内容", "报名异议", True, "head"
    ),
    "look_list": List(
        "/review/looks", "supervisor", "批准人", "查看竞买人身份的记录", True, "head"
    ),
    "right_desk": List("/desk/rights", "foreign", "答复期限", "我的优先购买权"),
    "own_deposits": List("/desk/deposits", "head", "锁定时间", "保证金"),
    "review_deposits": List(
        "/review/deposits?only=all", "operator", "锁定时间", "保证金", True, "head"
    ),
    "review_receipts": List("/review/payments", "operator", "付款人", "异常到账", True, "head"),
    "review_payouts": List("/review/payouts", "operator", "尝试次数", "划付", True, "head"),
    "review_refunds": List("/review/refunds", "operator", "尝试次数", "划付", True, "head"),
    "review_statements": List(
        "/review/statements", "operator", "取回时间", "对账记录", True, "head"
    ),
    "review_differences": List(
        "/review/differences", "operator", "发现时间", "对账差异", True, "head"
    ),
}


# Pages that take ``after`` and are no list: a stream, and the tries of one webhook, which only
# whoever mends it reads.
# Lists that the stage puts nothing into: their header is all there is to see.
BARE: Final = frozenset(
    {
        "consent_review",
        "behalf_desk",
        "confirmation_desk",
        "confidential_keep",
        "inbox",
        "review_refunds",
    }
)
NO_LISTS: Final = {"lot_events", "webhook_show"}


@pytest.fixture(scope="module")
async def stage(stage_connection: AsyncConnection, settings: Settings) -> Stage:
    """Something in every list: waiting records, a lot that has ended with a bid."""
    world = World(joining(stage_connection), settings.files_dir)
    stage = await build_stage(world)
    await world.achievement(stage.owner, state="submitted")
    await world.demand(stage.owner.head, state=DemandState.submitted)
    await world.demand(stage.owner.head)
    await world.beat()
    sale = await world.lot(stage.owner, free_s=60, window_s=60)
    await world.tx.run(join_lot, actor=stage.foreign.head, number=sale.number)
    await world.bid(sale, stage.foreign, 200_000)
    await Clock(stage_connection).advance(seconds=200)
    await world.sweep_lots()
    stage.examples["closed"] = sale.number
    return stage


@pytest.fixture
async def connection(
    stage: Stage, stage_connection: AsyncConnection
) -> AsyncIterator[AsyncConnection]:
    """Every test of this module plays on the stage, and leaves it as it was."""
    async with on_stage(stage_connection) as opened:
        yield opened


async def browser_of(client: httpx2.AsyncClient, world: World, actor: Actor) -> Any:
    return await world.logged_in_client(client, actor)


def rows_of(response: httpx2.Response) -> list[list[str]]:
    if response.headers["content-type"].startswith("text/csv"):
        return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    return [["" if value is None else str(value) for value in row] for row in sheet.values]


def address(listed: List, stage: Stage, form: str) -> str:
    path = listed.path.format_map(stage.examples)
    return f"{path}{'&' if '?' in path else '?'}format={form}"


def test_every_list_page_is_in_the_table(application: FastAPI) -> None:
    """A page that takes ``after`` is a list; a new one belongs into LISTS."""
    pages = {
        route.original_route.name
        for route in iter_route_contexts(application.routes)
        if isinstance(route.original_route, APIRoute)
        and route.path
        and "GET" in (route.methods or ())
        and not route.path.startswith("/api/")
        and any(field.name == "after" for field in route.original_route.dependant.query_params)
    }
    assert sorted(pages - LISTS.keys() - NO_LISTS) == []


async def test_every_list_comes_as_csv_and_xlsx(
    client: httpx2.AsyncClient, world: World, stage: Stage
) -> None:
    wrong = []
    for route, listed in LISTS.items():
        browser = await browser_of(client, world, stage.cast[listed.who])
        tables = []
        before = await world.count("audit_entry", action="reports.export_list")
        for form in ("csv", "xlsx"):
            response = await browser.get(address(listed, stage, form))
            assert response.status_code == 200, (route, form, response.text[:200])
            name = unquote(response.headers["content-disposition"].partition("''")[2])
            assert name.startswith(f"{listed.name}-2"), name
            assert name.endswith(f".{form}")
            tables.append(rows_of(response))
        noted = await world.count("audit_entry", action="reports.export_list") - before
        if noted != 2 * listed.audited:
            wrong.append(f"{route}: {noted} lines of audit")
        if listed.header not in tables[0][0] or tables[0][0] != tables[1][0]:
            wrong.append(f"{route}: {tables[0][0]}")
        if route == "audit":  # its own lines come between
            continue
        if len(tables[0]) < 2 - (route in BARE) or len(tables[0]) != len(tables[1]):
            wrong.append(f"{route}: {len(tables[0])} and {len(tables[1])} lines")
    assert not wrong, "\n".join(wrong)


async def test_a_file_has_the_access_of_its_page(
    client: httpx2.AsyncClient, world: World, stage: Stage
) -> None:
    before = await world.count("audit_entry", action="reports.export_list")
    for listed in LISTS.values():
        for who in filter(None, ("stranger" if listed.refused else "", listed.refused)):
            browser = await browser_of(client, world, stage.cast[who])
            plain = await browser.get(listed.path)
            for form in ("csv", "xlsx"):
                response = await browser.get(address(listed, stage, form))
                assert response.status_code in (401, 403), (listed.path, who)
                if listed.path != "/desk/organisation":  # one without a unit sees how to get one
                    assert response.status_code == plain.status_code, (listed.path, who)
    assert await world.count("audit_entry", action="reports.export_list") == before


async def test_links_on_the_page_keep_its_filters(
    client: httpx2.AsyncClient, world: World, stage: Stage
) -> None:
    shown = (await client.get("/search?q=工艺&kind=achievement")).text
    assert "kind=achievement&amp;format=csv" in shown
    found = rows_of(await client.get("/search?kind=demand&format=csv"))
    assert {row[0] for row in found[1:]} == {"需求"}


async def test_an_unknown_format_is_the_page(client: httpx2.AsyncClient) -> None:
    response = await client.get("/demands?format=exe")
    assert response.headers["content-type"].startswith("text/html")


async def test_bids_of_a_running_lot_wait_for_its_end(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    response = await client.get(f"/lots/{sale.number}?format=csv")
    assert response.status_code == 409
    assert "竞价结束后才能导出报价记录" in response.text


async def test_bids_tell_codes_and_nobody_behind_them(
    client: httpx2.AsyncClient, world: World, stage: Stage
) -> None:
    rows = rows_of(await client.get(f"/lots/{stage.examples['closed']}?format=csv"))
    text = "\n".join(map(",".join, rows))
    assert stage.foreign.name not in text
    assert len(rows) > 1


async def test_too_many_files_are_refused(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(exporting.EXPORT_BY_ADDRESS, hits=2)
    monkeypatch.setattr(exporting, "EXPORT_BY_ADDRESS", few)
    answers = [(await client.get("/demands?format=csv")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert (await client.get("/demands")).status_code == 200


async def test_a_list_longer_than_a_page_comes_whole_and_once(
    client: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_PAGE", 2)
    org = await world.organisation()
    numbers = {(await world.achievement(org)).number for _ in range(5)}
    browser = await world.logged_in_client(client, org.head)
    rows = rows_of(await browser.get("/desk/achievements?format=xlsx"))
    assert sorted(row[0] for row in rows[1:]) == sorted(numbers)


async def test_in_english_headers_words_and_the_name_are_english(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.demand((await world.organisation()).head)
    client.cookies.set("locale", "en")
    try:
        response = await client.get("/demands?format=csv")
    finally:
        client.cookies.delete("locale")
    assert "Budget (CNY)" in response.content.decode("utf-8-sig").splitlines()[0]
    assert "Published" in response.text
