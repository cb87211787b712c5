"""A demonstration market that is attacked, and a way in for each of its roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from app.accounts.types import SESSION_COOKIE
from app.seed.logins import DEMO_PASSWORD, demo_logins
from tests.e2e.serving import LiveMarket, live_market

STRANGER = "stranger"
ROLES = (STRANGER, *(one.identifier.partition("@")[0] for one in demo_logins()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Minutes long in all, so not in the suite: ``make fuzz``."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.fuzz)


@pytest.fixture(scope="session")
def market() -> Iterator[LiveMarket]:
    """The market under attack, with the demonstration's content."""
    with live_market(demonstration=True) as live:
        yield live


@pytest.fixture(scope="session")
def log_in(market: LiveMarket) -> Iterator[Callable[[str], httpx2.Client]]:
    """A client of one role, as a browser of this site would send its requests."""
    opened = ExitStack()

    def enter(role: str) -> httpx2.Client:
        language = ("zh", "en")[ROLES.index(role) % 2]
        client = opened.enter_context(
            httpx2.Client(
                base_url=market.url,
                headers={"Origin": market.url, "Accept-Language": language},
                timeout=30,
            )
        )
        if role != STRANGER:
            form = {"identifier": f"{role}@demo.invalid", "password": DEMO_PASSWORD}
            answer = client.post("/login", data=form)
            assert answer.status_code == 303, f"{role}: {answer.status_code}"
            assert client.cookies[SESSION_COOKIE]
        return client

    with opened:
        yield enter
