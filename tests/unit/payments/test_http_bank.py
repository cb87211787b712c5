"""What the bank answers is read strictly: what is not as agreed is no answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest

from app.payments.http_bank import HttpBank
from app.payments.ports import BankAway, BankRefused, OrderAsked, PayoutAsked

DAY = date(2026, 11, 24)
ROW: dict[str, Any] = {
    "bank_number": "B-1",
    "direction": "in",
    "amount_minor": 100,
    "at": "2026-11-24T10:00:00+08:00",
    "counterparty_name": "王小明",
    "counterparty_account": "6222000011112222",
    "order_number": None,
    "remark": "保证金",
    "payout_number": None,
}
STATEMENT: dict[str, Any] = {
    "day": "2026-11-24",
    "closed": True,
    "opening_minor": 0,
    "closing_minor": 100,
    "next": None,
    "entries": [ROW],
}
ORDER: dict[str, Any] = {
    "number": "ZF-2026-000001",
    "payee_name": "科技大市场",
    "payee_bank": "示范银行",
    "payee_account": "1100006007018888",
    "counter_path": "/counter/x",
    "payments": [],
}
PAYOUT: dict[str, Any] = {"number": "TK-1-1", "state": "settled", "amount_minor": 100}


def answering(said: object, status: int = 200) -> HttpBank:
    """A bank that says the same to everything."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=body))
    return HttpBank("http://bank", "token", transport=transport)


async def test_what_is_as_agreed_is_read() -> None:
    statement = await answering(STATEMENT).read_statement(DAY)
    (row,) = statement.rows
    assert (row.reference, row.incoming, row.amount_minor) == ("B-1", True, 100)
    assert (row.order_number, row.payout_number) == ("保证金", None)
    assert (statement.opening_minor, statement.closing_minor) == (0, 100)
    known = await answering(ORDER).find_order("ZF-2026-000001")
    assert known is not None
    assert known.counter_url == "http://bank/counter/x"
    assert known.due_at is None, "not every bank names the end"
    ends = ORDER | {"expires_at": "2026-11-24T18:00:00+08:00"}
    known = await answering(ends).find_order("ZF-2026-000001")
    assert known is not None
    assert known.due_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


async def test_an_order_with_another_end_is_another_request() -> None:
    keys: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx2.Response(201, json=ORDER)

    bank = HttpBank("http://bank", "token", transport=httpx2.MockTransport(answer))
    asked = OrderAsked("ZF-2026-000001", 100, datetime(2026, 11, 24, 10, tzinfo=UTC), "保证金")
    later = replace(asked, due_at=asked.due_at + timedelta(days=1))
    for order in (asked, asked, later):
        await bank.register_order(order)
    first, again, moved = keys
    assert first == again != moved
    assert all(8 <= len(key) <= 64 for key in keys), "as the contract wants them"


@pytest.mark.parametrize(
    "row",
    [
        {"amount_minor": 1e30},
        {"amount_minor": 10**30},
        {"amount_minor": "100"},
        {"amount_minor": 1.0},
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": True},
        {"direction": "sideways"},
        {"at": "2026-11-24T10:00:00"},
        {"at": None},
        {"bank_number": 7},
        {"bank_number": ""},
        {"bank_number": "B" * 65},
        {"remark": ["保证金"]},
        {"remark": "a\0b"},
        {"payout_number": {}},
    ],
)
async def test_a_row_that_is_not_as_agreed_spoils_the_day(row: dict[str, Any]) -> None:
    with pytest.raises(BankAway, match="unreadable"):
        await answering(STATEMENT | {"entries": [ROW, ROW | row]}).read_statement(DAY)


@pytest.mark.parametrize(
    "page",
    [
        {"opening_minor": 1e30},
        {"closing_minor": "100"},
        {"closing_minor": 10**30},
        {"entries": None},
        {"entries": {"a": 1}},
        {"day": "2026-11-23"},
        {"next": 7},
    ],
)
async def test_a_page_that_is_not_as_agreed_spoils_the_day(page: dict[str, Any]) -> None:
    with pytest.raises(BankAway):
        await answering(STATEMENT | page).read_statement(DAY)


@pytest.mark.parametrize(
    "order",
    [
        {"number": "ZF-2026-000002"},
        {"payee_account": None},
        {"payments": [{"bank_number": "B-1", "amount_minor": 1e30}]},
        {"payments": 7},
    ],
)
async def test_an_order_of_somebody_else_is_no_answer(order: dict[str, Any]) -> None:
    with pytest.raises(BankAway, match="unreadable"):
        await answering(ORDER | order).find_order("ZF-2026-000001")


@pytest.mark.parametrize(
    "payout", [{"state": "gone"}, {"amount_minor": 1e30}, {"number": None}, {"settled_at": 5}]
)
async def test_a_payouts_state_is_one_of_three(payout: dict[str, Any]) -> None:
    asked = PayoutAsked("TK-1-1", "refund", 100, "B-1", "金额不足，全额退回")
    for ask in ("order_payout", "find_payout"):
        bank = answering(PAYOUT | payout)
        said = asked if ask == "order_payout" else asked.number
        with pytest.raises(BankAway, match="unreadable"):
            await getattr(bank, ask)(said)


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"7", b"[" * 100_000, b"{}"])
async def test_no_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(BankAway, match="unreadable"):
        await answering(body).find_payout("TK-1-1")


async def test_a_refusal_is_a_code_and_quotes_nothing() -> None:
    asked = PayoutAsked("TK-1-1", "refund", 100, "B-1", "金额不足，全额退回")
    for said, code in (
        ({"code": "over-paid-out", "detail": "王小明 6222"}, "over-paid-out"),
        ({"code": "账户"}, "status-409"),
        (b"<html>", "status-409"),
    ):
        with pytest.raises(BankRefused) as caught:
            await answering(said, 409).order_payout(asked)
        assert caught.value.args == (code, False)
