"""The market and the mock bank over their contract: counter, webhook, refund, statement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.bank.outbox import SECOND
from app.core.clock import SHANGHAI
from app.payments import service
from app.payments.bank_signing import load_key
from app.payments.http_bank import HttpBank
from app.payments.orders import take_order
from app.payments.ports import BankAway, PayoutAsked
from app.payments.types import OrderState, OrderView
from tests.integration.bank.conftest import Bank, Webhook
from tests.world import World
from tests.worlds.payments import SEALER


class ToMarket(Webhook):
    """The bank's messages reach the market of this test."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client, self.answers = client, []
        # why: all of a test is one connection
        self.turn = asyncio.Lock()

    answers: list[int]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        names = ("Bank-Timestamp", "Bank-Event", "Bank-Signature", "Content-Type")
        async with self.turn:
            answer = await self.client.post(
                "/payments/webhooks/bank",
                content=body,
                headers={name: request.headers[name] for name in names},
            )
        self.answers.append(answer.status_code)
        return httpx2.Response(answer.status_code)


@pytest.fixture
async def bank(
    tmp_path: Path, client: httpx2.AsyncClient, application: FastAPI
) -> AsyncIterator[Bank]:
    made = Bank(tmp_path)
    made.clock.now = int(datetime.now(UTC).timestamp() * SECOND)
    made.webhook = ToMarket(client)
    made.reopen()
    before = application.state.bank_key, application.state.sealer
    application.state.bank_key = load_key(made.keys.public)
    application.state.sealer = SEALER
    yield made
    application.state.bank_key, application.state.sealer = before
    made.book.close()


def port(bank: Bank) -> HttpBank:
    """The market's side of the contract."""
    return HttpBank("http://bank", bank.keys.token, transport=bank.http._transport)


def counter(order: OrderView) -> str:
    """The path of the bank's page for an order."""
    return order.counter_href.removeprefix("http://bank")


async def test_from_the_counter_to_the_statement(world: World, bank: Bank) -> None:
    org = await world.organisation("受让科技有限公司")
    number = await world.bank_account(org)
    order = await world.order(org)
    at_bank = port(bank)
    await world.work_orders(at_bank)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    assert shown.state is OrderState.open
    assert shown.counter_href.startswith("http://bank/counter/")

    # the counter is filled in with the account from which alone the money counts
    form = (await bank.http.get(counter(shown))).text
    assert f'value="{org.name}"' in form
    assert number in form.replace(" ", "")

    await bank.switch(duplicates=1, reorder=True)
    paid = {"payer_name": org.name, "payer_account": number}
    path = counter(shown)
    for amount in ("50,000.00", "50,000.00"):  # and once more by mistake
        assert (await bank.pay(path, amount=amount, **paid)).status_code == 303
    for _ in range(8):
        await bank.sender.go_round()
        bank.clock.move(1)
    kinds = await world.rows("SELECT kind FROM receipt ORDER BY kind")
    assert [one.kind for one in kinds] == ["doubled", "matched"]

    await world.work_payouts(at_bank)
    for _ in range(4):
        await bank.sender.go_round()
        bank.clock.move(1)
    assert [one.state for one in await world.rows("SELECT state FROM payout")] == ["settled"]
    await world.assert_even()
    assert await world.purse("bank") == -50_000_00

    day = datetime.fromtimestamp(bank.clock.now / SECOND, SHANGHAI).date()
    with pytest.raises(BankAway, match="day-not-over"):
        await at_bank.read_statement(day)
    bank.clock.move(24 * 3600)
    statement = await at_bank.read_statement(day)
    assert len(statement.rows) == 3
    assert await world.tx.run(service.reconcile_day, statement=statement) == 0


async def test_the_counter_shows_an_end_that_was_put_off(world: World, bank: Bank) -> None:
    org = await world.organisation("受让科技有限公司")
    await world.bank_account(org)
    order = await world.order(org)
    at_bank = port(bank)
    await world.work_orders(at_bank)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    known = await at_bank.find_order(order.number)
    assert known is not None
    later = order.due_at + timedelta(days=1)
    assert await world.tx.run(service.move_orders, ends={order.id: later}) == {order.id}
    await world.work_orders(at_bank)
    moved = await at_bank.find_order(order.number)
    assert moved is not None
    assert (moved.due_at, moved.counter_url) == (later, known.counter_url)
    page = (await bank.http.get(counter(shown))).text
    assert later.isoformat()[:19] in page
    assert order.due_at.isoformat()[:19] not in page


async def test_an_order_whose_answer_was_lost_stays_the_same_order(
    world: World, bank: Bank
) -> None:
    org = await world.organisation("受让科技有限公司")
    await world.bank_account(org)
    order = await world.order(org)
    at_bank = port(bank)
    _, asked = await world.tx.run(take_order, order_id=order.id, sealer=SEALER)
    await at_bank.register_order(asked)  # and nobody heard the answer
    await world.bank_account(org)  # another account since
    await world.work_orders(at_bank)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    assert shown.state is OrderState.open


async def test_a_lost_webhook_is_found_by_asking(world: World, bank: Bank) -> None:
    org = await world.organisation("受让科技有限公司")
    number = await world.bank_account(org)
    order = await world.order(org)
    await world.work_orders(port(bank))
    shown = await world.tx.run(service.show_order, order_id=order.id)
    await bank.pay(counter(shown), payer_name=org.name, payer_account=number)
    known = await port(bank).find_order(order.number)
    assert known is not None
    (payment,) = known.payments
    assert payment.payer_account == number
    await world.tx.run(service.take_payment, payment=payment, sealer=SEALER)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    assert shown.state is OrderState.paid


async def test_lost_answers_and_refusals_of_payouts(world: World, bank: Bank) -> None:
    org = await world.organisation("少付公司")
    number = await world.bank_account(org)
    order = await world.order(org)
    at_bank = port(bank)
    await world.work_orders(at_bank)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    await bank.pay(counter(shown), amount="1", payer_name=org.name, payer_account=number)
    await bank.sender.go_round()
    await bank.switch(lose_answers=1)
    await world.work_payouts(at_bank)
    (one,) = await world.rows("SELECT id, state, bank_number FROM payout")
    assert one.state == "waiting", "the answer was lost"
    known = await at_bank.find_payout(one.bank_number)
    assert known is not None, "but the bank has it"
    (receipt,) = await world.rows("SELECT reference FROM receipt")
    again = await at_bank.order_payout(
        PayoutAsked(one.bank_number, "refund", 100, receipt.reference, "金额不足，全额退回")
    )
    assert again.number == one.bank_number
    assert await at_bank.find_payout("TK-2026-999999-1") is None
    assert await at_bank.find_order("ZF-2026-999999") is None


async def test_a_bank_that_is_away_or_speaks_nonsense_is_asked_again() -> None:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        match request.url.path:
            case "/v1/orders/A":
                return httpx2.Response(503, json={"code": "bank-busy"})
            case "/v1/orders/B":
                return httpx2.Response(200, content=b"<html>")
            case "/v1/orders/C":
                return httpx2.Response(200, json={"number": "C"})
            case "/v1/orders/D":
                return httpx2.Response(302, headers={"Location": "http://elsewhere/"})
            case "/v1/orders/E":
                return httpx2.Response(401, json={"code": "unauthenticated"})
            case _:
                raise httpx2.ReadTimeout("slow")

    silent = HttpBank("http://bank", "token-secret", transport=httpx2.MockTransport(answer))
    for number in "ABCDEF":
        with pytest.raises(BankAway) as caught:
            await silent.find_order(number)
        assert "token-secret" not in repr(caught.value)
