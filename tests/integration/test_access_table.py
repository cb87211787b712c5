"""Walks every route of the running application with every role and a stranger."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.routing import Mount

from app.accounts.types import SESSION_COOKIE
from app.core.actor import Actor
from app.core.settings import Settings
from app.core.tx import Tx
from app.main import create_app
from tests.access.rows import CAST, Row, Stage
from tests.access_table import BY_OFFICE, OWN_AFFAIRS, ROOMS, TABLE, build_stage
from tests.world import World

PARTS = 2  # two processes share the walk; each builds the stage anew


def list_routes(app: FastAPI) -> Iterator[str]:
    """``METHOD /path`` of everything the application answers."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            yield f"MOUNT {route.original_route.path}"
            continue
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {route.path}"


def rows_of(route: str) -> list[Row]:
    found = TABLE[route]
    return found if isinstance(found, list) else [found]


def test_every_route_has_a_row_and_every_row_a_route(settings: Settings, tx: Tx) -> None:
    routes = set(list_routes(create_app(settings, tx=tx)))
    assert sorted(routes - TABLE.keys()) == [], "routes without a line in tests/access"
    assert sorted(TABLE.keys() - routes) == [], "lines of tests/access without a route"


def test_rows_name_the_cast_and_supervisors_only_read() -> None:
    assert len(TABLE) == sum(len(room.ROWS) for room in ROOMS), "two rooms have the same route"
    for route in TABLE:
        for line in rows_of(route):
            assert line.may <= CAST, route
            assert {line.stranger, line.others} <= {401, 403, 404}, route
            if not route.startswith(("GET ", "MOUNT ")) and route not in OWN_AFFAIRS | BY_OFFICE:
                assert "supervisor" not in line.may, f"{route}: a supervisor would write"


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_role_gets_what_the_table_says(
    settings: Settings, tx: Tx, world: World, connection: AsyncConnection, part: int
) -> None:
    app = create_app(settings, tx=tx)
    remember_askers(app)
    stage = await build_stage(world)
    tokens = {
        who: await world.token(actor) if actor.signed_in else ""
        for who, actor in stage.cast.items()
    }
    assert tokens.keys() == CAST
    wrong = []
    for route in sorted(set(list_routes(app)) & TABLE.keys())[part::PARTS]:
        if route.startswith("MOUNT "):
            continue
        for line in rows_of(route):
            for who, token in tokens.items():
                # what a request writes is undone, so that every role meets the same objects
                savepoint = None if route.startswith("GET ") else await connection.begin_nested()
                status, got = await ask(app, route, line, stage, token)
                if savepoint is not None:
                    await savepoint.rollback()
                if got != line.expected(who):
                    wanted, at = line.expected(who) or "to get through", dict(line.parameters)
                    wrong.append(f"{route} {at} as {who}: {status}, not {wanted}")
    assert wrong == []


def remember_askers(app: FastAPI) -> None:
    """Resolve each session once: the walk asks hundreds of times, and rolls back what it wrote."""
    authenticate = app.state.authenticate
    known: dict[str, Actor] = {}

    async def remembered(request: Request) -> Actor:
        token = request.cookies.get(SESSION_COOKIE, "")
        if token not in known:
            known[token] = await authenticate(request)
        return known[token]

    app.state.authenticate = remembered


async def ask(app: FastAPI, route: str, line: Row, stage: Stage, token: str) -> tuple[int, int]:
    """Send one request; returns the status, and the refusal it means (0: got through)."""
    method, path = route.split(" ", 1)
    path = re.sub(
        r"\{(\w+)(?::\w+)?\}", lambda found: stage.examples[line.parameters[found[1]]], path
    )
    body, kind = b"", b"application/x-www-form-urlencoded"
    if method != "GET" and line.json is not None:
        body, kind = json.dumps(stage.fill(line.json)).encode(), b"application/json"
    elif method != "GET":
        body = urlencode(stage.fill(line.form)).encode()
    headers = [
        (b"host", b"market.test"),
        (b"origin", b"http://market.test"),
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"idempotency-key", b"access-table-key"),
    ]
    if token:
        headers.append((b"cookie", f"{SESSION_COOKIE}={token}".encode()))
    status, sent = await call(app, method, path, headers, body, stop_early=line.stream)
    to_login = sent.get(b"location", b"").startswith(b"/login?next=")
    if to_login:
        return status, 401
    refused = status in {401, 403, 404, 405} or status >= 500
    # why: a login that fails is a 401 of its own kind; nobody is asked to sign in first
    return status, status if refused else 0


async def call(
    app: FastAPI,
    method: str,
    path: str,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    *,
    stop_early: bool,
) -> tuple[int, dict[bytes, bytes]]:
    """One request over plain ASGI; of an endless answer only the beginning is read."""
    started: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and not started.done():
            started.set_result(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("market.test", 80),
        "state": {},
    }
    running = asyncio.ensure_future(app(scope, receive, send))
    if stop_early:
        running.add_done_callback(lambda _: started.done() or started.cancel())
        await asyncio.wait({started})
        running.cancel()
    finished = (await asyncio.gather(running, return_exceptions=True))[0]
    if not started.done():
        raise AssertionError(f"{method} {path} answered nothing") from finished
    message = started.result()
    return message["status"], dict(message["headers"])
