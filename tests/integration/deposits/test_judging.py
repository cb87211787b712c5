"""What people decide about a deposit: freeze, forfeit, convert, return; nobody else may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.auctions import service
from app.auctions.deposit_errors import (
    DepositMissing,
    DepositStateForbids,
    ForfeitureDecided,
    ForfeitureWaits,
    SameJudge,
)
from app.auctions.deposit_types import DepositFilter, ForfeitReason, Portion, Use
from app.auctions.life_types import AnnulGround
from app.auctions.personal import export_personal, list_open_things
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.money import Money
from app.core.tx import Tx
from app.payments import service as payments
from app.payments.errors import NothingToRefund
from tests.conftest import Clock
from tests.integration.deposits.conftest import Stage
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale
from tests.worlds.payments import FakeBank

WORDS = "详见编号 2026-7 的处理意见。"


async def won(stage: Stage, world: World, clock: Clock) -> tuple[Sale, Org, UUID]:
    """A lot whose winner's deposit counts toward the price."""
    sale = stage.sale
    winner = await world.apply_and_pay(sale, *stage.payers[0])
    await world.bid(sale, winner, 100_000)
    await clock.advance(seconds=3700)
    await world.beat()
    await world.sweep_lots()
    await world.sweep_deposits()
    return sale, winner, await deposit_of(world, sale, winner)


async def deposit_of(world: World, sale: Sale, org: Org) -> UUID:
    sql = "SELECT id FROM deposit WHERE lot_id = :lot AND party_id = :party"
    found: UUID = (await world.rows(sql, lot=sale.id, party=org.id))[0].id
    return found


def forfeiting(deposit_id: UUID, **given: Any) -> dict[str, Any]:
    portions = [Portion(Use.costs, 1_000_00), Portion(Use.seller, 19_000_00)]
    return {
        "deposit_id": deposit_id,
        "reason": ForfeitReason.refuses_to_pay,
        "portions": portions,
        "statement": WORDS,
    } | given


