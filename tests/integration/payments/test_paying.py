"""Payouts: tried under one number until they have gone, told of when they do not; four eyes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.money import Money
from app.core.tx import Tx
from app.payments import service
from app.payments.errors import (
    NothingToRefund,
    PayoutDecided,
    PayoutMissing,
    ReceiptMissing,
    SamePerson,
)
from app.payments.jobs import work_payout
from app.payments.paying import sweep_payouts
from app.payments.ports import BankEvent, PayoutAsked, PayoutKnown
from app.payments.types import PayoutFilter, PayoutReason
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.payments import SEALER, FakeBank


@pytest.fixture
async def short(world: World) -> Org:
    """Whoever paid too little: his money is on its way back."""
    org = await world.organisation("少付公司")
    order = await world.order(org)
    await world.arrive(await world.payment(order, org, await world.bank_account(org), yuan=1))
    return org


async def payout(world: World) -> tuple[str, int, str, bool]:
    (one,) = await world.rows(
        "SELECT state, attempts, bank_number, stuck_at IS NOT NULL AS stuck FROM payout"
    )
    return one.state, one.attempts, one.bank_number[-2:], one.stuck


async def paid(world: World, yuan: int = 50_000) -> tuple[Org, UUID]:
    """Somebody who paid; the id of the receipt."""
    org = await world.organisation("已付公司")
    order = await world.order(org, yuan=yuan)
    await world.arrive(await world.payment(order, org, await world.bank_account(org)))
    (receipt,) = await world.rows("SELECT id FROM receipt WHERE order_id = :id", id=order.id)
    return org, receipt.id


async def test_a_lost_answer_is_asked_for_under_the_same_number(
    world: World, short: Org, clock: Clock
) -> None:
    bank = FakeBank(lose_answers=1)
    await world.work_payouts(bank)
    assert await payout(world) == ("waiting", 1, "-1", False)
    assert await world.work_payouts(bank) == 0, "not before its pause is over"
    await clock.advance(seconds=11)
    await world.work_payouts(bank)
    assert await payout(world) == ("settled", 2, "-1", False)
    assert len(bank.payouts) == 1, "the bank has paid once"
    assert await world.purse("bank") == 0
    await world.assert_even()


async def test_a_worker_that_dies_costs_only_time(world: World, short: Org, clock: Clock) -> None:
    await world.tx.run(sweep_payouts)
    assert await payout(world) == ("sending", 1, "-1", False)
    bank = FakeBank()
    assert await world.work_payouts(bank) == 0
    await clock.advance(minutes=3)
    await world.work_payouts(bank)
    assert await payout(world) == ("settled", 2, "-1", False)


async def test_what_the_bank_has_taken_is_asked_about(
    world: World, short: Org, clock: Clock
) -> None:
    bank = FakeBank(mood="accepted")
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "ordered"
    (number,) = bank.payouts
    bank.settle(number)
    await clock.advance(minutes=1)
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "settled"
    assert bank.asked["order_payout"] == 1
    await world.assert_even()


async def test_after_a_definite_no_a_new_number_is_tried_and_people_are_told(
    world: World, short: Org, clock: Clock
) -> None:
    operator = await world.operator()
    bank = FakeBank(mood="retryable")
    for _ in range(5):
        await world.work_payouts(bank)
        await clock.advance(hours=1)
    state, attempts, number, stuck = await payout(world)
    assert (state, attempts, number, stuck) == ("waiting", 5, "-6", True)
    assert await world.count("fact", topic="payments.payout_stuck.v1") == 1
    told = "SELECT kind FROM inbox_message WHERE person_id = :id"
    assert [one.kind for one in await world.rows(told, id=operator.person_id)] == [
        "payments.payout_stuck"
    ]
    page = await world.tx.run(service.list_payouts, actor=operator, only=PayoutFilter.stuck)
    assert len(page.items) == 1
    bank.mood = "settled"
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "settled", "it is tried on"
    assert len([one for one in bank.states.values() if one.state == "settled"]) == 1
    await world.assert_even()


@pytest.mark.parametrize("mood", ["final", "refused"])
async def test_what_the_bank_refuses_for_good_waits_for_a_person(
    world: World, short: Org, clock: Clock, mood: str
) -> None:
    bank = FakeBank(mood=mood)
    await world.work_payouts(bank)
    assert await payout(world) == ("waiting", 1, "-1", True)
    await clock.advance(days=2)
    assert await world.work_payouts(bank) == 0
    (found,) = await world.rows("SELECT id FROM payout")
    with pytest.raises(Forbidden):
        await world.tx.run(service.retry_payout, actor=short.head, payout_id=found.id)
    bank.mood = "settled"
    await world.tx.run(service.retry_payout, actor=await world.operator(), payout_id=found.id)
    await world.work_payouts(bank)
    assert await payout(world) == ("settled", 1, "-2", True)
    with pytest.raises(PayoutDecided):
        await world.tx.run(service.retry_payout, actor=await world.operator(), payout_id=found.id)
    await world.assert_even()


async def test_without_a_bank_everything_waits(world: World, short: Org) -> None:
    bank = FakeBank(away=True)
    await world.work_payouts(bank)
    assert await payout(world) == ("waiting", 1, "-1", False)
    assert await world.purse("owed") == 100


async def test_money_held_for_one_payout_is_not_there_for_another(world: World, tx: Tx) -> None:
    org, receipt_id = await paid(world)
    (order,) = await world.rows("SELECT id FROM pay_order WHERE party_id = :id", id=org.id)
    said: dict[str, Any] = {
        "order_id": order.id,
        "amount_minor": 50_000_00,
        "reason": PayoutReason.released,
    }
    first = await tx.run(service.order_payout, **said, key="release-1")
    assert await tx.run(service.order_payout, **said, key="release-1") == first
    operator = await world.operator()
    with pytest.raises(NothingToRefund):
        await tx.run(
            service.request_refund, actor=operator, receipt_id=receipt_id,
            amount=Money(1), note="误付", key="refund-key-1",
        )  # fmt: skip
    assert await world.count("payout") == 1
    unpaid = await world.order(org)
    with pytest.raises(ReceiptMissing):
        await tx.run(service.order_payout, **said | {"order_id": unpaid.id}, key="release-2")
    await world.assert_even()


async def test_a_refund_by_hand_needs_two_people(world: World, tx: Tx) -> None:
    org, receipt_id = await paid(world)
    asking, deciding = await world.operator(), await world.operator()
    said: dict[str, Any] = {
        "receipt_id": receipt_id,
        "amount": Money(20_000_00),
        "note": "合同协商一致退还",
    }
    asked = await tx.run(service.request_refund, actor=asking, **said, key="refund-key-1")
    assert await tx.run(service.request_refund, actor=asking, **said, key="refund-key-1") == asked
    with pytest.raises(KeyReused):
        await tx.run(
            service.request_refund,
            actor=asking,
            **said | {"amount": Money(1)},
            key="refund-key-1",
        )
    bank = FakeBank()
    assert await world.work_payouts(bank) == 0, "nothing goes before it is approved"
    for refused, who in (
        (SamePerson, asking),
        (Forbidden, org.head),
        (Unauthenticated, world.stranger),
    ):
        with pytest.raises(refused):
            await tx.run(service.approve_refund, actor=who, payout_id=asked)
    assert (await payout(world))[0] == "asked"
    await tx.run(service.approve_refund, actor=deciding, payout_id=asked)
    with pytest.raises(PayoutDecided):
        await tx.run(service.approve_refund, actor=await world.operator(), payout_id=asked)
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "settled"
    assert await world.purse("bank") == -30_000_00
    await world.assert_even()


async def test_a_refused_refund_frees_its_money(world: World, tx: Tx) -> None:
    _, receipt_id = await paid(world)
    asking, deciding = await world.operator(), await world.operator()
    said: dict[str, Any] = {"receipt_id": receipt_id, "amount": Money(50_000_00), "note": "误付"}
    asked = await tx.run(service.request_refund, actor=asking, **said, key="refund-key-1")
    with pytest.raises(NothingToRefund):
        await tx.run(service.request_refund, actor=asking, **said, key="refund-key-2")
    with pytest.raises(SamePerson):
        await tx.run(service.refuse_refund, actor=asking, payout_id=asked, note="撤回")
    with pytest.raises(Invalid):
        await tx.run(service.refuse_refund, actor=deciding, payout_id=asked, note=" ")
    await tx.run(service.refuse_refund, actor=deciding, payout_id=asked, note="依据不足")
    again = await tx.run(service.request_refund, actor=asking, **said, key="refund-key-3")
    assert again != asked
    await world.assert_even()


@pytest.mark.parametrize("amount", [0, -1, 10**15])
async def test_no_refund_of_what_is_not_there(world: World, tx: Tx, amount: int) -> None:
    org, receipt_id = await paid(world)
    operator = await world.operator()
    with pytest.raises((Invalid, NothingToRefund)):
        await tx.run(
            service.request_refund, actor=operator, receipt_id=receipt_id,
            amount=Money(amount), note="误付", key="refund-key-1",
        )  # fmt: skip
    with pytest.raises(Forbidden):
        await tx.run(
            service.request_refund, actor=org.head, receipt_id=receipt_id,
            amount=Money(1), note="误付", key="refund-key-1",
        )  # fmt: skip
    with pytest.raises(PayoutMissing):
        await tx.run(service.approve_refund, actor=operator, payout_id=receipt_id)
    assert await world.count("payout") == 0


async def test_a_capture_waits_for_the_payees_verified_account(
    world: World, tx: Tx, clock: Clock
) -> None:
    org, _ = await paid(world)
    (order,) = await world.rows("SELECT id FROM pay_order WHERE party_id = :id", id=org.id)
    seller = await world.organisation("转让大学", "university")
    await tx.run(
        service.order_payout, order_id=order.id, amount_minor=100, key="capture-1",
        reason=PayoutReason.forfeited, payee_id=seller.id,
    )  # fmt: skip
    bank = FakeBank()
    await world.work_payouts(bank)
    (one,) = await world.rows("SELECT state, last_error FROM payout")
    assert (one.state, one.last_error) == ("waiting", "no-payee")
    number = await world.bank_account(seller)
    await clock.advance(minutes=1)
    await world.work_payouts(bank)
    (sent,) = bank.payouts.values()
    assert (sent.kind, sent.payee_name, sent.payee_account) == ("capture", "转让大学", number)
    assert number not in repr(sent), "no account in a log"
    await world.assert_even()


async def told(world: World, kind: str) -> list[str]:
    sql = "SELECT DISTINCT subject FROM inbox_message WHERE kind = :kind"
    rows = await world.rows(sql, kind=kind)
    return [str(one.subject) for one in rows]


async def test_a_try_that_is_over_does_nothing(world: World, short: Org, clock: Clock) -> None:
    """A worker that was slow finds that another one has the payout in hand."""
    bank = FakeBank(away=True)
    await world.work_payouts(bank)
    await clock.advance(minutes=1)
    await world.tx.run(sweep_payouts)
    (one,) = await world.rows("SELECT id FROM payout")
    bank.away = False
    payload = json.dumps({"id": str(one.id), "attempt": 1}).encode()
    await work_payout(world.tx, bank, SEALER, payload)
    assert not bank.payouts
    assert await payout(world) == ("sending", 2, "-1", False)


async def test_an_answer_about_another_payout_says_nothing(
    world: World, short: Org, clock: Clock
) -> None:
    operator = await world.operator()
    assert operator
    bank = FakeBank()

    async def confused(payout: PayoutAsked) -> PayoutKnown:
        return PayoutKnown("TK-2026-999999-1", "settled", at=datetime.now(UTC))

    bank.order_payout = confused  # type: ignore[method-assign]
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "sending", "it stays due"
    assert await world.purse("owed") == 100
    assert len(await told(world, "payments.bank_contradicts")) == 1
    del bank.order_payout
    await clock.advance(minutes=3)
    await world.work_payouts(bank)
    assert (await payout(world))[0] == "settled"
    await world.assert_even()


async def test_words_about_a_payout_that_contradict_are_told_once_and_change_nothing(
    world: World, short: Org
) -> None:
    await world.operator()
    await world.work_payouts(FakeBank())
    (one,) = await world.rows("SELECT bank_number FROM payout")
    failed = PayoutKnown(one.bank_number, "failed", retryable=True)
    for number in (1, 2):
        event = BankEvent(f"event-{number}", "payout.failed", payout=failed)
        assert await world.tell_bank_event(event)
    older = PayoutKnown(one.bank_number, "accepted")
    await world.tell_bank_event(BankEvent("event-3", "payout.accepted", payout=older))
    assert await payout(world) == ("settled", 1, "-1", False)
    assert len(await told(world, "payments.bank_contradicts")) == 1
    await world.assert_even()


async def test_another_amount_is_told_and_an_unknown_number_too(world: World, short: Org) -> None:
    await world.operator()
    bank = FakeBank(mood="accepted")
    await world.work_payouts(bank)
    (number,) = bank.payouts
    for event, known in (
        ("event-1", PayoutKnown(number, "settled", at=datetime.now(UTC), amount_minor=99)),
        ("event-2", PayoutKnown("TK-2026-999999-1", "settled")),
    ):
        await world.tell_bank_event(BankEvent(event, "payout.settled", payout=known))
    assert (await payout(world))[0] == "settled"
    assert len(await told(world, "payments.bank_contradicts")) == 2
    await world.assert_even()


async def test_no_word_of_the_bank_stands_in_for_the_second_person(world: World, tx: Tx) -> None:
    _, receipt_id = await paid(world)
    await tx.run(
        service.request_refund, actor=await world.operator(), receipt_id=receipt_id,
        amount=Money(1), note="误付", key="refund-key-1",
    )  # fmt: skip
    (one,) = await world.rows("SELECT id, bank_number FROM payout")
    known = PayoutKnown(one.bank_number, "settled", at=datetime.now(UTC))
    await world.tell_bank_event(BankEvent("event-1", "payout.settled", payout=known))
    assert (await payout(world))[0] == "asked"
    assert len(await told(world, "payments.bank_contradicts")) >= 1
    with pytest.raises(IntegrityError, match="four_eyes"):
        await world.rows("UPDATE payout SET state = 'waiting', due_at = made_at RETURNING 1")
