"""A request finds the route it would find if every router were asked, asking but the right ones."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.core.routing import narrow

REQUESTS = [
    ("GET", "/lots"),
    ("GET", "/lots/"),
    ("POST", "/lots"),
    ("PUT", "/lots"),
    ("GET", "/lots/CJ-1"),
    ("GET", "/lots/CJ-1/bids"),
    ("GET", "/lots/CJ-1/bids/9"),
    ("GET", "/lots/CJ-1/nothing"),
    ("GET", "/files/a/b/c"),
    ("GET", "/files"),
    ("GET", "/offers/mine"),
    ("GET", "/offers/own"),
    ("GET", "/offers/7/steps"),
    ("GET", "/7/steps"),
    ("GET", "/again/lots/7/bids"),
    ("GET", "/again/lots/7"),
    ("GET", "/static/no.css"),
    ("GET", "/lots%0A"),
    ("GET", "/"),
    ("GET", "/nothing"),
]


class Asked(APIRouter):
    """A router that counts how often it is asked."""

    times = 0

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        self.times += 1
        return super().matches(scope)


def make(*, narrowed: bool) -> tuple[FastAPI, list[Asked]]:
    app, lots, bids, files, offers = FastAPI(), Asked(), Asked(), Asked(), Asked(prefix="/offers")
    lots.get("/lots")(lambda: "list")
    lots.post("/lots")(lambda: "made")
    lots.get("/lots/{number}")(lambda number: f"lot {number}")
    bids.get("/lots/{number}/bids")(lambda number: f"bids of {number}")
    bids.get("/lots/{number}/bids/{seq:int}")(lambda number, seq: f"bid {seq} of {number}")
    lots.include_router(bids)
    files.get("/files/{path:path}")(lambda path: f"file {path}")
    offers.get("/mine")(lambda: "mine")
    offers.get("/{number}")(lambda number: f"offer {number}")
    offers.include_router(steps := APIRouter())
    steps.get("/{number}/steps")(lambda number: f"steps of {number}")
    routers = [files, lots, offers]
    app.include_router(bids, prefix="/again")
    for router in routers:
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[]), name="static")
    if narrowed:
        narrow(app)
    return app, routers


@pytest.fixture(scope="module")
def apps() -> tuple[FastAPI, FastAPI]:
    return make(narrowed=True)[0], make(narrowed=False)[0]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_every_request_is_answered_as_by_all_routers(
    apps: tuple[FastAPI, FastAPI], method: str, path: str
) -> None:
    narrowed, plain = [await ask(app, method, path) for app in apps]
    assert narrowed == plain


async def test_below_a_root_path_too() -> None:
    for path, status in (("/market/lots", 200), ("/market/nothing", 404)):
        app, _ = make(narrowed=True)
        assert (await ask(app, "GET", path, root_path="/market"))[0] == status


async def test_only_routers_with_such_a_path_are_asked() -> None:
    app, (files, lots, offers) = make(narrowed=True)
    assert await ask(app, "GET", "/offers/7") == (200, '"offer 7"', None)
    assert (files.times, lots.times) == (0, 0)
    assert offers.times > 0


async def test_a_router_that_holds_a_mount_is_asked_about_anything() -> None:
    app, router = FastAPI(), APIRouter()
    router.get("/outer")(lambda: "outer")
    router.routes.append(Mount("/inner", make(narrowed=True)[0]))
    app.include_router(router)
    narrow(app)
    assert await ask(app, "GET", "/inner/lots") == (200, '"list"', None)


async def ask(
    app: FastAPI, method: str, path: str, root_path: str = ""
) -> tuple[int, str, str | None]:
    transport = httpx2.ASGITransport(app=app, root_path=root_path)
    async with httpx2.AsyncClient(transport=transport, base_url="http://market.test") as client:
        answer = await client.request(method, path)
        return answer.status_code, answer.text, answer.headers.get("location")
