"""Deposits: only the own money in time lets bid; losers' go home, the winner's counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auctions import service
from app.auctions.deposit_errors import DepositMissing
from app.auctions.errors import NotAdmitted
from app.auctions.life_types import TerminateReason
from app.core.errors import Forbidden
from app.core.tx import Tx
from tests.conftest import Clock
from tests.integration.deposits.conftest import Stage
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale
from tests.worlds.payments import FakeBank, account_number


async def close(world: World, clock: Clock) -> None:
    """The lot's clock runs out."""
    await clock.advance(seconds=3700)
    await world.beat()
    await world.sweep_lots()


async def may_bid(world: World, sale: Sale, org: Org) -> bool:
    try:
        await world.bid(sale, org, 100_000)
    except NotAdmitted:
        return False
    return True


async def test_only_a_locked_deposit_lets_bid(stage: Stage, world: World) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    assert not await may_bid(world, sale, org)
    order = await world.deposit_order(sale, org)
    assert order.amount_minor == 20_000_00
    await world.arrive(await world.payment(order, org, number))
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "locked"}
    assert await may_bid(world, sale, org)
    # the money lies in the order's purse, held for the lot
    assert await world.purse("order", order.id) == 20_000_00
    (purse,) = await world.rows(
        "SELECT debits_pending FROM ledger_account WHERE owner_id = :id", id=order.id
    )
    assert purse.debits_pending == 20_000_00
    assert await world.hear_money() == 0, "a fact is heard once"
    await world.assert_even()


@pytest.mark.parametrize("how", ["late", "short", "third_party", "unverified_name"])
async def test_other_money_gives_no_right(stage: Stage, world: World, how: str) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    order = await world.deposit_order(sale, org)
    payment = await world.payment(
        order,
        org,
        account_number() if how == "third_party" else number,
        yuan=19_999 if how == "short" else None,
        ago_s=-3700 if how == "late" else 1,
        name="某个人" if how == "unverified_name" else None,
    )
    await world.arrive(payment)
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "required"}
    assert not await may_bid(world, sale, org)
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [one.amount_minor for one in bank.payouts.values()] == [payment.amount_minor]
    await world.assert_even()


async def test_the_surplus_goes_back_and_the_rest_counts(stage: Stage, world: World) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    order = await world.deposit_order(sale, org)
    await world.arrive(await world.payment(order, org, number, yuan=20_001))
    await world.hear_money()
    assert await may_bid(world, sale, org)
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [one.amount_minor for one in bank.payouts.values()] == [100]


async def test_losers_go_home_at_once_and_the_winners_counts(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale = stage.sale
    winner, loser = [await world.apply_and_pay(sale, *one) for one in stage.payers[:2]]
    late, _ = stage.payers[2]  # never pays
    await world.apply(sale, late)
    await world.bid(sale, winner, 100_000)
    assert await world.sweep_deposits() == 0, "the lot still runs"
    await close(world, clock)
    await world.sweep_deposits()
    states = await world.deposit_states(sale)
    assert states == {winner.id: "applied_to_price", loser.id: "released", late.id: "lapsed"}
    assert await tx.run(service.read_paid, lot_id=sale.id) == 20_000_00
    bank = FakeBank()
    await world.work_payouts(bank)
    await world.hear_money()
    page = await tx.run(service.show_deposit, actor=loser.head, number=sale.number)
    assert page.deposit.returned_at is not None
    assert page.deposit.release_due_at is not None
    closed_at = (await world.show_lot(sale.number)).closed_at
    assert closed_at is not None
    assert page.deposit.release_due_at - closed_at == timedelta(hours=24)
    assert await world.purse("bank") == -20_000_00, "the winner's is still there"
    await world.assert_even()


async def test_an_unsold_lot_gives_everybodys_back(
    stage: Stage, world: World, clock: Clock
) -> None:
    sale = stage.sale
    bidders = [await world.apply_and_pay(sale, *one) for one in stage.payers]
    await close(world, clock)
    assert await world.sweep_deposits() == 3
    assert set((await world.deposit_states(sale)).values()) == {"released"}
    bank = FakeBank()
    await world.work_payouts(bank)
    assert len(bank.payouts) == len(bidders)
    assert await world.purse("bank") == 0
    await world.assert_even()


async def test_a_terminated_lot_gives_everybodys_back_the_leaders_too(
    stage: Stage, world: World, tx: Tx
) -> None:
    sale = stage.sale
    leader = await world.apply_and_pay(sale, *stage.payers[0])
    await world.bid(sale, leader, 100_000)
    await tx.run(
        service.terminate_lot,
        actor=stage.operators[0],
        number=sale.number,
        reason=TerminateReason.authority,
        statement="主管部门要求终止。",
        key="terminate-key-1",
    )
    assert await world.sweep_deposits() == 1
    assert await world.deposit_states(sale) == {leader.id: "released"}
    assert await world.sweep_deposits() == 0
    await world.assert_even()


async def test_a_withdrawn_application_gives_its_money_back(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    (row,) = await world.rows("SELECT id FROM lot_application WHERE party_id = :id", id=org.id)
    order = await world.deposit_order(sale, org)
    await tx.run(service.withdraw_application, actor=org.head, application_id=row.id)
    assert await world.deposit_states(sale) == {org.id: "lapsed"}
    # the money was already on its way
    payment = await world.payment(order, org, number)
    await world.arrive(payment)
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "lapsed"}
    bank = FakeBank()
    await world.work_payouts(bank)
    assert len(bank.payouts) == 1
    assert await world.purse("bank") == 0


async def test_money_that_arrived_before_the_withdrawal_was_heard_of_goes_home(
    stage: Stage, world: World, tx: Tx
) -> None:
    sale = stage.sale
    org, number = stage.payers[0]
    await world.apply(sale, org)
    (row,) = await world.rows("SELECT id FROM lot_application WHERE party_id = :id", id=org.id)
    await world.arrive(await world.payment(await world.deposit_order(sale, org), org, number))
    await tx.run(service.withdraw_application, actor=org.head, application_id=row.id)
    assert await world.deposit_states(sale) == {org.id: "released"}
    await world.hear_money()
    assert await world.deposit_states(sale) == {org.id: "released"}
    assert not await may_bid(world, sale, org)
    bank = FakeBank()
    await world.work_payouts(bank)
    assert await world.purse("bank") == 0
    await world.assert_even()


async def test_everybody_sees_his_own_and_operators_see_all(
    stage: Stage, world: World, tx: Tx
) -> None:
    sale = stage.sale
    org = await world.apply_and_pay(sale, *stage.payers[0])
    other = stage.payers[1][0]
    assert [
        one.lot_number for one in (await tx.run(service.list_own_deposits, actor=org.head)).items
    ] == [sale.number]
    assert not (await tx.run(service.list_own_deposits, actor=other.head)).items
    with pytest.raises(DepositMissing):
        await tx.run(service.show_deposit, actor=other.head, number=sale.number)
    assert await tx.run(service.find_deposit, actor=other.head, number=sale.number) is None
    assert await tx.run(service.find_deposit, actor=world.stranger, number=sale.number) is None
    with pytest.raises(Forbidden):
        await tx.run(service.list_deposits, actor=sale.seller.head)
    (seen,) = (await tx.run(service.list_deposits, actor=stage.operators[0])).items
    assert (seen.party_name, seen.state) == (org.name, "locked")
