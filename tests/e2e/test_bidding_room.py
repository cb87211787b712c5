"""Two companies in one real room, live: from the first bid to the record that proves it.

Time is moved by the market's clock, never waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.auctions.types import BidMode
from app.auctions.verifying import verify_sale
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.e2e.test_accounts import enter
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale

OpenPage = Callable[..., Page]
Inspect = Callable[[Page], None]

MAXIMUM = "187,000"  # stands on no button of the room
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass(frozen=True)
class Stage:
    """A lot, and companies that have a code in it."""

    sale: Sale
    bidders: list[Org]

    @property
    def path(self) -> str:
        return f"/lots/{self.sale.number}"


def stage_of(market: LiveMarket, bidders: int = 2, **terms: Any) -> Stage:
    async def build(tx: Tx) -> Stage:
        world = World(tx)
        sale = await world.lot(rulebook="demo-2", **terms)
        return Stage(sale, [await world.bidder(sale) for _ in range(bidders)])

    return market.run(build)


@pytest.fixture
def stage(market: LiveMarket) -> Stage:
    """A rising lot with automatic bids, in its free period; its prices go up by 1,000 元."""
    return stage_of(market, bidders=3, step=1_000_00, free_s=600, window_s=120, proxies=True)


@pytest.fixture
def enter_room(market: LiveMarket, open_page: OpenPage) -> Callable[..., Page]:
    """Opens a room as a company: ``enter_room(stage, 0)``."""

    def open_it(stage: Stage, bidder: int, **options: Any) -> Page:
        page = open_page("/help", **options)
        enter(page, market, stage.bidders[bidder].head)
        page.goto(stage.path)
        if options.get("java_script_enabled", True):
            expect(page.locator("[data-conn]")).to_have_text("实时连接正常")
        return page

    return open_it


def bid(page: Page, amount: str) -> None:
    page.get_by_label("我的报价（元）").fill(amount)
    page.get_by_role("button", name="确认报价").click()


def store(page: Page, amount: str) -> None:
    page.locator("summary", has_text="自动出价").click()
    page.get_by_label("最高限价（元）").fill(amount)
    page.get_by_role("button", name="设定限价").click()


def price(page: Page, shown: str) -> None:
    expect(page.locator("[data-price]")).to_have_text(shown)


def told(page: Page, *words: str) -> None:
    for word in words:
        expect(page.locator("[data-told]")).to_contain_text(word)


def feed_of(page: Page) -> list[str]:
    """The lines of the record, without the mark of one's own."""
    lines: list[str] = page.locator("[data-feed] li").all_text_contents()
    return [line.replace("（我）", "").strip() for line in lines]


def end_of(page: Page) -> str:
    return page.locator("[data-countdown]").get_attribute("datetime") or ""


def code_of(page: Page) -> str:
    return page.locator("[data-room]").get_attribute("data-me") or ""


def test_two_browsers_from_the_first_bid_to_the_record(
    market: LiveMarket, stage: Stage, enter_room: Callable[..., Page], inspect_page: Inspect
) -> None:
    one, two = enter_room(stage, 0), enter_room(stage, 1)
    bid(one, "100000")
    price(two, "¥100,000")
    bid(two, "101,000")
    expect(one.locator("[data-my-place]")).to_have_text("您目前不是最高报价人")
    expect(one.locator("[data-announce-now]")).to_contain_text("您的报价已被超过")
    expect(one.locator("[data-told] .alert-good")).to_have_count(0)

    store(one, "十八万")
    expect(one.locator("[data-bid-result] .wrong")).to_be_visible()
    expect(one.get_by_label("最高限价（元）")).to_have_value("十八万")
    one.get_by_label("最高限价（元）").fill(MAXIMUM)
    one.get_by_role("button", name="设定限价").click()
    told(one, "最高限价已加密保存")
    price(two, "¥102,000")
    bid(two, "110000")
    told(two, "¥110,000.00 已接受", "自动出价超过，当前最高报价 ¥111,000.00")
    price(one, "¥111,000")
    expect(one.locator("[data-my-place]")).to_have_text("您目前报价最高")
    assert all(MAXIMUM not in page.content() for page in (one, two))

    one.context.set_offline(True)
    expect(one.locator("[data-lost]")).to_contain_text("价格和时间可能不是最新")
    bid(two, "120000")
    price(two, "¥121,000")
    market.run(lambda tx: World(tx).bid(stage.sale, stage.bidders[2], 130_000))
    price(two, "¥131,000")
    price(one, "¥111,000")
    one.context.set_offline(False)
    price(one, "¥131,000")
    expect(one.locator("[data-lost]")).to_be_hidden()
    assert feed_of(one) == feed_of(two)
    expect(one.locator("[data-curve] circle")).to_have_count(9)

    market.advance_clock(600)
    for page in (one, two):
        expect(page.locator("[data-phase]")).to_have_text("限时报价期，距本轮结束")
    before = end_of(two)
    market.advance_clock(60)
    bid(two, "140000")
    price(one, "¥141,000")
    assert before < end_of(one) == end_of(two)
    inspect_page(one)
    winner = code_of(one)
    market.advance_clock(121)
    for page in (one, two):
        expect(page.locator(".result")).to_contain_text(f"{winner} 竞得")
        expect(page.locator("[data-conn]")).to_have_count(0)
        expect(page.get_by_role("button", name="确认报价")).to_have_count(0)
    assert feed_of(one) == feed_of(two)