async def test_a_forfeited_deposit_is_used_in_order(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale, winner, deposit_id = await won(stage, world, clock)
    operator = stage.operators[0]
    await world.bank_account(sale.seller)
    await tx.run(service.forfeit_deposit, actor=operator, **forfeiting(deposit_id))
    assert await world.deposit_states(sale) == {winner.id: "frozen"}
    assert await world.count("payout") == 0
    await tx.run(service.approve_forfeiture, actor=stage.operators[1], deposit_id=deposit_id)
    assert await world.deposit_states(sale) == {winner.id: "forfeited"}
    assert await world.purse("costs", sale.id) == 1_000_00
    assert await tx.run(service.read_paid, lot_id=sale.id) == 0
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [(one.kind, one.amount_minor) for one in bank.payouts.values()] == [
        ("capture", 19_000_00)
    ]
    assert await world.purse("lot", sale.id) == 0
    told = "SELECT kind FROM inbox_message WHERE person_id = :id"
    kinds = {one.kind for one in await world.rows(told, id=winner.head.person_id)}
    assert {"auctions.deposit_proposed", "auctions.deposit_forfeited"} <= kinds
    with pytest.raises(DepositStateForbids):
        await tx.run(service.forfeit_deposit, actor=operator, **forfeiting(deposit_id))
    await world.assert_even()


async def test_the_rest_of_a_forfeited_deposit_goes_home(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    _, _, deposit_id = await won(stage, world, clock)
    portions = [Portion(Use.costs, 5_000_00), Portion(Use.returned, 15_000_00)]
    await tx.run(
        service.forfeit_deposit,
        actor=stage.operators[0],
        **forfeiting(deposit_id, portions=portions),
    )
    await tx.run(service.approve_forfeiture, actor=stage.operators[1], deposit_id=deposit_id)
    bank = FakeBank()
    await world.work_payouts(bank)
    assert [(one.kind, one.amount_minor) for one in bank.payouts.values()] == [
        ("refund", 15_000_00)
    ]
    await world.assert_even()


async def test_a_deposit_is_kept_by_two_people(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale, winner, deposit_id = await won(stage, world, clock)
    first, second = stage.operators
    said: dict[str, Any] = {"deposit_id": deposit_id, "statement": WORDS}
    with pytest.raises(ForfeitureDecided):
        await tx.run(service.approve_forfeiture, actor=second, deposit_id=deposit_id)
    await tx.run(service.forfeit_deposit, actor=first, **forfeiting(deposit_id))
    with pytest.raises(ForfeitureWaits):
        await tx.run(service.forfeit_deposit, actor=second, **forfeiting(deposit_id))
    with pytest.raises(ForfeitureWaits):
        await tx.run(service.lift_freeze, actor=second, **said)
    for refusal, who in (
        (SameJudge, first),
        (Unauthenticated, world.stranger),
        (Forbidden, sale.seller.head),
    ):
        with pytest.raises(refusal):
            await tx.run(service.approve_forfeiture, actor=who, deposit_id=deposit_id)
        with pytest.raises(refusal):
            await tx.run(service.refuse_forfeiture, actor=who, **said)
    assert await world.sweep_deposits() == 0, "frozen until somebody decides"
    waiting = await tx.run(service.list_deposits, actor=first, only=DepositFilter.to_decide)
    assert [one.asked is not None for one in waiting.items] == [True]
    assert await world.count("payout") == 0
    with pytest.raises(IntegrityError, match="four_eyes"):
        await world.rows(
            "UPDATE deposit SET state = 'forfeited', asked = NULL, decided_by = asked_by,"
            " frozen_from = NULL, forfeit_reason = 'collusion', ended_at = opened_at RETURNING 1"
        )
    assert first.person_id is not None
    own = await tx.run(export_personal, person_id=first.person_id)
    assert [(one["number"], one["proposed"]) for one in own["deposits_decided"]] == [
        (sale.number, True)
    ]
    (open_thing,) = await tx.run(list_open_things, organisation_id=winner.id)
    assert "1 笔保证金" in str(open_thing)
    await tx.run(service.refuse_forfeiture, actor=second, **said)
    assert await world.deposit_states(sale) == {winner.id: "applied_to_price"}
    assert await tx.run(service.read_paid, lot_id=sale.id) == 20_000_00
    # one that was frozen before for a dispute stays so
    await tx.run(service.freeze_deposit, actor=first, **said)
    await tx.run(service.forfeit_deposit, actor=second, **forfeiting(deposit_id))
    await tx.run(service.refuse_forfeiture, actor=first, **said)
    assert await world.deposit_states(sale) == {winner.id: "frozen"}
    await tx.run(service.lift_freeze, actor=first, **said)
    assert await world.deposit_states(sale) == {winner.id: "applied_to_price"}
    await world.assert_even()


async def test_nobody_else_decides_and_nothing_changes(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale, winner, deposit_id = await won(stage, world, clock)
    operator = stage.operators[0]
    supervisor = await world.person("监督", platform={"supervisor"})
    for who, refusal in (
        (world.stranger, Unauthenticated),
        (winner.head, Forbidden),
        (sale.seller.head, Forbidden),
        (supervisor, Forbidden),
    ):
        for verb in (service.freeze_deposit, service.convert_deposit, service.return_deposit):
            with pytest.raises(refusal):
                await tx.run(verb, actor=who, deposit_id=deposit_id, statement=WORDS)
        with pytest.raises(refusal):
            await tx.run(service.forfeit_deposit, actor=who, **forfeiting(deposit_id))
    with pytest.raises(Invalid):
        await tx.run(service.freeze_deposit, actor=operator, deposit_id=deposit_id, statement="  ")
    with pytest.raises(Invalid):
        await tx.run(service.forfeit_deposit, actor=operator, **forfeiting(deposit_id, portions=[]))
    with pytest.raises(DepositMissing):
        await tx.run(service.freeze_deposit, actor=operator, deposit_id=sale.id, statement=WORDS)
    with pytest.raises(DepositStateForbids):
        await tx.run(service.lift_freeze, actor=operator, deposit_id=deposit_id, statement=WORDS)
    assert await world.deposit_states(sale) == {winner.id: "applied_to_price"}
    assert await world.count("payout") == 0


async def test_a_dispute_freezes_and_what_was_due_happens_afterwards(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale = stage.sale
    org = await world.apply_and_pay(sale, *stage.payers[0])
    operator, deposit_id = stage.operators[0], await deposit_of(world, sale, org)
    said: dict[str, Any] = {"actor": operator, "deposit_id": deposit_id, "statement": WORDS}
    await tx.run(service.freeze_deposit, **said)
    await tx.run(service.freeze_deposit, **said)
    await clock.advance(seconds=3700)
    await world.beat()
    await world.sweep_lots()
    assert await world.sweep_deposits() == 0
    assert await world.deposit_states(sale) == {org.id: "frozen"}
    await tx.run(service.lift_freeze, **said)
    assert await world.sweep_deposits() == 1
    assert await world.deposit_states(sale) == {org.id: "released"}
    with pytest.raises(DepositStateForbids):
        await tx.run(service.freeze_deposit, **said)
    await world.assert_even()


async def test_a_return_by_hand_needs_two_people_and_falls_back_when_refused(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale, winner, deposit_id = await won(stage, world, clock)
    first, second = stage.operators
    said: dict[str, Any] = {"actor": first, "deposit_id": deposit_id, "statement": WORDS}
    await tx.run(service.convert_deposit, **said)
    assert await world.deposit_states(sale) == {winner.id: "converted_to_performance"}
    await tx.run(service.return_deposit, **said)
    bank = FakeBank()
    assert await world.work_payouts(bank) == 0, "nothing goes before the second person"
    (asked,) = await world.rows("SELECT id FROM payout WHERE state = 'asked'")
    await tx.run(payments.refuse_refund, actor=second, payout_id=asked.id, note="合同仍在履行")
    await world.hear_money()
    assert await world.deposit_states(sale) == {winner.id: "frozen"}
    await world.assert_even()

    await tx.run(service.lift_freeze, **said)
    assert await world.deposit_states(sale) == {winner.id: "converted_to_performance"}
    await tx.run(service.return_deposit, **said)
    (asked,) = await world.rows("SELECT id FROM payout WHERE state = 'asked'")
    await tx.run(payments.approve_refund, actor=second, payout_id=asked.id)
    await world.work_payouts(bank)
    await world.hear_money()
    assert await world.purse("bank") == 0
    (kept,) = await world.rows("SELECT returned_at FROM deposit")
    assert kept.returned_at is not None
    await world.assert_even()


async def test_a_refund_by_hand_cannot_touch_a_locked_deposit(
    stage: Stage, world: World, tx: Tx
) -> None:
    await world.apply_and_pay(stage.sale, *stage.payers[0])
    (receipt,) = await world.rows("SELECT id, counted_minor FROM receipt")
    with pytest.raises(NothingToRefund):
        await tx.run(
            payments.request_refund,
            actor=stage.operators[0],
            receipt_id=receipt.id,
            amount=Money(1),
            note="误付",
            key="refund-key-1",
        )
    assert await world.count("payout") == 0


async def test_what_was_proposed_is_looked_at_again_when_it_is_approved(
    stage: Stage, world: World, tx: Tx, clock: Clock
) -> None:
    sale, winner, deposit_id = await won(stage, world, clock)
    first, second = stage.operators
    await tx.run(service.forfeit_deposit, actor=first, **forfeiting(deposit_id))
    await tx.run(
        service.annul_lot,
        actor=first,
        number=sale.number,
        ground=AnnulGround.ineligible,
        statement=WORDS,
        key="annul-key-1",
    )
    with pytest.raises(Invalid):  # there is no winner any more who could have defaulted
        await tx.run(service.approve_forfeiture, actor=second, deposit_id=deposit_id)
    assert await world.count("payout") == 0
    said: dict[str, Any] = {"actor": second, "deposit_id": deposit_id, "statement": WORDS}
    await tx.run(service.refuse_forfeiture, **said)
    assert await world.sweep_deposits() == 1
    assert await world.deposit_states(sale) == {winner.id: "released"}
    await world.assert_even()
