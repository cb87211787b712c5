"""Two companies bid for one lot in real browsers until the clock runs out, and read the deal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app.accounts.types import SESSION_COOKIE
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.e2e.test_accounts import enter, inspect_everywhere
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale

OpenPage = Callable[..., Page]
Inspect = Callable[[Page], None]


@dataclass(frozen=True)
class Stage:
    """A lot in its free period, and two companies that have not joined yet."""

    sale: Sale
    wang: Org
    li: Org

    @property
    def path(self) -> str:
        return f"/lots/{self.sale.number}"


@pytest.fixture
def stage(market: LiveMarket) -> Stage:
    async def build(tx: Tx) -> Stage:
        world = World(tx)
        sale = await world.lot(free_s=600, window_s=120)
        wang, li = await world.organisation("王氏工业"), await world.organisation("李家材料")
        return Stage(sale, wang, li)

    return market.run(build)


def join(page: Page, market: LiveMarket, stage: Stage, org: Org) -> str:
    """Join as an organisation; answers its code."""
    enter(page, market, org.head)
    page.goto(stage.path)
    page.get_by_role("button", name="报名参与竞价").click()
    expect(page.get_by_text("报名成功")).to_be_visible()
    return page.locator("[data-room]").get_attribute("data-me") or ""


def bid(page: Page, amount: str) -> None:
    page.get_by_label("我的报价（元）").fill(amount)
    page.get_by_role("button", name="确认报价").click()


def test_two_companies_bid_until_the_clock_runs_out(
    market: LiveMarket, stage: Stage, open_page: OpenPage
) -> None:
    wang, li = open_page(stage.path), open_page(stage.path)
    wang_code, li_code = join(wang, market, stage, stage.wang), join(li, market, stage, stage.li)
    expect(li.locator("[data-conn]")).to_have_text("实时连接正常")

    bid(wang, "100,000")
    expect(wang.locator("[data-told]")).to_contain_text("报价已接受：¥100,000.00")
    expect(li.locator("[data-price]")).to_have_text("¥100,000")
    expect(li.locator("[data-leader]")).to_have_text(wang_code)

    bid(li, "107000")
    expect(li.locator("[data-bid-result]").first).to_contain_text("整数倍")
    expect(li.get_by_label("我的报价（元）")).to_have_value("107000")
    bid(li, "１０．５万")
    expect(li.locator("[data-told]")).to_contain_text("报价已接受：¥105,000.00")
    expect(wang.locator("[data-price]")).to_have_text("¥105,000")

    market.advance_clock(600)  # the free period is over
    expect(wang.locator("[data-phase]")).to_have_text("限时报价期，距本轮结束", timeout=15_000)
    bid(li, "110000")  # his own is the highest: refused, and told to nobody
    expect(li.locator("[data-bid-result]").first).to_contain_text("您已是当前最高报价人")
    bid(wang, "115000")
    expect(li.locator("[data-price]")).to_have_text("¥115,000")
    expect(li.locator("[data-feed] li:not(.is-step)")).to_have_count(3)

    market.advance_clock(125)  # nobody bids for a whole cycle
    expect(li.locator(".result")).to_contain_text(f"{wang_code} 竞得", timeout=20_000)
    assert li_code not in (wang_code, "")

    market.settle()  # the deal opens when the award is heard
    wang.reload()
    expect(wang.get_by_role("link", name="查看交易")).to_be_visible()
    wang.get_by_role("link", name="查看交易").click()
    expect(wang.locator("main")).to_contain_text("¥115,000")
    expect(wang.locator("main")).to_contain_text("王氏工业")
    li.reload()
    expect(li.get_by_role("link", name="查看交易")).to_have_count(0)


def test_bidding_works_without_script(
    market: LiveMarket, stage: Stage, open_page: OpenPage
) -> None:
    page = open_page(stage.path, java_script_enabled=False)
    join(page, market, stage, stage.wang)
    bid(page, "99")
    expect(page.get_by_role("alert")).to_contain_text("报价低于起始价")
    expect(page.get_by_label("我的报价（元）")).to_have_value("99")
    bid(page, "12万")
    expect(page.get_by_role("status").filter(has_text="报价已接受")).to_be_visible()
    expect(page.locator("[data-price]")).to_have_text("¥120,000")


def test_the_room_the_lists_and_the_deal_are_accessible(
    market: LiveMarket, stage: Stage, open_page: OpenPage, inspect_page: Inspect
) -> None:
    async def make_deal(tx: Tx) -> str:
        return await World(tx).deal(stage.sale.seller, stage.wang)

    deal = market.run(make_deal)
    page = open_page("/lots")
    inspect_everywhere(page, inspect_page)
    page.goto("/lots/rules/2026-1")
    inspect_everywhere(page, inspect_page)
    join(page, market, stage, stage.wang)
    inspect_everywhere(page, inspect_page)
    page.goto("/lots/calendar")
    inspect_everywhere(page, inspect_page)
    for path in ("/desk/bids", "/desk/lots", "/desk/deals", f"/deals/{deal}"):
        page.goto(path)
        inspect_everywhere(page, inspect_page)
    page.context.clear_cookies(name=SESSION_COOKIE)
    enter(page, market, stage.sale.seller.head)
    for path in (
        "/desk/lots/new",
        "/desk/lots/new?mode=WEIGHTED",
        "/desk/lots/new?mode=AUCTION",
        f"{stage.path}/manage",
    ):
        page.goto(path)
        inspect_everywhere(page, inspect_page)
