"""The main journey on the demonstration market: find a technology, bid for it, read the deal.

With ``MARKET_SCREENSHOTS`` set to a folder the pictures of the README are taken on the way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.core.clock import SHANGHAI
from app.seed.logins import DEMO_PASSWORD
from app.seed.robots import play_robots
from tests.e2e.serving import LiveMarket, live_market

Inspect = Callable[[Page], None]


@pytest.fixture(scope="module")
def demo() -> Iterator[LiveMarket]:
    """A demonstration market of its own."""
    with live_market(demonstration=True) as live:
        yield live


class Visitor:
    """A person of the demonstration with a browser of his own."""

    def __init__(self, browser: Browser, market: LiveMarket, name: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=market.url, locale="zh-CN", reduced_motion="reduce", **options
        )
        self.page = self.context.new_page()
        if name:
            self.page.goto("/login")
            self.page.get_by_label("邮箱或手机号码").fill(f"{name}@demo.invalid")
            self.page.get_by_label("密码").fill(DEMO_PASSWORD)
            self.page.locator("form", has=self.page.get_by_label("密码")).get_by_role(
                "button", name="登录", exact=True
            ).click()
            expect(self.page.get_by_role("button", name="退出")).to_be_visible()


def picture(page: Page, name: str, *, full: bool = False) -> None:
    """One picture of the README, when they are asked for."""
    folder = os.environ.get("MARKET_SCREENSHOTS")
    if folder:
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=full)


def announce(seller: Visitor) -> str:
    """From a found achievement to its announced lot; returns the lot's address."""
    page = seller.page
    page.goto("/")
    page.locator("#home-q").fill("脱氮")
    page.locator("#home-q").press("Enter")
    picture(page, "search")
    page.locator("a[href^='/achievements/']", has_text="脱氮").first.click()
    expect(page.get_by_role("heading", name="成果简介")).to_be_visible()
    picture(page, "achievement")
    page.locator("section", has=page.get_by_role("heading", name="供给信息")).get_by_role(
        "link"
    ).first.click()
    page.get_by_role("link", name="发起竞价").click()
    page.get_by_role("radio", name=re.compile("动态报价")).check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("起始价").fill("１０万")
    page.locator("#f-step").fill("5,000.555")
    ends = datetime.now(SHANGHAI) + timedelta(minutes=10)
    page.get_by_label("自由报价结束时间").fill(ends.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="预览公告").click()
    expect(page.get_by_role("alert")).to_contain_text("小数")
    page.locator("#f-step").fill("5,000")
    page.get_by_role("button", name="预览公告").click()
    page.get_by_role("button", name="发布公告").click()
    page.wait_for_url(re.compile(r"/lots/CJ-"))
    return page.url


def bid(visitor: Visitor, yuan: str) -> None:
    visitor.page.get_by_label(re.compile("我的报价")).fill(yuan)
    visitor.page.get_by_role("button", name=re.compile("确认报价|提交报价|确认出价")).click()


def test_pictures_of_the_demonstration(demo: LiveMarket, browser: Browser) -> None:
    """The front page and the phone; the other pictures are taken on the journey."""
    demo.run(play_robots)
    visitor = Visitor(browser, demo, "")
    visitor.page.goto("/")
    expect(visitor.page.get_by_role("heading", name="最新供给")).to_be_visible()
    picture(visitor.page, "home")
    phone = Visitor(browser, demo, "", color_scheme="dark", viewport={"width": 360, "height": 740})
    phone.page.goto("/lots")
    phone.page.locator(".card a").first.click()
    expect(phone.page.locator("[data-room]")).to_be_visible()
    picture(phone.page, "room-phone-dark")
    for one in (visitor, phone):
        one.context.close()


def test_from_a_search_to_a_deal(demo: LiveMarket, browser: Browser, inspect_page: Inspect) -> None:
    seller = Visitor(browser, demo, "manager")
    one = Visitor(browser, demo, "buyer")
    # the second bidder has no JavaScript at all
    two = Visitor(browser, demo, "buyer2", java_script_enabled=False)
    address = announce(seller)
    for bidder in (one, two):
        bidder.page.goto(address)
        bidder.page.get_by_role("button", name=re.compile("报名")).click()
        expect(bidder.page.get_by_text("我的竞买代码")).to_be_visible()
    bid(one, "100000")
    expect(one.page.locator("[data-price]").first).to_have_text("¥100,000")
    two.page.reload()
    bid(two, "104,000")
    expect(two.page.get_by_role("alert")).to_contain_text("加价幅度")
    bid(two, "１１０，０００")
    expect(two.page.locator("[data-price]").first).to_have_text("¥110,000")
    # the first bidder is told without touching anything
    expect(one.page.locator("[data-price]").first).to_have_text("¥110,000", timeout=10_000)
    bid(one, "125000")
    expect(one.page.locator("[data-price]").first).to_have_text("¥125,000")
    picture(one.page, "room")
    demo.advance_clock(11 * 60)  # the free period ends
    expect(one.page.locator("[data-phase]").first).to_contain_text("限时", timeout=10_000)
    two.page.goto(address)
    bid(two, "130000")
    expect(one.page.locator("[data-price]").first).to_have_text("¥130,000", timeout=10_000)
    inspect_page(one.page)
    demo.advance_clock(3600)  # and the last cycle runs out
    expect(one.page.get_by_text("竞价结束").first).to_be_visible(timeout=15_000)
    read_the_deal(two, seller, address)
    stranger = Visitor(browser, demo, "")
    answer = stranger.page.goto(two.page.url)
    assert answer is not None
    assert answer.status == 404
    for visitor in (seller, one, two, stranger):
        visitor.context.close()


def read_the_deal(buyer: Visitor, seller: Visitor, address: str) -> None:
    """Both sides read the same deal; it says where its price comes from."""
    deadline = 20
    while deadline:
        buyer.page.goto("/desk/deals")
        if buyer.page.get_by_role("link", name=re.compile("脱氮")).count():
            break
        buyer.page.wait_for_timeout(300)
        deadline -= 1
    buyer.page.get_by_role("link", name=re.compile("脱氮")).first.click()
    expect(buyer.page.locator("#main")).to_contain_text("130,000")
    expect(buyer.page.locator("#main")).to_contain_text(address.rsplit("/", 1)[1])
    picture(buyer.page, "deal")
    seller.page.goto(buyer.page.url)
    expect(seller.page.locator("#main")).to_contain_text("130,000")


# the pages that no room's own browser test looks at
PAGES = {
    "": ["/demands", "/organisations"],
    "manager": ["/desk", "/desk/deals"],
    "inventor": ["/desk"],
    "buyer": ["/desk/demands", "/desk/demands/new"],
    "operator": ["/desk", "/review", "/review/demands", "/desk/audit"],
    "supervisor": ["/desk"],
    "administrator": ["/desk"],
}


@pytest.mark.parametrize("who", PAGES)
def test_each_role_finds_accessible_pages_that_fit_a_phone(
    demo: LiveMarket, browser: Browser, inspect_page: Inspect, who: str
) -> None:
    visitor = Visitor(browser, demo, who)
    page = visitor.page
    for path in PAGES[who]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 800})
            inspect_page(page)
    visitor.context.close()
