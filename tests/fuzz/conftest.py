"""A demonstration market that is attacked, and a way in for each of its roles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from app.accounts import service as accounts
from app.accounts.scopes import SCOPES
from app.accounts.types import SESSION_COOKIE
from app.core.tx import UnitOfWork
from app.seed.logins import DEMO_PASSWORD, demo_logins
from tests.e2e.serving import LiveMarket, live_market

STRANGER = "stranger"
TOKEN, NARROW_TOKEN = "token", "narrow-token"  # of the manager: all scopes, and one
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

    def make_token(client: httpx2.Client, scopes: Collection[str]) -> str:
        async def make(uow: UnitOfWork) -> str:
            actor = await accounts.resolve_actor(uow, client.cookies[SESSION_COOKIE])
            made = await accounts.create_token(
                uow,
                actor=actor,
                name="attack",
                organisation_id=actor.organisation_id,
                scopes=scopes,
                days=1,
                key=f"attack-{len(scopes)}",
            )
            assert made.secret
            return made.secret

        return market.run(lambda tx: tx.run(make))

    def enter(role: str) -> httpx2.Client:
        language = ("zh", "en")[len(role) % 2]
        client = opened.enter_context(
            httpx2.Client(
                base_url=market.url,
                headers={"Origin": market.url, "Accept-Language": language},
                timeout=30,
            )
        )
        if role in {TOKEN, NARROW_TOKEN}:
            secret = make_token(enter("manager"), SCOPES if role == TOKEN else ["inbox:read"])
            client.headers["Authorization"] = f"Bearer {secret}"
        elif role != STRANGER:
            form = {"identifier": f"{role}@demo.invalid", "password": DEMO_PASSWORD}
            answer = client.post("/login", data=form)
            assert answer.status_code == 303, f"{role}: {answer.status_code}"
            assert client.cookies[SESSION_COOKIE]
        return client

    with opened:
        yield enter
