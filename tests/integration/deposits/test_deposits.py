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


async def test_only_a_locked_deposit_lets_bid(world: World) -> None:
    sale = await world.lot_with_deposit()
    org, number = await world.applicant(sale)
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
async def test_other_money_gives_no_right(world: World, how: str) -> None:
    sale = await world.lot_with_deposit(due_in=60)
    org, number = await world.applicant(sale)
    order = await world.deposit_order(sale, org)
    payment = await world.payment(
        order,
        org,
        account_number() if how == "third_party" else number,
        yuan=19_999 if how == "short" else None,
        ago_s=-60 if how == "late" else 1,
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


async def test_the_surplus_goes_back_and_the_rest_counts(world: World) -> None:
    sale = await world.lot_with_deposit()
    org, number = await world.applicant(sale)
    order = await world.deposit_order(sale, org)
    await world.arrive(await world.payment(order, org, number, yuan=20_001))
    await world.hear_money()
    assert await may_bid(world, sale, org)
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [one.amount_minor for one in bank.payouts.values()] == [100]


async def test_losers_go_home_at_once_and_the_winners_counts(
    world: World, tx: Tx, clock: Clock
) -> None:
    sale = await world.lot_with_deposit()
    winner, loser = await world.paying_bidder(sale), await world.paying_bidder(sale)
    late, _ = await world.applicant(sale)  # never pays
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


async def test_an_unsold_lot_gives_everybodys_back(world: World, clock: Clock) -> None:
    sale = await world.lot_with_deposit()
    bidders = [await world.paying_bidder(sale) for _ in range(3)]
    await close(world, clock)
    assert await world.sweep_deposits() == 3
    assert set((await world.deposit_states(sale)).values()) == {"released"}
    bank = FakeBank()
    await world.work_payouts(bank)
    assert len(bank.payouts) == len(bidders)
    assert await world.purse("bank") == 0
    await world.assert_even()


async def test_a_terminated_lot_gives_everybodys_back_the_leaders_too(world: World, tx: Tx) -> None:
    sale = await world.lot_with_deposit()
    leader = await world.paying_bidder(sale)
    await world.bid(sale, leader, 100_000)
    await tx.run(
        service.terminate_lot,
        actor=await world.operator(),
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
    world: World, tx: Tx, clock: Clock
) -> None:
    sale = await world.lot_with_deposit()
    org, number = await world.applicant(sale)
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
    world: World, tx: Tx
) -> None:
    sale = await world.lot_with_deposit()
    org, number = await world.applicant(sale)
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


async def test_everybody_sees_his_own_and_operators_see_all(world: World, tx: Tx) -> None:
    sale = await world.lot_with_deposit()
    org = await world.paying_bidder(sale)
    other = await world.organisation()
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
    (seen,) = (await tx.run(service.list_deposits, actor=await world.operator())).items
    assert (seen.party_name, seen.state) == (org.name, "locked")