def test_the_record_of_a_room_proves_it(
    market: LiveMarket, stage: Stage, enter_room: Callable[..., Page], tmp_path: Path
) -> None:
    async def sell(tx: Tx) -> None:
        world = World(tx)
        await world.bid(stage.sale, stage.bidders[0], 100_000)

    market.run(sell)
    page = enter_room(stage, 0)
    store(page, MAXIMUM)
    told(page, "最高限价已加密保存")
    market.run(lambda tx: World(tx).bid(stage.sale, stage.bidders[1], 120_000))
    price(page, "¥121,000")
    market.advance_clock(730)
    expect(page.locator(".result")).to_contain_text(f"{code_of(page)} 竞得")
    market.settle()
    page.get_by_role("link", name="记录与核验").click()
    shown = page.locator("table code.hash")
    expect(shown).to_have_text(re.compile("[0-9a-f]{64}"))
    with page.expect_download() as download:
        page.get_by_role("link", name="第 1 版").click()
    record = tmp_path / "record.json"
    download.value.save_as(record)
    assert verify_sale(record.read_bytes()) == []
    assert MAXIMUM.replace(",", "") not in record.read_text("utf-8")

    page.get_by_role("link", name="核对文书编号或文件哈希").click()
    page.get_by_label("竞价记录（JSON）").set_input_files(record)
    page.get_by_role("button", name="核对").last.click()
    expect(page.get_by_text("这是本平台生成的文件")).to_be_visible()
    tampered = tmp_path / "tampered.json"
    tampered.write_bytes(record.read_bytes().replace(b"12000000", b"11900000"))
    page.get_by_label("竞价记录（JSON）").set_input_files(tampered)
    page.get_by_role("button", name="核对").last.click()
    expect(page.get_by_text("没有生成过")).to_be_visible()


def test_an_amount_far_above_the_least_is_confirmed_by_itself(
    stage: Stage, enter_room: Callable[..., Page], inspect_page: Inspect
) -> None:
    page = enter_room(stage, 0)
    bid(page, "1000万")
    jump = page.locator("[data-jump]")
    expect(jump).to_contain_text("¥10,000,000.00 是最低应报金额 ¥100,000.00 的 100 倍以上")
    expect(page.get_by_label("我确认按此金额报价")).to_be_focused()
    inspect_page(page)
    page.get_by_role("button", name="确认报价").click()  # without the tick it is asked again
    expect(page.get_by_label("我确认按此金额报价")).to_be_focused()
    price(page, "¥100,000")
    bid(page, "100000")  # another amount needs no tick
    told(page, "报价已接受：¥100,000.00")


def test_a_double_click_the_keyboard_and_the_way_back(
    stage: Stage, enter_room: Callable[..., Page]
) -> None:
    page = enter_room(stage, 0)
    page.get_by_role("button", name="确认报价").dblclick()
    told(page, "报价已接受：¥100,000.00")
    expect(page.locator("[data-feed] li:not(.is-step)")).to_have_count(1)

    two = enter_room(stage, 1)
    two.keyboard.press("Tab")
    two.keyboard.press("Enter")  # to the content
    field = two.get_by_label("我的报价（元）")
    for _ in range(12):
        two.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    two.keyboard.press("PageUp")
    expect(field).to_have_value("106000")
    two.keyboard.press("ArrowDown")
    two.keyboard.press("Enter")
    told(two, "报价已接受：¥105,000.00")
    expect(field).to_be_focused()

    two.goto("/help")
    two.go_back()
    price(two, "¥105,000")
    expect(two.get_by_label("我的报价（元）")).to_have_value("106000")


def test_a_bid_and_a_maximum_without_script(
    market: LiveMarket, stage: Stage, enter_room: Callable[..., Page]
) -> None:
    page = enter_room(stage, 0, java_script_enabled=False)
    market.run(lambda tx: World(tx).bid(stage.sale, stage.bidders[1], 100_000))
    bid(page, "100000")  # what the page, old by now, still asks for
    expect(page.get_by_role("alert")).to_contain_text("报价")
    expect(page.get_by_label("我的报价（元）")).to_have_value("100000")
    bid(page, "１０．２万")
    told(page, "报价已接受：¥102,000.00")

    page.go_back()  # the form that was sent, with its key
    bid(page, "102000")
    told(page, "报价已接受：¥102,000.00")
    page.go_back()
    bid(page, "150000")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("我的报价（元）")).to_have_value("150000")
    price(page, "¥102,000")

    store(page, "90000")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("最高限价（元）")).to_have_value("90000")
    page.get_by_label("最高限价（元）").fill("120000")
    page.get_by_role("button", name="设定限价").click()
    told(page, "最高限价已加密保存")
    market.run(lambda tx: World(tx).bid(stage.sale, stage.bidders[1], 110_000))
    page.get_by_role("link", name="刷新", exact=True).click()
    price(page, "¥111,000")
    expect(page.locator("[data-my-place]")).to_have_text("您目前报价最高")


def test_a_falling_price_is_taken_without_script(
    market: LiveMarket, enter_room: Callable[..., Page]
) -> None:
    stage = stage_of(
        market, mode=BidMode.dutch, step=10_000_00, floor_minor=60_000_00, window_s=120
    )
    watching, page = enter_room(stage, 0), enter_room(stage, 1, java_script_enabled=False)
    expect(page.locator("[data-next-drop]")).to_have_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:"))
    market.advance_clock(121)
    price(watching, "¥90,000")
    expect(watching.locator("[data-asked]")).to_have_text("¥90,000")
    page.get_by_label("我确认按当前价受让").check()
    page.get_by_role("button", name="按当前价应价").click()  # the price of the old page
    expect(page.get_by_role("alert")).to_contain_text("价格已经变化")
    price(page, "¥90,000")
    page.get_by_label("我确认按当前价受让").check()
    page.get_by_role("button", name="按当前价应价").click()
    expect(page.locator(".result")).to_contain_text(f"{code_of(page)} 竞得")
    expect(watching.locator(".result")).to_contain_text("¥90,000.00")
