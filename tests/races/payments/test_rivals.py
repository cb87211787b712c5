"""Rivals for money: one message twice at once, two arrivals, release against forfeiture."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest

from app.auctions import service as auctions
from app.auctions.deposit_types import ForfeitReason, Portion, Use
from app.auctions.life_types import Amendment, TerminateReason
from app.core.tx import Tx, UnitOfWork
from app.payments import service
from app.payments.paying import sweep_payouts
from tests.races.rivals import together, wait_for_waiters
from tests.world import World
from tests.worlds.payments import SEALER, FakeBank

Verb = Callable[[UnitOfWork], Awaitable[object]]


async def test_one_message_twice_at_once_is_booked_once(real_tx: Tx) -> None:
    world = World(real_tx)
    org = await world.organisation()
    number = await world.bank_account(org)
    order = await world.order(org)
    payment = await world.payment(order, org, number)
    took = await asyncio.gather(
        *(world.arrive(payment) for _ in range(4)),
        # and the same arrival found by asking, at the same moment
        *(real_tx.run(service.take_payment, payment=payment, sealer=SEALER) for _ in range(4)),
    )
    assert sum(one is True for one in took) == 1
    assert await world.count("receipt") == 1
    assert await world.purse("order", order.id) == order.amount_minor
    # an arrival without an order has no lock but its own reference
    unknown = await world.payment(None, org, number)
    await asyncio.gather(
        *(real_tx.run(service.take_payment, payment=unknown, sealer=SEALER) for _ in range(6))
    )
    assert await world.count("receipt") == 2
    assert await world.count("payout") == 1
    await world.assert_even()


async def test_of_two_payments_at_once_one_counts_and_two_workers_pay_back_once(
    real_tx: Tx,
) -> None:
    world = World(real_tx)
    org = await world.organisation()
    number = await world.bank_account(org)
    order = await world.order(org)
    payments = [await world.payment(order, org, number) for _ in range(3)]
    await asyncio.gather(*(world.arrive(one) for one in payments))
    kinds = await world.rows("SELECT kind FROM receipt ORDER BY kind")
    assert [one.kind for one in kinds] == ["doubled", "doubled", "matched"]
    swept = await asyncio.gather(*(real_tx.run(sweep_payouts) for _ in range(4)))
    assert sum(swept) == 2
    await world.rows("UPDATE payout SET due_at = made_at RETURNING 1")
    bank = FakeBank()
    await asyncio.gather(*(world.work_payouts(bank) for _ in range(3)))
    assert len(bank.payouts) == 2
    assert await world.purse("bank") == -order.amount_minor
    await world.assert_even()


async def in_turn(tx: Tx, database: str, first: Verb, second: Verb) -> None:
    """Run two parts of verbs, where the first keeps its locks until the second waits."""
    began, go_on = asyncio.Event(), asyncio.Event()

    async def lead(uow: UnitOfWork) -> None:
        await first(uow)
        await uow.session.flush()
        began.set()
        await go_on.wait()

    async def follow(uow: UnitOfWork) -> None:
        await second(uow)

    leading = asyncio.create_task(tx.run(lead))
    await began.wait()
    following = asyncio.create_task(tx.run(follow))
    try:
        await wait_for_waiters(database, 1)
    finally:
        go_on.set()
        await asyncio.gather(leading, following)


@pytest.mark.parametrize("first", ["arrival", "amendment"])
async def test_an_arrival_is_judged_by_the_end_before_or_after_a_change_and_never_between(
    real_tx: Tx, real_database: str, first: str
) -> None:
    world = World(real_tx)
    sale = await world.lot_with_deposit(due_in=600)
    org, number = await world.applicant(sale)
    order = await world.deposit_order(sale, org)
    ends_at = (await world.show_lot(sale.number)).free_ends_at
    # by the old end in time where it comes first, late by the old where it comes second
    at = 1 if first == "arrival" else -900
    payment = await world.payment(order, org, number, ago_s=at)
    arrival = partial(service.take_payment, payment=payment, sealer=SEALER)
    amendment = partial(
        auctions.amend_lot,
        actor=sale.seller.head,
        number=sale.number,
        changes=Amendment(deposit_due_at=ends_at),
        statement="延长缴纳时间",
        key="amend-key-1",
    )
    rivals = (arrival, amendment) if first == "arrival" else (amendment, arrival)
    await in_turn(real_tx, real_database, *rivals)
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "locked"}
    now = await world.deposit_order(sale, org)
    assert now.due_at == (order.due_at if first == "arrival" else ends_at)
    (deposit,) = await world.rows("SELECT due_at FROM deposit")
    assert deposit.due_at == now.due_at
    await world.assert_even()


async def test_release_and_forfeiture_at_once_are_one(real_tx: Tx) -> None:
    world = World(real_tx)
    sale = await world.lot_with_deposit()
    org = await world.paying_bidder(sale)
    operator = await world.operator()
    await real_tx.run(
        auctions.terminate_lot,
        actor=operator,
        number=sale.number,
        reason=TerminateReason.authority,
        statement="主管部门要求终止。",
        key="terminate-key-1",
    )
    (row,) = await world.rows("SELECT id FROM deposit")
    deposit_id: UUID = row.id
    forfeit = real_tx.run(
        auctions.forfeit_deposit,
        actor=operator,
        deposit_id=deposit_id,
        reason=ForfeitReason.collusion,
        portions=[Portion(Use.seller, 20_000_00)],
        statement="串通。",
    )
    done, refused = await together(forfeit, *(real_tx.run(auctions.sweep_deposits) for _ in "12"))
    assert len(done) + len(refused) == 3
    (state,) = (await world.deposit_states(sale)).values()
    assert state in ("released", "frozen")
    assert (state == "released") == (len(refused) == 1)
    assert await world.count("payout") == (state == "released"), "it leaves or is kept"
    assert org.id
    await world.assert_even()
