"""Before the close no page, no address and no row but the sale's own links a code to a party; and
none, no log line and no figure shows a maximum, a sealed bid, a hidden reserve or the chain's head.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.types import SESSION_COOKIE
from app.auctions import admitting, service
from app.auctions.types import BidMode, BidReason, ReserveKind
from app.core.actor import Actor
from app.core.tx import Tx
from app.registry import metadata
from tests.conftest import Clock
from tests.integration.test_access_table import list_routes
from tests.world import World
from tests.worlds.auctions import Sale

CODE: Final = "C931857"  # like no other text
NAME: Final = "远山隔膜材料有限公司"
# The rows of the sale itself: who bid, under which code, what he keeps.
OWN_ROWS: Final = {"lot_bidder", "bid", "lot_proxy", "lot"}
TABLES: Final = ("operator", "supervisor")  # who asks for the lists as files too
# Amounts like no other text, in 元 and as they would be written.
MAXIMUM, SEALED, RESERVE, REFUSED = 731_914, 842_617, 953_719, 627_419
WRITTEN: Final = [
    written
    for yuan in (MAXIMUM, SEALED, RESERVE, REFUSED)
    for written in (f"{yuan}", f"{yuan:,}", f"{yuan / 10_000:.2f}", f"{yuan / 10_000:.4f}")
]
ABOUT: Final = ("lots", "bids", "appl", "look", "compl", "audit", "deposit", "inbox", "deals")


async def test_nothing_links_a_code_to_a_party(
    tx: Tx,
    world: World,
    application: FastAPI,
    connection: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(admitting, "pick_code", lambda taken, _: "C200001" if taken else CODE)
    operator = await world.operator()
    sale = await world.demanding_lot(proxies=True, step=2_00)
    buyer = await world.admitted(sale, operator, NAME)
    rival = await world.admitted(sale, operator)
    await world.bid(sale, buyer, 100_000)
    assert (await world.submit(service.store_maximum, sale, rival, MAXIMUM)).accepted
    assert (await world.bid(sale, buyer, REFUSED)).reason is BidReason.off_grid
    secret = await secrets_of(world, sale)
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
    assert await find_rows(connection, [str(MAXIMUM)], [""]) == set()
    askers = {
        "stranger": world.stranger,
        "buyer": buyer.head,
        "operator": operator,
        "supervisor": await world.person(platform=["supervisor"]),
        "administrator": await world.person(platform=["administrator"]),
        "seller": sale.seller.head,
        "rival": rival.head,
    }
    seen, linked, shown = set(), [], []
    for who, actor in askers.items():
        token = await world.token(actor) if actor.signed_in else ""
        for path in paths:
            for said in [path, f"{path}?format=csv"][: 2 if who in TABLES else 1]:
                status, body = await get(application, said, token)
                assert status < 500, said
                seen |= {word for word in (CODE, NAME) if word in body}
                shown += [f"{said} as {who}: {word}" for word in secret if word in body]
                if who != "buyer" and CODE in body and (NAME in body or str(buyer.id) in body):
                    linked.append(f"{said} as {who}")
    assert seen == {CODE, NAME}, "the walk has to see both, apart from one another"
    assert linked == []
    assert shown == []
    assert [word for word in secret if word in caplog.text] == []


async def test_nothing_shows_a_sealed_bid_or_a_hidden_reserve(
    tx: Tx,
    world: World,
    application: FastAPI,
    connection: AsyncConnection,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    application.state.tx = tx
    await world.beat()
    sale = await world.lot(
        mode=BidMode.once,
        free_s=300,
        window_s=60,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=RESERVE * 100,
    )
    buyer, rival = await world.bidder(sale), await world.bidder(sale)
    await clock.advance(seconds=61)
    await world.beat()
    await world.sweep_lots()
    assert (await world.submit(service.seal_bid, sale, buyer, SEALED)).accepted
    refused = await world.submit(service.seal_bid, sale, rival, REFUSED // 10)
    assert refused.reason is BidReason.below_start
    secret = await secrets_of(world, sale)
    for amount in (SEALED, RESERVE):
        assert await find_rows(connection, [str(amount)], [""]) == set()
    room = f"/lots/{sale.number}"
    paths = [room, f"/api/v1{room}", f"/api/v1{room}/bids", "/lots", "/lots/calendar.ics"]
    paths += [f"{room}/manage", "/review/lots", "/desk/lots", f"{room}/record", "/metrics"]
    for who in (world.stranger, await world.operator(), sale.seller.head, buyer.head, rival.head):
        assert await find_shown(application, world, who, paths, secret) == []
    assert [word for word in secret if word in caplog.text] == []


async def secrets_of(world: World, sale: Sale) -> list[str]:
    """Amounts that nobody is told before the close, and the links of the chain, against which it
    could be tried whose a sealed bid is."""
    events = await world.rows(
        "SELECT hash FROM bid WHERE lot_id = :id"
        " UNION SELECT hash FROM lot_event WHERE lot_id = :id",
        id=sale.id,
    )
    return WRITTEN + [row.hash for row in events]


_NO_AMOUNT = re.compile(r"\d+\.(?!0\b)\d+(?:e[+-]?\d+)?")


async def find_shown(
    app: FastAPI, world: World, who: Actor, paths: list[str], secret: list[str]
) -> list[str]:
    """What of the secrets is to be read at one of the addresses."""
    token = await world.token(who) if who.signed_in else ""
    found = []
    for path in paths:
        status, body = await get(app, path, token)
        assert status < 500, path
        if path == "/metrics":  # the digits of a duration or a moment are anybody's
            body = _NO_AMOUNT.sub("", body)
        found += [f"{path}: {word}" for word in secret if word in body]
    return found


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
