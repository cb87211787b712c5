"""Each kind of arrival: its state, what counts, what goes back, who is told; the ledger is even."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.errors import KeyReused
from app.core.money import Money
from app.core.tx import Tx, UnitOfWork
from app.payments import queries, service
from app.payments.errors import EventContradicts, OrderMissing
from app.payments.ports import BankEvent, Payment, PayoutKnown
from app.payments.types import OrderState, OrderView
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.payments import FakeBank, account_number


@pytest.fixture
async def payer(world: World) -> tuple[Org, str]:
    """An organisation and the number of its verified account."""
    org = await world.organisation("受让科技有限公司")
    return org, await world.bank_account(org)


async def kind_of(world: World, payment: Payment) -> tuple[str, str, int, int]:
    sql = "SELECT kind, state, counted_minor, back_minor FROM receipt WHERE reference = :ref"
    found = (await world.rows(sql, ref=payment.reference))[0]
    return found.kind, found.state, found.counted_minor, found.back_minor


async def state_of(world: World, order: OrderView) -> OrderState:
    return (await world.tx.run(service.show_order, order_id=order.id)).state


async def told(world: World, org: Org) -> list[str]:
    sql = "SELECT kind FROM inbox_message WHERE person_id = :id ORDER BY created_at"
    found = await world.rows(sql, id=org.head.person_id)
    return [one.kind for one in found if one.kind.startswith("payments.")]


async def test_money_from_the_own_account_in_time_counts(
    world: World, payer: tuple[Org, str]
) -> None:
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number)
    assert await world.arrive(payment)
    assert await kind_of(world, payment) == ("matched", "counted", 50_000_00, 0)
    assert await state_of(world, order) is OrderState.paid
    assert await world.purse("order", order.id) == 50_000_00
    assert await world.purse("bank") == -50_000_00
    assert await world.count("payout") == 0
    assert await world.count("fact", topic="payments.receipt_matched.v1") == 1
    assert await told(world, org) == ["payments.receipt_matched"]
    await world.assert_even()


@pytest.mark.parametrize("kind", ["late", "short", "third_party", "unknown", "doubled", "closed"])
async def test_what_does_not_count_goes_back_whole(
    world: World, payer: tuple[Org, str], kind: str
) -> None:
    org, number = payer
    order = await world.order(org, due_in=-3600 if kind == "late" else 3600)
    payment = await world.payment(order, org, number)
    counted = 0
    if kind == "short":
        payment = replace(payment, amount_minor=order.amount_minor - 1)
    elif kind == "third_party":
        payment = replace(payment, payer_account=account_number())
    elif kind == "unknown":
        payment = replace(payment, order_number="竞价保证金")
    elif kind == "doubled":
        await world.arrive(await world.payment(order, org, number))
        counted = order.amount_minor
    elif kind == "closed":
        await world.tx.run(service.close_order, order_id=order.id)
    assert await world.arrive(payment)
    expected = "late" if kind == "closed" else kind
    amount = payment.amount_minor
    assert await kind_of(world, payment) == (expected, "returning", 0, amount)
    assert await world.purse("owed") == amount
    assert await world.purse("order", order.id) == counted
    assert (await told(world, org))[-1] == "payments.receipt_returned"
    await world.assert_even()

    bank = FakeBank()
    await world.work_payouts(bank)
    assert [(one.amount_minor, one.payment_reference) for one in bank.payouts.values()] == [
        (amount, payment.reference)
    ]
    assert await kind_of(world, payment) == (expected, "returned", 0, amount)
    assert await world.purse("owed") == 0
    assert await world.purse("bank") == -counted
    assert await world.count("fact", topic="payments.payout_settled.v1") == 1
    await world.assert_even()


async def test_of_too_much_only_the_surplus_goes_back(world: World, payer: tuple[Org, str]) -> None:
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number, yuan=50_001)
    await world.arrive(payment)
    assert await kind_of(world, payment) == ("surplus", "returning", 50_000_00, 100)
    assert await state_of(world, order) is OrderState.paid
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [one.amount_minor for one in bank.payouts.values()] == [100]
    assert await kind_of(world, payment) == ("surplus", "counted", 50_000_00, 100)
    assert await world.purse("order", order.id) == 50_000_00
    await world.assert_even()


@pytest.mark.parametrize("wrong", ["name", "number", "unverified"])
async def test_only_the_own_verified_account_counts(
    world: World, payer: tuple[Org, str], wrong: str
) -> None:
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number)
    if wrong == "name":
        payment = replace(payment, payer_name="受让科技有限公司分公司")
    elif wrong == "number":
        payment = replace(payment, payer_account=number[:-1] + str((int(number[-1]) + 1) % 10))
    else:
        other = await world.organisation()
        order = await world.order(other)
        payment = await world.payment(order, other, account_number())
    await world.arrive(payment)
    assert (await kind_of(world, payment))[0] == "third_party"
    assert await state_of(world, order) is not OrderState.paid


async def test_a_name_as_banks_write_it_is_the_same_name(
    world: World, payer: tuple[Org, str]
) -> None:
    org, number = payer
    order = await world.order(org)
    spaced = " ".join([number[:4], number[4:8], number[8:12], number[12:]])
    payment = await world.payment(order, org, spaced, name="受让科技有限公司 ")
    await world.arrive(payment)
    assert (await kind_of(world, payment))[0] == "matched"


async def test_the_banks_arrival_time_decides_on_the_markets_clock(
    world: World, payer: tuple[Org, str], clock: Clock
) -> None:
    """The message comes late, the money came in time; and the other way round."""
    org, number = payer
    await clock.advance(days=15)  # the bank lives in real time all the same
    order = await world.order(org, due_in=60)
    early = await world.payment(order, org, number, ago_s=10)
    await clock.advance(seconds=65)
    # 65 seconds of the market passed, so an arrival ten real seconds ago was at second 55
    assert await world.arrive(replace(early, arrived_at=early.arrived_at - timedelta(seconds=65)))
    assert (await kind_of(world, early))[0] == "matched"

    second = await world.order(org, due_in=60)
    late = await world.payment(second, org, number, ago_s=-61)
    await world.arrive(late)
    assert (await kind_of(world, late))[0] == "late"


async def test_the_same_message_twice_does_nothing_twice(
    world: World, payer: tuple[Org, str]
) -> None:
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number)
    assert await world.arrive(payment)
    before = await world.rows("SELECT count(*) FROM ledger_transfer")
    assert not await world.arrive(payment)
    # another message about the same arrival (asked for, not told) books nothing either
    assert await world.arrive(payment, event="event-by-asking")
    assert await world.rows("SELECT count(*) FROM ledger_transfer") == before
    assert await world.count("receipt") == 1
    await world.assert_even()


async def test_contradictions_are_refused_and_change_nothing(
    world: World, payer: tuple[Org, str]
) -> None:
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number)
    await world.arrive(payment)
    other = replace(payment, amount_minor=1)
    with pytest.raises(EventContradicts):
        await world.arrive(other)
    with pytest.raises(EventContradicts):
        await world.arrive(other, event="event-of-another-number")
    assert await world.count("receipt") == 1
    assert await world.count("bank_event") == 1


async def test_messages_in_any_order_end_the_same(world: World, payer: tuple[Org, str]) -> None:
    """A payout that settled is heard of before we know that the bank has taken it."""
    org, number = payer
    order = await world.order(org)
    payment = await world.payment(order, org, number, yuan=1)
    await world.arrive(payment)
    (payout,) = await world.rows("SELECT bank_number FROM payout")
    real, _ = await world.real_and_market_now()
    settled = PayoutKnown(payout.bank_number, "settled", at=real)
    await world.tell_bank_event(BankEvent("event-1", "payout.settled", payout=settled))
    # an older "failed" of the same payout comes afterwards, and the same news once more
    failed = PayoutKnown(payout.bank_number, "failed", retryable=True)
    await world.tell_bank_event(BankEvent("event-2", "payout.failed", payout=failed))
    await world.tell_bank_event(BankEvent("event-3", "payout.settled", payout=settled))
    assert (await kind_of(world, payment))[1] == "returned"
    bank = FakeBank()
    assert await world.work_payouts(bank) == 0
    assert not bank.payouts
    await world.assert_even()


async def test_a_message_about_an_unknown_payout_is_taken_and_left_to_the_statement(
    world: World,
) -> None:
    known = PayoutKnown("TK-2026-999999-1", "settled")
    assert await world.tell_bank_event(BankEvent("event-1", "payout.settled", payout=known))
    assert await world.count("payout") == 0


async def test_a_payers_name_is_kept_only_where_it_is_no_persons(
    world: World, payer: tuple[Org, str]
) -> None:
    org, _ = payer
    order = await world.order(org)
    await world.arrive(await world.payment(order, org, "6222000011112222", name="王小明"))
    (kept,) = await world.rows("SELECT payer, payer_digits FROM receipt")
    assert (kept.payer, kept.payer_digits) == ("王**", "2222")


async def test_an_unknown_arrival_is_told_to_the_party_whose_account_it_came_from(
    world: World, payer: tuple[Org, str]
) -> None:
    org, number = payer
    await world.arrive(await world.payment(None, org, number))
    assert await told(world, org) == ["payments.receipt_returned"]
    stranger = await world.payment(None, org, account_number(), name="陌生公司")
    await world.arrive(stranger)
    assert await kind_of(world, stranger) == ("unknown", "returning", 0, 100_00)
    assert await told(world, org) == ["payments.receipt_returned"]


async def test_orders_are_registered_and_asked_about(
    world: World, payer: tuple[Org, str], clock: Clock
) -> None:
    org, number = payer
    bank = FakeBank(lose_answers=1)
    order = await world.order(org)
    await world.work_orders(bank)
    assert await state_of(world, order) is OrderState.opening, "the answer was lost"
    await clock.advance(seconds=11)
    await world.work_orders(bank)
    shown = await world.tx.run(service.show_order, order_id=order.id)
    assert shown.state is OrderState.open
    assert shown.payee_account
    assert shown.counter_href.endswith(order.number)
    assert list(bank.orders) == [order.number], "registered twice under one number"

    # the message of the arrival is lost: asking finds it
    payment = await world.payment(order, org, number)
    bank.payments[payment.reference] = payment
    await clock.advance(seconds=61)
    await world.work_orders(bank)
    assert await state_of(world, order) is OrderState.paid
    # and then it comes after all
    assert await world.arrive(payment)
    assert await world.count("receipt") == 1
    await clock.advance(days=1)
    assert await world.work_orders(bank) == 0, "a paid order is asked about no more"


async def test_opening_and_closing_orders(world: World, tx: Tx, payer: tuple[Org, str]) -> None:
    org, number = payer
    now = await world.market_now()
    asked: dict[str, Any] = {
        "purpose": "test",
        "subject_kind": "test",
        "subject_id": org.id,
        "party_id": org.id,
        "amount": Money(1),
        "due_at": now,
        "title": "标的",
        "page": "/desk",
        "key": "order-key-1",
    }
    first = await tx.run(service.open_order, **asked)
    assert (await tx.run(service.open_order, **asked)).number == first.number
    with pytest.raises(KeyReused):
        await tx.run(service.open_order, **asked | {"amount": Money(2)})
    assert await tx.run(service.close_order, order_id=first.id) is OrderState.closed
    assert await tx.run(service.close_order, order_id=first.id) is OrderState.closed
    paid = await world.order(org)
    await world.arrive(await world.payment(paid, org, number))
    assert await tx.run(service.close_order, order_id=paid.id) is OrderState.paid
    with pytest.raises(OrderMissing):
        await tx.run(service.close_order, order_id=org.id)


async def test_people_hear_of_an_order_that_the_bank_does_not_take(
    world: World, payer: tuple[Org, str], clock: Clock
) -> None:
    operator = await world.operator()
    order = await world.order(payer[0])
    for _ in range(6):
        await world.work_orders(FakeBank(away=True))
        await clock.advance(hours=1)
    assert await state_of(world, order) is OrderState.opening
    sql = "SELECT kind FROM inbox_message WHERE person_id = :id"
    assert [one.kind for one in await world.rows(sql, id=operator.person_id)] == [
        "payments.order_stuck"
    ]


async def test_a_days_statement_may_be_long(world: World) -> None:
    """More rows than one statement of the database takes parameters."""
    names = [f"B{number}" for number in range(40_000)]

    async def verb(uow: UnitOfWork) -> int:
        return len(await queries.list_by_references(uow, names))

    assert await world.tx.run(verb) == 0


async def test_an_order_that_contradicts_what_was_told_is_told_and_goes_on(
    world: World, payer: tuple[Org, str], clock: Clock
) -> None:
    org, number = payer
    await world.operator()
    bank, order = FakeBank(), await world.order(org)
    await world.work_orders(bank)
    short = await world.payment(order, org, number, yuan=1)
    await world.arrive(short)
    whole = await world.payment(order, org, number)
    bank.payments |= {
        short.reference: replace(short, amount_minor=2),
        whole.reference: whole,
    }
    await clock.advance(seconds=61)
    await world.work_orders(bank)
    assert (await kind_of(world, short))[0] == "short"
    assert await state_of(world, order) is OrderState.paid, "the rest of the answer counts"
    assert await world.count("audit_entry", action="payments.bank_contradicts") == 1
    await world.assert_even()
