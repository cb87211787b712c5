"""A bank in this process: its own file, a clock that the test moves, a webhook that it plays."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.bank.book import Book
from app.bank.keys import Keys
from app.bank.outbox import SECOND
from app.bank.sending import Sender
from app.bank.web import make_bank

NOON = 1_795_579_200 * SECOND  # 2026-11-25 12:00 in Shanghai
DAY = "2026-11-25"
BUYER = ("无锡精工机械有限公司", "6222020200112233445")


class Clock:
    """The bank's clock, which stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


class Webhook(httpx2.AsyncBaseTransport):
    """The market's side: keeps what it took; answers what ``statuses`` says, then 200."""

    def __init__(self, public_key: str) -> None:
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        self.statuses: list[int] = []
        self.taken: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        stamp, event = request.headers["Bank-Timestamp"], request.headers["Bank-Event"]
        signature = base64.b64decode(request.headers["Bank-Signature"])
        self.key.verify(signature, f"{stamp}.{event}.".encode() + body)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise httpx2.ConnectError("gone")
        told = json.loads(body)
        assert told["event"] == event
        if status == 200:
            self.taken.append(told)
        return httpx2.Response(status)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [told["data"] for told in self.taken if told["type"] == kind]


class Bank:
    """One bank; ``reopen`` is what a kill and a new start leave."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.keys = Keys.at(folder)
        self.webhook = Webhook(self.keys.public)
        self.open()

    def open(self) -> None:
        self.book = Book(self.folder, clock=self.clock)
        # why: no test pulls the plug, and a disk that others use makes each commit wait
        self.book._db.execute("PRAGMA synchronous = OFF")
        keys = Keys.at(self.folder)
        self.sender = Sender(self.book, keys, "http://market/webhook", self.webhook)
        transport = httpx2.ASGITransport(make_bank(self.book, keys), raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(
            transport=transport,
            base_url="http://bank",
            headers={"Authorization": f"Bearer {keys.token}"},
        )

    def reopen(self) -> None:
        self.book.close()
        self.open()

    async def post(self, path: str, body: object, key: str = "") -> httpx2.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self.http.post(path, json=body, headers=headers)

    async def switch(self, **switches: object) -> None:
        answer = await self.http.put("/v1/switches", json=switches)
        assert answer.status_code == 200, answer.text

    async def order(self, number: str = "ZF-2026-000001", amount: int = 5_000_000) -> Any:
        answer = await self.post("/v1/orders", an_order(number, amount))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def pay(self, path: str = "/counter", **typed: str) -> httpx2.Response:
        """At the counter; every field can be typed anew."""
        form = {
            "key": uuid.uuid4().hex,
            "payer_name": BUYER[0],
            "payer_account": BUYER[1],
            "amount": "50,000.00",
        }
        return await self.http.post(path, data=form | typed)

    async def receive(self, amount: str = "50,000.00") -> str:
        """Have a paid order; the bank number of its payment."""
        number = f"ZF-{uuid.uuid4().hex[:8]}"
        order = await self.order(number)
        assert (await self.pay(order["counter_path"], amount=amount)).status_code == 303
        paid = (await self.http.get(f"/v1/orders/{number}")).json()["payments"]
        return str(paid[-1]["bank_number"])

    async def statement(self, day: str = DAY, **query: str) -> Any:
        answer = await self.http.get(f"/v1/statements/{day}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def an_order(number: str = "ZF-2026-000001", amount: int = 5_000_000) -> dict[str, Any]:
    return {
        "number": number,
        "amount_minor": amount,
        "purpose": "竞价保证金 CJ-2026-000123",
        "expires_at": "2026-11-25T17:00:00+08:00",
    }


def a_refund(payment: str, number: str = "TK-000001", amount: int = 5_000_000) -> dict[str, Any]:
    return {
        "number": number,
        "kind": "refund",
        "payment_number": payment,
        "amount_minor": amount,
        "reason": "未竞得，退还保证金",
    }


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    made = Bank(tmp_path / "bank")
    yield made
    await made.http.aclose()
    made.book.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
