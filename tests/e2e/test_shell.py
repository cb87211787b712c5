"""The frame of every page in a real browser: accessible, narrow, dark, printed, without script."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, Route, expect

OpenPage = Callable[..., Page]
PAGES = ("/", "/search?q=%E9%9A%94%E8%86%9C", "/help", "/help/agent", "/login", "/nowhere")
NAMES: Final = [f"锂电池隔膜涂布装备{at}" for at in range(1, 9)]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible_and_fit(
    open_page: OpenPage, inspect_page: Callable[[Page], None], path: str
) -> None:
    page = open_page(path)
    inspect_page(page)
    page.emulate_media(color_scheme="dark")
    inspect_page(page)
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)


def test_the_theme_is_kept(open_page: OpenPage) -> None:
    page = open_page("/help")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="深色显示").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_theme_and_language_without_script(open_page: OpenPage) -> None:
    page = open_page("/help", java_script_enabled=False)
    page.get_by_role("button", name="深色显示").click()
    expect(page).to_have_url("/help")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_attribute("data-type", "large")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/search?q=%E9%9A%94%E8%86%9C", "/login"])
def test_large_type_fits_a_phone(
    open_page: OpenPage, inspect_page: Callable[[Page], None], path: str
) -> None:
    page = open_page(path)
    usual = page.evaluate("getComputedStyle(document.body).fontSize")
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("body")).to_have_css("font-size", "20px")
    assert usual == "16px"
    inspect_page(page)
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)


def test_print_keeps_the_content_only(open_page: OpenPage) -> None:
    page = open_page("/help/agent")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="企业经办人")).to_be_visible()
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.locator(".account")).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_keyboard_skips_to_the_content(open_page: OpenPage) -> None:
    page = open_page("/help")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_search_from_the_front_page(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_label("检索词").fill("' OR 龘=龘 -- 😀")
    page.get_by_role("button", name="检索").click()
    expect(page.get_by_role("status")).to_contain_text("没有找到")
    expect(page.get_by_label("检索词")).to_have_value("' OR 龘=龘 -- 😀")


def test_suggestions_come_while_typing(open_page: OpenPage) -> None:
    page = open_page("/help")
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"suggestions": ["锂电池 隔膜", "<b>锂电池</b>"]})

    page.route("**/search/suggest*", answer)
    page.locator("#site-q").press_sequentially("锂电")
    options = page.get_by_role("option")
    expect(options).to_have_text(["锂电池 隔膜", "<b>锂电池</b>"])
    assert len(asked) <= 2
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(page.locator("#site-q")).to_have_value("锂电")


def test_all_suggestions_can_be_read_on_the_home_page(open_page: OpenPage) -> None:
    page = open_page("/")
    page.route("**/search/suggest*", lambda route: route.fulfill(json={"suggestions": NAMES}))
    page.locator("main input[name=q]").press_sequentially("锂电")
    expect(page.get_by_role("option")).to_have_text(NAMES)
    ink, paper, seen = (
        page.get_by_role("option")
        .nth(4)
        .evaluate("""option => {
        const box = option.getBoundingClientRect();
        return [
            getComputedStyle(option).color,
            getComputedStyle(option.parentElement).backgroundColor,
            document.elementFromPoint(box.x + 10, box.y + 10) === option,
        ];
    }""")
    )
    assert ink != paper
    assert seen


def test_a_form_goes_off_once(open_page: OpenPage) -> None:
    page = open_page("/login")
    sent = page.evaluate(
        """() => {
            let sent = 0;
            addEventListener('submit', event => {
                if (!event.defaultPrevented) sent++;
                event.preventDefault();
            });
            const button = document.querySelector('main button[type=submit]');
            button.click();
            button.click();
            return sent;
        }"""
    )
    assert sent == 1
    expect(page.locator("main button[type=submit]")).to_have_text("正在提交…")
