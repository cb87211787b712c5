"""Keys, repeats, webhooks: what both sides may rely on when something goes wrong between them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from app.bank import booking
from app.bank.book import Book, BookInUse
from app.bank.keys import Keys
from app.bank.schemas import OrderIn
from tests.integration.bank.conftest import Bank, a_refund, an_order


async def rounds(bank: Bank, seconds: float = 70, step: float = 0.5) -> None:
    """Let the bank's clockwork go on while its clock runs."""
    for _ in range(int(seconds / step)):
        while await bank.sender.go_round():
            pass
        bank.clock.move(step)


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic x", "Bearer 令牌"])
async def test_nobody_asks_without_the_token(bank: Bank, token: str) -> None:
    headers = {b"Authorization": token.encode()}
    for method, path in (
        ("GET", "/v1/orders/ZF-1"),
        ("POST", "/v1/orders"),
        ("POST", "/v1/payouts"),
        ("GET", "/v1/statements/2026-11-25"),
        ("PUT", "/v1/switches"),
        ("POST", "/v1/switches/entries"),
    ):
        answer = await bank.http.request(method, path, headers=headers, content=b"{")
        assert answer.status_code == 401, (method, path)
        assert answer.json()["code"] == "unauthenticated"
    assert (await bank.http.get("/v1/key", headers=headers)).json()["mock"] is True


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"amount_minor": 1e30}, "amount_minor", "应为整数"),
        ({"amount_minor": 10**15 + 1}, "amount_minor", "不能大于 1000000000000000"),
        ({"amount_minor": 10**400}, "amount_minor", "不能大于"),
        ({"amount_minor": -1}, "amount_minor", "不能小于 1"),
        ({"amount_minor": 0}, "amount_minor", "不能小于 1"),
        ({"amount_minor": "１００"}, "amount_minor", "应为整数"),
        ({"amount_minor": True}, "amount_minor", "应为整数"),
        ({"number": "ZF 1;--"}, "number", "格式不正确"),
        ({"purpose": "a\x00b"}, "purpose", "不能含有换行或控制字符"),
        ({"purpose": "x" * 201}, "purpose", "最多 200 个字符"),
        ({"expires_at": "2026-11-25T17:00:00"}, "expires_at", "时间须带时区"),
        ({"expires_at": "tomorrow"}, "expires_at", "不是合法的时间"),
        ({"payee_account": "6200000000000002"}, "payee_account", "不是本客户的监管账户"),
        ({"return_url": "javascript:alert(1)"}, "return_url", "格式不正确"),
        ({"colour": "red"}, "colour", "不认识的项"),
    ],
)
async def test_a_wrong_order_is_said_in_a_sentence(
    bank: Bank, change: dict[str, Any], field: str, sentence: str
) -> None:
    answer = await bank.post("/v1/orders", an_order() | change)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert sentence in fault["message"]
    assert (await bank.http.get("/v1/orders/ZF-2026-000001")).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"number": "\\ud800"}', b"\xff", b"null", b"1" * 5000]
)
async def test_a_body_that_is_no_order(bank: Bank, body: bytes) -> None:
    headers = {"Idempotency-Key": "some-key-1", "Content-Type": "application/json"}
    answer = await bank.http.post("/v1/orders", content=body, headers=headers)
    assert answer.status_code == 422, answer.text


