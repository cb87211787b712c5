"""A real browser on a real market.

The browser is the one `dev.py test` found (CHROMIUM_PATH), else one of the system, else
Playwright's own. Playwright's loop stays in the main thread once it runs, so these tests come
last in each process and do their own asynchronous work in other threads.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import frontend
from tests.e2e.serving import LiveMarket, live_market

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
FLAGS = (
    "--no-sandbox",  # the tests' own pages only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
CHANGING_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
AXE = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
FIRST_HEADING = "document.querySelector('h1, h2, h3, h4, h5, h6').tagName"
OVERFLOWING = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder and run them after all others."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="session")
def market() -> Iterator[LiveMarket]:
    """A whole market on a database of its own, for all browser tests of this process."""
    with live_market() as live:
        yield live


@pytest.fixture(scope="session")
def base_url(market: LiveMarket) -> str:
    """What addresses in tests are relative to."""
    return market.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Which browser, and nothing of it that calls home."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    program = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, "args": list(FLAGS), **program}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Chinese reader far from Beijing: times must be Beijing's all the same."""
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "America/New_York",
        "viewport": {"width": 1280, "height": 900},
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script."""
    script = Path(frontend.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text("utf-8")


@pytest.fixture
def inspect_page(axe: str) -> Callable[[Page], None]:
    """Fails when the page breaks an accessibility rule or is wider than its window.

    The heading of the page comes first: what stands before it (a menu) has none of its own.

    Looked at again (another scheme, another width), only what these can change is asked again.
    """

    def inspect(page: Page) -> None:
        page.wait_for_load_state()
        first = not page.evaluate("'axe' in window")
        if first:
            assert page.evaluate(FIRST_HEADING) == "H1", page.url
            page.evaluate(axe)
        found = page.evaluate(AXE, list(RULES) if first else CHANGING_RULES)
        broken = [
            (rule["id"], [node["html"][:160] for node in rule["nodes"]])
            for rule in found["violations"]
        ]
        assert broken == [], page.url
        assert page.evaluate(OVERFLOWING) == [], page.url

    return inspect


@pytest.fixture
def open_page(
    browser: Browser, browser_context_args: dict[str, Any], base_url: str
) -> Iterator[Callable[..., Page]]:
    """Opens a page in a context of its own: `open_page("/", color_scheme="dark", width=360)`.

    Errors of scripts and of the content security policy fail the test at its end.
    """
    contexts = []
    errors: list[str] = []

    def open_it(path: str, *, width: int = 1280, **options: Any) -> Page:
        arguments = {**browser_context_args, "base_url": base_url, **options}
        arguments["viewport"] = {"width": width, "height": 900}
        context = browser.new_context(**arguments)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert errors == []
