"""Search in a real browser: by keyboard, with and without script, side by side, on paper."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.world import World

OpenPage = Callable[..., Page]
InspectPage = Callable[[Page], None]


@dataclass
class Shelf:
    """Numbers of what these tests look for."""

    first: str
    second: str


@pytest.fixture(scope="module")
def shelf(market: LiveMarket) -> Shelf:
    return market.run(build)


async def build(tx: Tx) -> Shelf:
    world = World(tx)
    org = await world.organisation("南湖学院", kind="university")
    first = await world.achievement(org, title="鲸蜡醇微胶囊相变储热砖", trl=7)
    second = await world.achievement(org, title="鲸蜡醇相变纤维纺丝方法", trl=4)
    await world.offer(org, first)
    return Shelf(first.number, second.number)


def look(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look."""
    if folder := os.environ.get("MARKET_LOOK"):
        page.screenshot(path=Path(folder) / f"search-{name}.png", full_page=True)


def test_from_a_word_to_a_comparison(
    shelf: Shelf, open_page: OpenPage, inspect_page: InspectPage
) -> None:
    page = open_page("/")
    field = page.get_by_label("检索词")
    field.press_sequentially("鲸蜡醇")
    option = page.get_by_role("option", name="鲸蜡醇微胶囊相变储热砖")
    expect(option.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "home-q-list-0")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option").first).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    field = page.get_by_label("检索词")
    assert field.input_value().startswith("鲸蜡醇")

    page.goto("/search?q=鲸蜡醇")
    expect(page.get_by_role("status").first).to_contain_text("共 3 条")
    inspect_page(page)
    look(page, "results")
    page.get_by_label("TRL 7–9").check()
    page.get_by_role("button", name="应用筛选").click()
    expect(page.get_by_role("status").first).to_contain_text("共 2 条")
    page.get_by_role("link", name="去掉条件 成熟度 TRL 7–9").click()
    expect(page.get_by_role("status").first).to_contain_text("共 3 条")

    page.locator(f"input[value='achievement:{shelf.first}']").check()
    expect(page.get_by_text("已选 1 项对比")).to_be_visible()
    page.goto("/search?q=鲸蜡醇 纺丝")  # what is ticked stays
    page.get_by_label("对比 鲸蜡醇相变纤维纺丝方法").check()
    expect(page.get_by_text("已选 2 项对比")).to_be_visible()
    page.get_by_role("button", name="对比").click()
    compared(page, shelf, inspect_page)
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)
    look(page, "compare-360")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="移除").first).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_same_without_script(
    shelf: Shelf, open_page: OpenPage, inspect_page: InspectPage
) -> None:
    page = open_page("/search?q=鲸蜡醇", java_script_enabled=False)
    page.get_by_label("TRL 7–9").check()
    page.get_by_role("button", name="应用筛选").click()
    page.get_by_role("link", name="去掉条件 成熟度 TRL 7–9").click()
    expect(page.get_by_role("status").first).to_contain_text("共 3 条")
    page.locator(f"input[value='achievement:{shelf.first}']").check()
    page.locator(f"input[value='achievement:{shelf.second}']").check()
    page.get_by_role("button", name="对比").click()
    compared(page, shelf, None)
    page.get_by_role("link", name="移除 鲸蜡醇微胶囊相变储热砖").click()
    expect(page.locator("thead th")).to_have_count(1)


def test_an_empty_answer_shows_ways_on(open_page: OpenPage, inspect_page: InspectPage) -> None:
    page = open_page("/search?q=鲸蜡醇&region=540000&trl=1-3", color_scheme="dark", width=360)
    expect(page.get_by_role("heading", name="可以这样试试")).to_be_visible()
    inspect_page(page)
    look(page, "nothing-dark-360")
    page.get_by_role("link", name="去掉全部条件").click()
    expect(page.get_by_role("status").first).to_contain_text("共 3 条")


def compared(page: Page, shelf: Shelf, inspect_page: InspectPage | None) -> None:
    """Both stand side by side, what differs is marked, and nothing else can be shown."""
    expect(page.locator("thead th")).to_have_count(2)
    row = page.get_by_role("row", name="技术成熟度")
    expect(row).to_contain_text("TRL 7")
    expect(row).to_contain_text("TRL 4")
    expect(row).to_contain_text("不同")
    expect(page.get_by_text(shelf.second)).to_be_visible()
    if inspect_page:
        inspect_page(page)
        look(page, "compare")
    page.get_by_role("link", name="只看不同").click()
    expect(page.get_by_role("row", name="权利单位")).to_have_count(0)
    expect(page.get_by_role("row", name="技术成熟度")).to_be_visible()
