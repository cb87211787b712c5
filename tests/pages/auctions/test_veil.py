"""Before the close no page, no address and no row but the sale's own links a code to a party."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.types import SESSION_COOKIE
from app.auctions import admitting, service
from app.core.tx import Tx
from app.registry import metadata
from tests.integration.test_access_table import list_routes
from tests.world import World

CODE: Final = "C931857"  # like no other text
NAME: Final = "远山隔膜材料有限公司"
# The rows of the sale itself: who bid, under which code, what he keeps.
OWN_ROWS: Final = {"lot_bidder", "bid", "lot_proxy", "lot"}
TABLES: Final = ("operator", "supervisor")  # who asks for the lists as files too
ABOUT: Final = ("lots", "bids", "appl", "look", "compl", "audit", "deposit", "inbox", "deals")


async def test_nothing_links_a_code_to_a_party(
    tx: Tx,
    world: World,
    application: FastAPI,
    connection: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(admitting, "pick_code", lambda taken, _: "C200001" if taken else CODE)
    operator = await world.operator()
    sale = await world.demanding_lot()
    buyer = await world.admitted(sale, operator, NAME)
    rival = await world.admitted(sale, operator)
    await world.bid(sale, buyer, 100_000)
    await world.bid(sale, rival, 105_000)
    application_id = (await tx.run(service.list_own_applications, actor=buyer.head)).items[0].id
    assert await find_rows(connection, [CODE], [str(buyer.id), NAME]) <= OWN_ROWS
    # nor does the instant of a decision lead to a code: no line of the audit trail says one
    assert await find_rows(connection, [CODE], [sale.number]) & {"audit_entry", "fact"} == set()

    application.state.tx = tx
    paths = [
        path.replace("{number}", sale.number).replace("{application_id}", str(application_id))
        for method, path in (route.split(" ", 1) for route in list_routes(application))
        if method == "GET" and any(word in path for word in ABOUT) and "events" not in path
    ]
    paths = sorted({path for path in paths if "{" not in path})
    assert f"/lots/{sale.number}" in paths
    assert f"/review/applications/{application_id}" in paths
    askers = {
        "stranger": world.stranger,
        "operator": operator,
        "supervisor": await world.person(platform=["supervisor"]),
        "administrator": await world.person(platform=["administrator"]),
        "seller": sale.seller.head,
        "rival": rival.head,
    }
    seen, linked = set(), []
    for who, actor in askers.items():
        token = await world.token(actor) if actor.signed_in else ""
        for path in paths:
            for said in [path, f"{path}?format=csv"][: 2 if who in TABLES else 1]:
                status, body = await get(application, said, token)
                assert status < 500, said
                seen |= {word for word in (CODE, NAME) if word in body}
                if CODE in body and (NAME in body or str(buyer.id) in body):
                    linked.append(f"{said} as {who}")
    assert seen == {CODE, NAME}, "the walk has to see both, apart from one another"
    assert linked == []


async def find_rows(connection: AsyncConnection, every: list[str], one_of: list[str]) -> set[str]:
    """Tables with a row that says all of the first words and one of the second."""
    found = set()
    for table in metadata.tables:
        query = f'SELECT 1 FROM "{table}" AS t WHERE ' + " AND ".join(
            f"t::text LIKE '%{word}%'" for word in every
        )
        query += " AND (" + " OR ".join(f"t::text LIKE '%{word}%'" for word in one_of) + ")"
        if (await connection.execute(text(f"{query} LIMIT 1"))).first():
            found.add(table)
    return found


async def get(app: FastAPI, path: str, token: str) -> tuple[int, str]:
    """The status and the whole text of one answer."""
    body: list[bytes] = []
    address, _, query = path.partition("?")
    headers = [(b"host", b"market.test")]
    if token:
        headers.append((b"cookie", f"{SESSION_COOKIE}={token}".encode()))
    incoming = [{"type": "http.request", "body": b"", "more_body": False}]
    status: list[int] = []

    async def receive() -> Any:
        if incoming:
            return incoming.pop()
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
        body.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": address, "raw_path": address.encode(),
        "query_string": query.encode(), "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 50000), "server": ("market.test", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    return status[0], b"".join(body).decode("utf-8", "replace")
