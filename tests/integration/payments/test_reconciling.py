"""The bank's day against ours: differences are kept, told and settled by people, never mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.core.clock import SHANGHAI
from app.core.errors import Forbidden, Invalid
from app.core.tx import Tx
from app.payments import service
from app.payments.errors import DifferenceSettled
from app.payments.orders import sweep_orders
from app.payments.ports import DayStatement, StatementRow
from app.payments.reconciling import sweep_statements
from tests.world import World
from tests.worlds.payments import FakeBank


async def yesterday(world: World) -> date:
    real, _ = await world.real_and_market_now()
    return (real - timedelta(days=1)).astimezone(SHANGHAI).date()


async def a_day(world: World, bank: FakeBank) -> date:
    """One matched arrival and one that went back, both yesterday at the bank."""
    org = await world.organisation("对账公司")
    number = await world.bank_account(org)
    for yuan in (50_000, 1):
        order = await world.order(org)
        payment = await world.payment(order, org, number, yuan=yuan)
        noon = payment.arrived_at - timedelta(days=1)
        payment = replace(payment, arrived_at=noon)
        bank.payments[payment.reference] = payment
        await world.arrive(payment)
    await world.work_payouts(bank)
    await world.rows(
        "UPDATE payout SET bank_settled_at = bank_settled_at - interval '1 day' RETURNING 1"
    )
    for number_, known in bank.states.items():
        assert known.at is not None
        bank.states[number_] = replace(known, at=known.at - timedelta(days=1))
    return await yesterday(world)


async def differences(world: World) -> list[tuple[str, int | None, int | None]]:
    sql = "SELECT kind, bank_minor, our_minor FROM bank_difference ORDER BY kind, bank_minor"
    return [tuple(one) for one in await world.rows(sql)]


async def test_an_even_day(world: World) -> None:
    bank = FakeBank()
    day = await a_day(world, bank)
    await world.reconcile(bank, day)
    assert await differences(world) == []
    (kept,) = await world.rows("SELECT state, rows, in_minor, out_minor FROM bank_statement")
    assert tuple(kept) == ("even", 3, 50_001_00, 100)
    assert await world.count("bank_statement_row", day=day) == 3


async def test_unknown_rows_are_kept_and_told_and_nothing_is_booked(world: World) -> None:
    operator = await world.operator()
    bank = FakeBank()
    day = await a_day(world, bank)
    at = next(iter(bank.payments.values())).arrived_at
    bank.extra_rows = [
        StatementRow("X1", True, 777, at, "不知道"),
        StatementRow("X2", False, 888, at, None, None),
    ]
    receipts, transfers = await world.count("receipt"), await world.count("ledger_transfer")
    await world.reconcile(bank, day)
    assert await differences(world) == [("unknown_row", 777, None), ("unknown_row", 888, None)]
    assert await world.count("receipt") == receipts
    assert await world.count("ledger_transfer") == transfers
    assert await world.count("fact", topic="payments.statement_differs.v1") == 1
    assert await world.count("inbox_message", person_id=operator.person_id) == 1
    # read again: the same differences are known, nobody is told twice
    await world.reconcile(bank, day)
    assert await world.count("bank_difference") == 2
    assert await world.count("inbox_message", person_id=operator.person_id) == 1
    await world.assert_even()


async def test_what_is_missing_or_has_another_amount_is_named(world: World) -> None:
    bank = FakeBank()
    day = await a_day(world, bank)
    first, second = bank.payments
    bank.hidden, bank.altered = {first}, {second: 99}
    await world.reconcile(bank, day)
    assert await differences(world) == [
        ("amount", 99, 100),
        ("missing_row", None, 50_000_00),
    ]


async def test_a_payout_that_the_bank_does_not_name_is_missing(world: World) -> None:
    bank = FakeBank()
    day = await a_day(world, bank)
    bank.hidden = set(bank.payouts)
    await world.reconcile(bank, day)
    assert await differences(world) == [("missing_row", None, 100)]


async def test_a_lost_message_is_found_by_the_statement_and_told_all_the_same(
    world: World, tx: Tx
) -> None:
    bank = FakeBank()
    org = await world.organisation("漏单公司")
    number = await world.bank_account(org)
    order = await world.order(org)
    await world.work_orders(bank)
    payment = await world.payment(order, org, number)
    payment = replace(payment, arrived_at=payment.arrived_at - timedelta(days=1))
    bank.payments[payment.reference] = payment
    day = await yesterday(world)
    await world.reconcile(bank, day)
    assert await differences(world) == [("unknown_row", 50_000_00, None)]
    assert await world.count("receipt") == 0, "a statement books nothing"
    await world.work_orders(bank)
    assert await world.count("receipt", kind="matched") == 1
    assert await world.count("bank_difference", day=day) == 1, "and is not forgotten"
    assert await tx.run(sweep_orders) == 0


async def test_a_difference_is_settled_once_with_a_note(world: World, tx: Tx) -> None:
    bank = FakeBank()
    day = await a_day(world, bank)
    bank.hidden = set(bank.payouts)
    await world.reconcile(bank, day)
    operator, other = await world.operator(), await world.organisation()
    (found,) = (await tx.run(service.list_differences, actor=operator)).items
    said: dict[str, Any] = {"difference_id": found.id, "note": "银行次日入账"}
    with pytest.raises(Forbidden):
        await tx.run(service.settle_difference, actor=other.head, **said)
    with pytest.raises(Invalid):
        await tx.run(service.settle_difference, actor=operator, **said | {"note": " "})
    await tx.run(service.settle_difference, actor=operator, **said)
    with pytest.raises(DifferenceSettled):
        await tx.run(service.settle_difference, actor=operator, **said)
    assert not (await tx.run(service.list_differences, actor=operator)).items
    await world.reconcile(bank, day)
    assert not (await tx.run(service.list_differences, actor=operator)).items
    (line,) = (await tx.run(service.list_statements, actor=operator)).items
    assert (line.day, line.differences, str(line.state)) == (day, 0, "differs")


async def test_days_are_read_by_themselves_and_again_when_the_bank_is_away(
    world: World, tx: Tx
) -> None:
    assert await tx.run(sweep_statements) == 0, "before the first order there is no day"
    bank = FakeBank()
    day = await a_day(world, bank)
    await world.rows("UPDATE pay_order SET opened_at = opened_at - interval '3 days' RETURNING 1")
    assert await tx.run(sweep_statements) == 3
    assert await tx.run(sweep_statements) == 0, "they are in hand"
    bank.away = True
    await world.reconcile(bank, day)
    (kept,) = await world.rows("SELECT state FROM bank_statement WHERE day = :day", day=day)
    assert kept.state == "asked"
    operator = await world.operator()
    await world.rows("UPDATE bank_statement SET tries = 5 WHERE day = :day RETURNING 1", day=day)
    for _ in range(2):
        await world.reconcile(bank, day)
    told = "SELECT kind FROM inbox_message WHERE person_id = :id"
    assert [one.kind for one in await world.rows(told, id=operator.person_id)] == [
        "payments.statement_unread"
    ]
    bank.away = False
    await world.reconcile(bank, day)
    (kept,) = await world.rows("SELECT state FROM bank_statement WHERE day = :day", day=day)
    assert kept.state == "even"


async def test_a_day_that_runs_is_not_compared_and_one_that_is_over_may_be_again(
    world: World, tx: Tx
) -> None:
    operator, day = await world.operator(), await yesterday(world)
    for ahead in (1, 2, 400):
        with pytest.raises(Invalid):
            await tx.run(service.ask_statement, actor=operator, day=day + timedelta(days=ahead))
    with pytest.raises(Forbidden):
        await tx.run(service.ask_statement, actor=(await world.organisation()).head, day=day)
    assert await world.count("bank_statement") == 0
    await tx.run(service.ask_statement, actor=operator, day=day - timedelta(days=1))
    assert await tx.run(sweep_statements) == 2, "and yesterday, by itself"


async def test_the_banks_own_sums_are_checked(world: World, tx: Tx) -> None:
    day = await yesterday(world)
    before = DayStatement(day - timedelta(days=1), (), 0, 500)
    await tx.run(service.reconcile_day, statement=before)
    assert await differences(world) == [("balance", 500, 0)]
    await tx.run(service.reconcile_day, statement=DayStatement(day, (), 500, 500))
    assert len(await differences(world)) == 1, "it begins where the day before ended"