async def test_a_body_without_end_is_not_read(bank: Bank) -> None:
    headers = {"Idempotency-Key": "some-key-1", "Content-Type": "application/json"}
    answer = await bank.http.post("/v1/orders", content=b" " * 70_000, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_unknown_addresses_and_methods(bank: Bank) -> None:
    assert (await bank.http.get("/v1/nothing")).json()["code"] == "not-found"
    assert (await bank.http.delete("/v1/orders")).json()["code"] == "method-not-allowed"
    page = await bank.http.get("/counter/unknown")
    assert page.status_code == 404
    assert "没有这个编号" in page.text


async def test_a_key_answers_once(bank: Bank) -> None:
    key = "order-key-1"
    first = await bank.post("/v1/orders", an_order(), key)
    again = await bank.post("/v1/orders", an_order(), key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    other = await bank.post("/v1/orders", an_order(amount=1), key)
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")
    # for a payout too: a key belongs to one content, whatever it was
    payout = await bank.post("/v1/payouts", a_refund("x"), key)
    assert payout.json()["code"] == "key-reused"


async def test_a_number_is_one_order_under_any_key(bank: Bank) -> None:
    first = await bank.post("/v1/orders", an_order())
    again = await bank.post("/v1/orders", an_order())
    assert (again.status_code, again.json()) == (201, first.json())
    other = await bank.post("/v1/orders", an_order(amount=1))
    assert (other.status_code, other.json()["code"]) == (409, "order-differs")
    assert (await bank.order())["amount_minor"] == 5_000_000


async def test_a_refused_request_leaves_its_key_free(bank: Bank) -> None:
    key = "free-key-1"
    assert (await bank.post("/v1/payouts", a_refund("none"), key)).status_code == 409
    payment = await bank.receive()
    assert (await bank.post("/v1/payouts", a_refund(payment), key)).status_code == 202


async def test_a_missing_key_is_said(bank: Bank) -> None:
    answer = await bank.http.post("/v1/orders", json=an_order())
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["errors"][0]["field"]


def test_two_with_one_key_are_answered_alike(folder: Path) -> None:
    """Sixteen at once: one does it, the others are told what it did."""
    book, order = Book(folder), OrderIn.model_validate(an_order())
    told, start = [], threading.Barrier(16)

    def ask() -> None:
        start.wait()
        answer = booking.answer_once(
            book,
            "one-key-1",
            "same",
            lambda db, _, now: booking.register_order(db, order, now),
            may_lose=False,
        )
        told.append((answer.replayed, answer.body))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.close()
    assert sum(not replayed for replayed, _ in told) == 1
    assert all(body == told[0][1] for _, body in told)


async def test_many_refunds_at_once_never_exceed_the_receipt(bank: Bank) -> None:
    payment = await bank.receive()
    answers = await asyncio.gather(
        *(bank.post("/v1/payouts", a_refund(payment, f"TK-{n:06d}")) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    await rounds(bank, 2)
    assert (await bank.statement())["closing_minor"] == 0


async def test_a_webhook_is_tried_until_it_is_taken(bank: Bank) -> None:
    await bank.receive()
    bank.webhook.statuses = [500, 0, 302, 404]
    waits = []
    while not bank.webhook.taken:
        before = bank.clock.now
        while not await bank.sender.go_round():
            bank.clock.move(0.25)
        waits.append((bank.clock.now - before) / 1e6)
    assert waits == [0, 0.5, 1, 2, 4]
    await rounds(bank)
    assert len(bank.webhook.taken) == 1


async def test_a_restart_keeps_what_was_not_told(bank: Bank) -> None:
    payment = await bank.receive()
    await bank.switch(payout_delay_s=5)
    await bank.post("/v1/payouts", a_refund(payment))
    bank.webhook.statuses = [500]
    await bank.sender.go_round()
    assert bank.webhook.taken == []
    bank.reopen()
    await rounds(bank, 8)
    assert [told["type"] for told in bank.webhook.taken] == ["payment.received", "payout.settled"]
    assert (await bank.statement())["closing_minor"] == 0


async def test_a_transfer_under_way_arrives_after_a_restart(bank: Bank) -> None:
    sent = await bank.pay(delay_s="10")
    assert "在途" in (await bank.http.get(sent.headers["location"])).text
    assert (await bank.statement())["count"] == 0
    bank.reopen()
    await rounds(bank, 11)
    assert "已到账" in (await bank.http.get(sent.headers["location"])).text
    (told,) = bank.webhook.of("payment.received")
    assert told["arrived_at"] == "2026-11-25T12:00:10.000000+08:00"


async def test_switches_lose_repeat_and_reorder_events(bank: Bank) -> None:
    await bank.switch(drop_webhooks=3, duplicates=2, reorder=True)
    payments = [await bank.receive() for _ in range(4)]
    await rounds(bank)
    told = [one["bank_number"] for one in bank.webhook.of("payment.received")]
    assert sorted(told) == sorted(payments * 3)
    assert told[: len(payments)] != payments
    assert (await bank.http.get("/v1/switches")).json()["drop_webhooks"] == 0


async def test_switches_that_make_no_sense(bank: Bank) -> None:
    for wrong in ({"payouts": "sometimes"}, {"webhook_delay_s": -1}, {"duplicates": 99}, {"x": 1}):
        assert (await bank.http.put("/v1/switches", json=wrong)).status_code == 422, wrong


def test_one_folder_is_one_bank_s(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.bank.book._PATIENCE_S", 0)
    book = Book(folder)
    with pytest.raises(BookInUse):
        Book(folder)
    book.close()
    Book(folder).close()


def test_keys_are_made_once_and_for_their_owner_alone(folder: Path) -> None:
    keys = Keys.at(folder / "bank")
    again = Keys.at(folder / "bank")
    assert (again.token, again.public) == (keys.token, keys.public)
    assert {path.stat().st_mode & 0o777 for path in (folder / "bank").iterdir()} == {0o600}
    assert keys.token not in repr(keys)
    assert Keys.at(folder / "bank", "another-token").token == "another-token"
