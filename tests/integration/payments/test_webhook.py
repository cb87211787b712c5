"""The bank's address: signature first, freshness, the same message once, clear answers."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from app.payments.bank_signing import load_key
from tests.conftest import Clock
from tests.world import World

PATH = "/payments/webhooks/bank"
BANK = Ed25519PrivateKey.from_private_bytes(b"w" * 32)


@pytest.fixture(autouse=True)
def bank_key(application: FastAPI) -> Iterator[None]:
    before = application.state.bank_key
    raw = BANK.public_key().public_bytes_raw()
    application.state.bank_key = load_key(base64.b64encode(raw).decode())
    yield
    application.state.bank_key = before


def message(event: str = "event-0001", **data: Any) -> bytes:
    said = {
        "bank_number": "B-1",
        "order_number": None,
        "amount_minor": 100,
        "payer_name": "陌生公司",
        "payer_account": "1100006007018001",
        "arrived_at": "2026-11-25T10:00:00+08:00",
        "remark": "",
    } | data
    return json.dumps({"event": event, "type": "payment.received", "data": said}).encode()


def headers(body: bytes, *, event: str = "event-0001", off_s: int = 0) -> dict[str, str]:
    stamp = str(int(time.time()) + off_s)
    signature = BANK.sign(f"{stamp}.{event}.".encode() + body)
    return {
        "Bank-Timestamp": stamp,
        "Bank-Event": event,
        "Bank-Signature": base64.b64encode(signature).decode(),
        "Content-Type": "application/json",
    }


async def send(client: httpx2.AsyncClient, body: bytes, **given: Any) -> httpx2.Response:
    """As a bank sends it: no origin, no cookie."""
    del client.headers["Origin"]
    answer = await client.post(PATH, content=body, headers=headers(body, **given))
    client.headers["Origin"] = "http://market.test"
    return answer


async def test_a_message_is_taken_once(client: httpx2.AsyncClient, world: World) -> None:
    body = message()
    first = await send(client, body)
    assert (first.status_code, first.json()) == (200, {"event": "event-0001", "new": True})
    again = await send(client, body)
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert await world.count("receipt") == 1
    await world.assert_even()


async def test_a_wrong_signature_is_refused_before_anything_is_read(
    client: httpx2.AsyncClient, world: World
) -> None:
    body = message()
    signed = headers(body)
    for changed in (
        {"Bank-Signature": "AAAA"},
        {"Bank-Event": "event-0002"},
        {"Bank-Timestamp": str(int(time.time()) - 1)},
    ):
        answer = await client.post(PATH, content=body, headers=signed | changed)
        assert answer.status_code == 400
        assert answer.json()["code"] == "bank-signature-wrong"
    without = await client.post(PATH, content=b"{" * 1000)
    assert (without.status_code, without.json()["code"]) == (400, "bank-signature-wrong")
    assert await world.count("bank_event") == 0
    assert await world.count("receipt") == 0


async def test_old_and_future_messages_are_refused_by_the_real_clock(
    client: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await clock.advance(days=30)  # a demonstration's clock is not the bank's
    for off_s in (-301, 320):
        answer = await send(client, message(), off_s=off_s)
        assert (answer.status_code, answer.json()["code"]) == (400, "bank-event-stale")
    assert await world.count("bank_event") == 0
    assert (await send(client, message(), off_s=-290)).status_code == 200


async def test_what_cannot_be_read_or_contradicts_gets_a_clear_answer(
    client: httpx2.AsyncClient, world: World
) -> None:
    broken = await send(client, b"\xff not json")
    assert (broken.status_code, broken.json()["code"]) == (400, "bank-event-unreadable")
    huge = await send(client, message(amount_minor=10**30))
    assert (huge.status_code, huge.json()["code"]) == (400, "bank-event-unreadable")
    assert (await send(client, message())).status_code == 200
    other = await send(client, message(amount_minor=200))
    assert (other.status_code, other.json()["code"]) == (409, "bank-event-contradicts")
    assert await world.count("receipt") == 1
    (said,) = await world.rows("SELECT count(*) FROM audit_entry WHERE action LIKE '%contradicts'")
    assert said[0] == 1, "written down for people to look at"
    too_long = await send(client, b"x" * 70_000)
    assert too_long.status_code == 413


async def test_an_arrival_cannot_be_moved_to_another_order(
    client: httpx2.AsyncClient, world: World
) -> None:
    operator, org = await world.operator(), await world.organisation()
    first, second = await world.order(org), await world.order(org)
    assert (await send(client, message(order_number=first.number))).status_code == 200
    moved = message("event-0002", order_number=second.number)
    answer = await send(client, moved, event="event-0002")
    assert (answer.status_code, answer.json()["code"]) == (409, "bank-event-contradicts")
    (row,) = await world.rows("SELECT order_id FROM receipt")
    assert row.order_id == first.id
    told = "SELECT subject FROM inbox_message WHERE person_id = :id AND kind = :kind"
    kind = "payments.bank_contradicts"
    assert len(await world.rows(told, id=operator.person_id, kind=kind)) == 1
    # what names a lot or an order that there is not goes back like any unknown arrival
    other = message("event-0003", bank_number="B-2", order_number="CJ-2026-000123")
    assert (await send(client, other, event="event-0003")).status_code == 200
    (kept,) = await world.rows("SELECT kind, state FROM receipt WHERE reference = 'B-2'")
    assert tuple(kept) == ("unknown", "returning")
    await world.assert_even()


async def test_a_market_without_a_bank_believes_nobody(
    client: httpx2.AsyncClient, application: FastAPI, world: World
) -> None:
    application.state.bank_key = None
    assert (await send(client, message())).status_code == 400
    assert await world.count("bank_event") == 0
