"""The bank's money: what comes in, what goes out, what a statement says of it."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.integration.bank.conftest import BUYER, DAY, Bank, a_refund, an_order


async def refused(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


async def test_an_order_is_paid_at_the_counter_and_told(bank: Bank) -> None:
    order = await bank.order()
    assert order["payments"] == []
    page = await bank.http.get(order["counter_path"])
    assert "模拟银行" in page.text
    assert 'value="50,000.00"' in page.text

    paid = await bank.pay(order["counter_path"])
    assert paid.status_code == 303
    receipt = await bank.http.get(paid.headers["location"])
    assert "已到账" in receipt.text
    again = (await bank.http.get("/v1/orders/ZF-2026-000001")).json()
    (payment,) = again["payments"]
    assert payment["amount_minor"] == 5_000_000
    assert payment["bank_number"] in receipt.text
    assert (payment["payer_name"], payment["payer_account"]) == BUYER
    await bank.sender.go_round()
    (told,) = bank.webhook.of("payment.received")
    assert told["bank_number"] == payment["bank_number"]
    assert told["order_number"] == "ZF-2026-000001"
    assert (told["payer_name"], told["payer_account"]) == BUYER
    assert told["arrived_at"] == payment["arrived_at"] == "2026-11-25T12:00:00.000000+08:00"


async def test_the_expected_payer_is_filled_in(bank: Bank) -> None:
    back = "http://127.0.0.1:8000/lots/CJ-2026-000123/deposit"
    expected = {"payer_name": BUYER[0], "payer_account": BUYER[1], "return_url": back}
    order = (await bank.post("/v1/orders", an_order() | expected)).json()
    page = (await bank.http.get(order["counter_path"])).text
    assert f'value="{BUYER[0]}"' in page
    assert 'value="6222 0202 0011 2233 445"' in page
    paid = await bank.pay(order["counter_path"])
    assert f'href="{back}"' in (await bank.http.get(paid.headers["location"])).text


async def test_a_counter_warns_and_forbids_nothing(bank: Bank) -> None:
    order = await bank.order()
    assert (await bank.pay(order["counter_path"], amount="１", twice="1")).status_code == 303
    assert (await bank.pay(order["counter_path"], amount="¥50,000.5")).status_code == 303
    assert "重复付款" in (await bank.http.get(order["counter_path"])).text
    bank.clock.move(6 * 3600)
    assert "过了截止时间" in (await bank.http.get(order["counter_path"])).text
    late = await bank.pay(order["counter_path"], payer_name="他人", payer_account="1234-5678")
    assert late.status_code == 303
    statement = await bank.statement()
    amounts = [one["amount_minor"] for one in statement["entries"]]
    assert amounts == [100, 100, 5_000_050, 5_000_000]
    assert statement["entries"][-1]["counterparty_account"] == "12345678"


async def test_a_payment_that_names_no_order_of_ours_arrives(bank: Bank) -> None:
    await bank.order()
    assert (await bank.pay(order_number="ZF-2026-000001", remark="")).status_code == 303
    assert (await bank.pay(order_number="ZF-2026-00001", remark="保证金")).status_code == 303
    await bank.sender.go_round()
    known, unknown = bank.webhook.of("payment.received")
    assert known["order_number"] == "ZF-2026-000001"
    assert (unknown["order_number"], unknown["remark"]) == (None, "ZF-2026-00001 保证金")


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("1e30", "金额请填写数字"),
        ("-1", "金额请填写数字"),
        ("1,00", "金额请填写数字"),
        ("1.001", "金额请填写数字"),
        ("", "金额请填写数字"),
        ("0.00", "金额须大于零"),
        ("10000000000000.01", "金额过大"),
        ("9" * 40, "金额过大"),
    ],
)
async def test_a_wrong_amount_is_said_and_the_form_kept(
    bank: Bank, amount: str, sentence: str
) -> None:
    answer = await bank.pay(amount=amount, payer_name="他人代付")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="他人代付"' in answer.text
    assert (await bank.statement())["count"] == 0


async def test_a_counter_says_every_fault(bank: Bank) -> None:
    answer = await bank.pay(payer_name="", payer_account="12ab", amount="x")
    assert answer.status_code == 422
    for sentence in ("缺少此项", "账号应为 8 至 32 位数字", "金额请填写数字"):
        assert sentence in answer.text


async def test_the_same_sending_twice_is_one(bank: Bank) -> None:
    key = "0" * 32
    first, second = await bank.pay(key=key), await bank.pay(key=key)
    assert first.headers["location"] == second.headers["location"]
    assert (await bank.pay(key=key, amount="1")).status_code == 409
    assert (await bank.statement())["count"] == 1


async def test_a_refund_goes_back_and_a_capture_goes_on(bank: Bank) -> None:
    payment = await bank.receive()
    part = await bank.post("/v1/payouts", a_refund(payment, amount=2_000_000))
    assert part.status_code == 202
    assert (part.json()["state"], part.json()["payee_account"]) == ("accepted", BUYER[1])
    again = await bank.post("/v1/payouts", a_refund(payment, amount=2_000_000))
    assert again.json() == part.json()
    await refused(await bank.post("/v1/payouts", a_refund(payment, amount=1)), 409, "order-differs")
    capture = a_refund(payment, "HF-000001", 3_000_000) | {
        "kind": "capture",
        "payee_name": "江南大学",
        "payee_account": "1103020209000012345",
    }
    assert (await bank.post("/v1/payouts", capture)).status_code == 202
    await refused(
        await bank.post("/v1/payouts", a_refund(payment, "TK-000002", 1)), 409, "over-paid-out"
    )
    await bank.sender.go_round()
    first, second = bank.webhook.of("payout.settled")
    assert {first["number"], second["number"]} == {"TK-000001", "HF-000001"}
    statement = await bank.statement()
    assert (statement["in_minor"], statement["out_minor"]) == (5_000_000, 5_000_000)
    assert statement["closing_minor"] == 0
    assert [one["payment_number"] for one in statement["entries"]] == [None, payment, payment]
    settled = (await bank.http.get("/v1/payouts/TK-000001")).json()
    assert settled["bank_number"] in {first["bank_number"], second["bank_number"]}


async def test_a_refund_has_no_other_payee_and_a_capture_needs_one(bank: Bank) -> None:
    payment = await bank.receive()
    elsewhere = {"payee_name": "他人", "payee_account": "12345678"}
    for wrong in (a_refund(payment) | elsewhere, a_refund(payment) | {"kind": "capture"}):
        await refused(await bank.post("/v1/payouts", wrong), 422, "invalid")
    await bank.sender.go_round()
    assert (await bank.statement())["out_minor"] == 0


async def test_failed_payouts_move_nothing_and_can_be_ordered_anew(bank: Bank) -> None:
    payment = await bank.receive()
    await bank.switch(payouts="transient", payouts_left=1)
    await bank.post("/v1/payouts", a_refund(payment))
    await bank.sender.go_round()
    failed = (await bank.http.get("/v1/payouts/TK-000001")).json()
    assert (failed["state"], failed["retryable"]) == ("failed", True)
    assert "可以重新发起" in failed["failure"]
    await bank.switch(payouts="final", payouts_left=1)
    await bank.post("/v1/payouts", a_refund(payment, "TK-000002"))
    await bank.sender.go_round()
    assert (await bank.http.get("/v1/payouts/TK-000002")).json()["retryable"] is False
    assert (await bank.statement())["out_minor"] == 0

    await bank.post("/v1/payouts", a_refund(payment, "TK-000003"))
    await bank.sender.go_round()
    assert (await bank.statement())["out_minor"] == 5_000_000
    # the failed number stays failed, also when asked again
    repeated = await bank.post("/v1/payouts", a_refund(payment))
    assert repeated.json()["state"] == "failed"


async def test_a_busy_bank_keeps_nothing(bank: Bank) -> None:
    payment = await bank.receive()
    await bank.switch(payouts="busy")
    key = "busy-key-1"
    busy = await bank.post("/v1/payouts", a_refund(payment), key)
    await refused(busy, 503, "bank-busy")
    assert busy.headers["retry-after"] == "1"
    assert (await bank.http.get("/v1/payouts/TK-000001")).status_code == 404
    await bank.switch(payouts="normal")
    assert (await bank.post("/v1/payouts", a_refund(payment), key)).status_code == 202


async def test_a_lost_answer_was_kept(bank: Bank) -> None:
    payment = await bank.receive()
    await bank.switch(lose_answers=1)
    key = "lost-key-1"
    await refused(await bank.post("/v1/payouts", a_refund(payment), key), 503, "bank-busy")
    again = await bank.post("/v1/payouts", a_refund(payment), key)
    assert (again.status_code, again.headers["idempotent-replay"]) == (202, "true")
    await bank.sender.go_round()
    assert (await bank.statement())["out_minor"] == 5_000_000


async def test_nothing_is_paid_that_was_not_received(bank: Bank) -> None:
    await bank.receive()
    answer = await bank.post("/v1/payouts", a_refund("B0000-20261125-00000001"))
    await refused(answer, 409, "not-received")
    assert (await bank.statement())["out_minor"] == 0


async def test_a_row_that_empties_the_account_makes_a_payout_fail(bank: Bank) -> None:
    payment = await bank.receive()
    await bank.post("/v1/payouts", a_refund(payment))
    taken = {
        "direction": "out",
        "amount_minor": 1,
        "counterparty_name": "司法扣划",
        "counterparty_account": "99999999",
    }
    assert (await bank.post("/v1/switches/entries", taken)).status_code == 201
    await bank.sender.go_round()
    (failed,) = bank.webhook.of("payout.failed")
    assert (failed["failure"], failed["retryable"]) == ("账户余额不足", True)
    later = await bank.post("/v1/payouts", a_refund(payment, "TK-000002"))
    await refused(later, 409, "insufficient")
    too_much = taken | {"amount_minor": 5_000_000}
    await refused(await bank.post("/v1/switches/entries", too_much), 409, "insufficient")


async def test_a_statement_of_days_and_pages(bank: Bank) -> None:
    first = await bank.receive("1")
    await bank.receive("2")
    bank.clock.move(12 * 3600)  # midnight: the next day begins
    await bank.receive("4")
    whole = await bank.statement()
    assert (whole["closed"], whole["count"], whole["closing_minor"]) == (True, 2, 300)
    page = await bank.statement(limit="1")
    assert (page["next"], page["closing_minor"]) == (first, 300)
    rest = await bank.statement(limit="1", after=first)
    assert [one["amount_minor"] for one in page["entries"] + rest["entries"]] == [100, 200]
    assert rest["next"] is None
    today = await bank.statement("2026-11-26")
    assert (today["closed"], today["opening_minor"], today["closing_minor"]) == (False, 300, 700)
    for day in ("2026-11-27", "2026-13-01", "gestern"):
        problem = await refused(await bank.http.get(f"/v1/statements/{day}"), 422, "invalid")
        assert problem["errors"][0]["field"] == "day"


async def test_a_statement_can_be_made_to_lie(bank: Bank) -> None:
    hidden, altered = await bank.receive(), await bank.receive()
    await bank.switch(hide_entries=[hidden], alter_entries={altered: 1})
    unknown = {
        "direction": "in",
        "amount_minor": 777,
        "counterparty_name": "不明来款",
        "counterparty_account": "88888888",
    }
    made = (await bank.post("/v1/switches/entries", unknown)).json()
    entries = (await bank.statement())["entries"]
    assert [(one["bank_number"], one["amount_minor"]) for one in entries] == [
        (altered, 1),
        (made["bank_number"], 777),
    ]
    await bank.sender.go_round()
    assert len(bank.webhook.of("payment.received")) == 2  # of the unknown row nobody is told


async def test_an_entry_is_never_changed(bank: Bank) -> None:
    await bank.receive()
    for query in ("UPDATE entry SET amount = 1", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), bank.book.writing() as db:
            db.execute(query)
    assert (await bank.statement())["closing_minor"] == 5_000_000


async def test_the_bank_s_clock_never_goes_back_in_its_book(bank: Bank) -> None:
    await bank.receive()
    bank.clock.move(-3600)
    await bank.receive()
    first, second = (await bank.statement(DAY))["entries"]
    assert first["at"] == second["at"]
