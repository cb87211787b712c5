"""A change announcement moves the end of what was asked for already, for everybody who reads it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.auctions import service
from app.auctions.life_types import Amendment
from app.core.clock import SHANGHAI
from app.core.errors import Invalid, KeyReused
from app.core.tx import Tx
from app.inbox import service as inbox
from app.payments import service as payments
from tests.conftest import Clock
from tests.integration.deposits.conftest import Stage
from tests.world import World
from tests.worlds.auctions import Sale
from tests.worlds.payments import FakeBank

DAY = timedelta(days=1)


async def amend(
    tx: Tx, sale: Sale, changes: Amendment, *, key: str = "amend-1", statement: str = "延长报名时间"
) -> None:
    """The seller announces a change."""
    await tx.run(
        service.amend_lot,
        actor=sale.seller.head,
        number=sale.number,
        changes=changes,
        statement=statement,
        key=key,
    )


async def put_off(world: World, sale: Sale, by: timedelta = DAY, key: str = "amend-1") -> datetime:
    """The sale ends later, and so does the time to pay; answers until when."""
    lot = await world.show_lot(sale.number)
    ends_at = lot.free_ends_at + by
    await amend(world.tx, sale, Amendment(free_ends_at=ends_at), key=key)
    return ends_at


async def test_money_between_the_old_end_and_the_new_one_counts(
    stage: Stage, world: World, clock: Clock
) -> None:
    sale = stage.sale
    (org, number), (quick, quick_number) = stage.payers[:2]
    await world.apply_and_pay(sale, quick, quick_number)
    await world.apply(sale, org)
    before = await world.deposit_order(sale, org)
    ends_at = await put_off(world, sale)
    assert ends_at == before.due_at + DAY
    await clock.advance(seconds=3700)
    await world.arrive(await world.payment(before, org, number))
    await world.hear_money()
    assert set((await world.deposit_states(sale)).values()) == {"locked"}
    await world.bid(sale, org, 100_000)
    paid = await world.deposit_order(sale, quick)
    assert paid.due_at == before.due_at, "what was paid is not asked for again"
    await world.assert_even()


async def test_the_new_end_is_exclusive_too(stage: Stage, world: World, clock: Clock) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    await put_off(world, sale)
    order = await world.deposit_order(sale, org)
    await clock.advance(seconds=DAY.total_seconds() + 3700)
    await world.arrive(await world.payment(order, org, number))
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "required"}
    assert [one.kind for one in await world.rows("SELECT kind FROM receipt")] == ["late"]


async def test_the_bidder_reads_the_new_end_everywhere(stage: Stage, world: World, tx: Tx) -> None:
    sale = stage.sale
    org, _ = stage.payers[0]
    await world.apply(sale, org)
    bank = FakeBank()
    await world.work_orders(bank)
    ends_at = await put_off(world, sale)
    page = await tx.run(service.show_deposit, actor=org.head, number=sale.number)
    assert page.order.due_at == page.deposit.due_at == ends_at
    own = await tx.run(service.list_own_deposits, actor=org.head)
    assert [one.due_at for one in own.items] == [ends_at]
    assert bank.orders[page.order.number].due_at < ends_at - DAY / 2
    await world.work_orders(bank)
    assert bank.orders[page.order.number].due_at == ends_at, "the bank's counter shows it too"
    assert await world.hear_money() == 1
    assert await world.hear_money() == 0
    [message] = [
        one
        for one in (await tx.run(inbox.list_messages, actor=org.head)).items
        if one.kind == "auctions.deposit_moved"
    ]
    assert f"{ends_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" in message.body


async def test_a_bank_that_cannot_move_an_order_takes_its_money_all_the_same(
    stage: Stage, world: World, clock: Clock
) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    bank = FakeBank(fixed=True)
    await world.work_orders(bank)
    order = await world.deposit_order(sale, org)
    await put_off(world, sale)
    await clock.advance(seconds=3700)
    payment = await world.payment(order, org, number)
    bank.payments[payment.reference] = payment
    await world.work_orders(bank)  # no message came: the order is asked about
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "locked"}


async def test_what_was_judged_late_before_stays_late_and_may_be_paid_anew(
    stage: Stage, world: World, clock: Clock
) -> None:
    sale = await world.lot_with_deposit(due_in=60)
    org, number = await world.applicant(sale)
    order = await world.deposit_order(sale, org)
    await clock.advance(seconds=90)
    late = await world.payment(order, org, number)
    await world.arrive(late)
    lot = await world.show_lot(sale.number)
    later = Amendment(deposit_due_at=lot.free_ends_at)
    await amend(world.tx, sale, later)
    await world.arrive(late, event="the same arrival, told again")
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "required"}
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [one.payment_reference for one in bank.payouts.values()] == [late.reference]
    await world.arrive(await world.payment(order, org, number))
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "locked"}
    kinds = await world.rows("SELECT kind FROM receipt ORDER BY taken_at, id")
    assert [one.kind for one in kinds] == ["late", "matched"]
    await world.assert_even()


async def test_a_replay_or_a_refusal_moves_nothing(stage: Stage, world: World, tx: Tx) -> None:
    sale = stage.sale
    org, _ = stage.payers[0]
    await world.apply(sale, org)
    before = await world.deposit_order(sale, org)
    for sooner in (
        Amendment(deposit_due_at=before.due_at - timedelta(minutes=1)),
        Amendment(free_ends_at=before.due_at - timedelta(minutes=1)),
    ):
        with pytest.raises(Invalid):
            await amend(tx, sale, sooner)
    assert await world.deposit_order(sale, org) == before
    later = Amendment(free_ends_at=before.due_at + DAY)
    await amend(tx, sale, later)
    await amend(tx, sale, Amendment(free_ends_at=before.due_at + 2 * DAY), key="amend-2")
    await amend(tx, sale, later)
    with pytest.raises(KeyReused):
        await amend(tx, sale, later, statement="另有说明")
    moved = await world.deposit_order(sale, org)
    assert moved.due_at == before.due_at + 2 * DAY, "an announcement told twice is made once"
    assert await world.count("fact", topic="payments.order_moved.v1") == 2
    assert await world.hear_money() == 2
    told = (await tx.run(inbox.list_messages, actor=org.head)).items
    assert sum(one.kind == "auctions.deposit_moved" for one in told) == 1, "only the last end"


async def test_only_what_waits_for_money_is_moved(stage: Stage, world: World, tx: Tx) -> None:
    sale = stage.sale
    org, _ = stage.payers[0]
    await world.apply(sale, org)
    order = await world.deposit_order(sale, org)
    elsewhere = await world.order(org)
    await tx.run(payments.close_order, order_id=order.id)
    later = order.due_at + DAY
    ends = {order.id: later, elsewhere.id: elsewhere.due_at}
    assert await tx.run(payments.move_orders, ends=ends) == frozenset()
    assert (await tx.run(payments.show_order, order_id=order.id)).due_at == order.due_at
    assert await world.count("fact", topic="payments.order_moved.v1") == 0
