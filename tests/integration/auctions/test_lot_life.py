"""A published lot is changed, stopped, let go on, ended, undone and put up again: each verb does,
refuses and changes nothing, and does once what comes twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.auctions import service
from app.auctions.admission_errors import DeciderBarred
from app.auctions.errors import LotStateForbids, ReasonNotYours
from app.auctions.life_types import (
    Amendment,
    AnnouncementKind,
    AnnulGround,
    FailReason,
    LotStep,
    SuspendReason,
    TerminateReason,
)
from app.auctions.types import BidMode, LotOutcome, LotState, ReserveKind, Step
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState
from app.core.actor import Actor
from app.core.errors import DomainError, Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.tx import Tx
from app.reports import service as reports
from tests.conftest import Clock
from tests.integration.auctions.steps import WHY, do, events, said, snapshot, won_lot
from tests.world import World
from tests.worlds.auctions import Sale

pytestmark = pytest.mark.usefixtures("index_agrees")

DAY = timedelta(days=1)


async def test_the_operator_stops_a_lot_and_lets_it_go_on(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    bidder = await world.bidder(sale)
    await world.bid(sale, bidder, 100_000)
    await clock.advance(seconds=90)
    await world.beat()
    operator = await world.operator()
    for _ in range(2):
        await do(tx, service.suspend_lot, operator, sale, reason=SuspendReason.system_fault)
    assert (await world.show_lot(sale.number)).state is LotState.suspended
    assert (await events(tx, sale))[-1] is Step.suspended
    refused = await world.bid(sale, await world.bidder(sale), 105_000)
    assert str(refused.reason) == "suspended"
    await clock.advance(days=2)
    await world.beat()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).state is LotState.suspended

    by = await do(tx, service.end_cause, operator, sale, "life-2", statement="主机已更换")
    assert by - await world.market_now() > 4 * DAY
    with pytest.raises(KeyReused):
        await do(tx, service.resume_lot, operator, sale, "life-2", statement="主机已更换")
    await do(tx, service.resume_lot, operator, sale, "life-3", statement="恢复竞价")
    now, lot = await world.market_now(), await world.show_lot(sale.number)
    assert lot.state is LotState.limited
    assert abs(lot.cycle_ends_at - now - timedelta(seconds=60)) < timedelta(seconds=2)
    assert lot.price_minor == 100_000_00
    kinds = [AnnouncementKind.resumed, AnnouncementKind.cause_ended, AnnouncementKind.suspended]
    assert (await said(tx, sale))[:3] == kinds
    assert await world.count("fact", topic="auctions.lot_suspended.v1") == 1
    assert await world.count("fact", topic="auctions.lot_resumed.v1") == 1
    [row] = await world.rows("SELECT person_id FROM lot_event WHERE step = 'suspended'")
    assert row.person_id == operator.person_id


async def test_who_may_not_stop_it(tx: Tx, world: World) -> None:
    sale = await world.lot()
    await world.bid(sale, await world.bidder(sale), 100_000)
    operator, seller = await world.operator(), sale.seller.head
    supervisor = await world.person("监督员", platform=["supervisor"])
    other = (await world.organisation()).head
    before = await snapshot(world, sale)
    cases: list[tuple[Actor, SuspendReason, str, type[DomainError]]] = [
        (world.stranger, SuspendReason.system_fault, WHY, Unauthenticated),
        (other, SuspendReason.title_dispute, WHY, Forbidden),
        (supervisor, SuspendReason.system_fault, WHY, Forbidden),
        (seller, SuspendReason.system_fault, WHY, ReasonNotYours),
        (operator, SuspendReason.force_majeure, WHY, ReasonNotYours),
        (operator, SuspendReason.service_outage, WHY, ReasonNotYours),
        (seller, SuspendReason.title_dispute, WHY, LotStateForbids),  # a bid stands
        (operator, SuspendReason.system_fault, " ", Invalid),
    ]
    for actor, reason, statement, refusal in cases:
        with pytest.raises(refusal):
            await do(tx, service.suspend_lot, actor, sale, reason=reason, statement=statement)
    assert await snapshot(world, sale) == before


async def test_no_operator_steers_the_lot_of_his_own_house(
    tx: Tx, world: World, clock: Clock
) -> None:
    """Neither the seller's, nor the one that his house has won."""
    winner = await world.organisation()
    sale = await won_lot(world, clock, winner)
    running = await world.lot(sale.seller)
    cases: list[tuple[Sale, Any, Any, dict[str, Any]]] = [
        (running, sale.seller, service.suspend_lot, {"reason": SuspendReason.complaint}),
        (running, sale.seller, service.terminate_lot, {"reason": TerminateReason.title_lost}),
        (sale, sale.seller, service.fail_lot, {"reason": FailReason.did_not_pay}),
        (sale, winner, service.annul_lot, {"ground": AnnulGround.procedure}),
    ]
    for lot, house, verb, given in cases:
        colleague = await world.member(house, ["inventor"])
        torn = replace(colleague, roles=frozenset({"operator"}))
        before = await snapshot(world, lot)
        with pytest.raises(DeciderBarred):
            await do(tx, verb, torn, lot, **given)
        assert await snapshot(world, lot) == before


async def test_a_seller_does_not_stop_a_limited_period_that_nobody_noticed_yet(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=61)
    await world.beat()
    before = await snapshot(world, sale)
    with pytest.raises(LotStateForbids):
        await do(
            tx, service.suspend_lot, sale.seller.head, sale, reason=SuspendReason.title_dispute
        )
    assert await snapshot(world, sale) == before


async def test_a_lot_ended_over_a_gap_in_service_stands_still(
    tx: Tx, world: World, clock: Clock
) -> None:
    """The clock finds the gap in the very transaction that ends the lot."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=90)
    await world.pass_time_in_silence()
    operator = await world.operator()
    await do(tx, service.terminate_lot, operator, sale, reason=TerminateReason.forbidden)
    assert (await events(tx, sale))[-2:] == [Step.suspended, Step.terminated]
    [row] = await world.rows(
        "SELECT due_at, (SELECT count(*) FROM lot_suspension WHERE resumed_at IS NULL) AS open"
        " FROM lot"
    )
    assert (row.due_at, row.open) == (None, 0)


async def test_a_seller_stops_and_resumes_what_nobody_has_bid_on(tx: Tx, world: World) -> None:
    sale = await world.lot()
    seller = sale.seller.head
    await do(tx, service.suspend_lot, seller, sale, reason=SuspendReason.title_dispute)
    assert (await world.show_lot(sale.number)).state is LotState.suspended
    await do(tx, service.resume_lot, seller, sale, "life-2")
    assert (await world.show_lot(sale.number)).state is LotState.free


async def test_what_the_operator_stopped_the_seller_does_not_resume(tx: Tx, world: World) -> None:
    sale = await world.lot()
    operator = await world.operator()
    await do(tx, service.suspend_lot, operator, sale, reason=SuspendReason.complaint)
    before = await snapshot(world, sale)
    with pytest.raises(ReasonNotYours):
        await do(tx, service.resume_lot, sale.seller.head, sale, "life-2")
    with pytest.raises(LotStateForbids):
        await do(tx, service.suspend_lot, operator, sale, "life-3", reason=SuspendReason.authority)
    assert await snapshot(world, sale) == before


async def test_a_terminated_lot_frees_its_offer(tx: Tx, world: World) -> None:
    sale = await world.lot()
    await world.bid(sale, await world.bidder(sale), 100_000)
    with pytest.raises(LotStateForbids):
        await do(
            tx, service.terminate_lot, sale.seller.head, sale, reason=TerminateReason.withdrawn
        )
    operator = await world.operator()
    for _ in range(2):
        await do(tx, service.terminate_lot, operator, sale, reason=TerminateReason.title_lost)
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.outcome) == (LotState.closed, LotOutcome.terminated)
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.published
    assert await world.count("fact", topic="auctions.lot_closed.v1") == 1
    assert await world.count("fact", topic="auctions.lot_awarded.v1") == 0


async def test_a_seller_withdraws_what_nobody_has_bid_on(tx: Tx, world: World) -> None:
    sale = await world.lot()
    await do(tx, service.terminate_lot, sale.seller.head, sale, reason=TerminateReason.withdrawn)
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.terminated


async def test_a_defaulter_is_remembered(tx: Tx, world: World, clock: Clock) -> None:
    sale = await won_lot(world, clock)
    [row] = await world.rows("SELECT leader_id, achievement_id FROM lot")
    operator = await world.operator()
    with pytest.raises(Forbidden):
        await do(tx, service.fail_lot, sale.seller.head, sale, reason=FailReason.did_not_pay)
    for _ in range(2):
        await do(tx, service.fail_lot, operator, sale, reason=FailReason.did_not_pay)
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.failed
    asked = {"achievement_id": row.achievement_id}
    assert await tx.run(service.has_defaulted, party_id=row.leader_id, **asked)
    assert not await tx.run(service.has_defaulted, party_id=sale.seller.id, **asked)
    with pytest.raises(LotStateForbids):
        await do(tx, service.annul_lot, operator, sale, "x", ground=AnnulGround.procedure)


async def test_a_result_is_annulled_on_a_ground(tx: Tx, world: World, clock: Clock) -> None:
    sale = await won_lot(world, clock)
    operator = await world.operator()
    await do(tx, service.annul_lot, operator, sale, ground=AnnulGround.system_error)
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.outcome) == (LotState.closed, LotOutcome.annulled)
    assert (await events(tx, sale))[-2:] == [Step.closed, Step.annulled]


async def test_a_running_lot_has_no_result_to_undo(tx: Tx, world: World) -> None:
    sale = await world.lot()
    operator, before = await world.operator(), await snapshot(world, sale)
    with pytest.raises(LotStateForbids):
        await do(tx, service.fail_lot, operator, sale, reason=FailReason.collusion)
    with pytest.raises(LotStateForbids):
        await do(tx, service.annul_lot, operator, sale, ground=AnnulGround.collusion)
    with pytest.raises(LotStateForbids):
        await do(tx, service.resume_lot, operator, sale)
    assert await snapshot(world, sale) == before


async def test_a_lot_changes_by_announcement(tx: Tx, world: World) -> None:
    sale = await world.lot(opens_in=3600, mode=BidMode.multi)
    seller = sale.seller.head
    lot = await world.show_lot(sale.number)
    changes = Amendment(
        free_starts_at=lot.free_starts_at + DAY,
        free_ends_at=lot.free_ends_at + DAY,
        start_minor=200_000_00,
    )
    for _ in range(2):
        await do(tx, service.amend_lot, seller, sale, changes=changes, statement="补充检测报告")
    after = await world.show_lot(sale.number)
    assert (after.start_minor, after.next_minor) == (200_000_00, 200_000_00)
    assert after.registration_ends_at == after.free_starts_at == lot.free_starts_at + DAY
    assert after.cycle_ends_at == lot.cycle_ends_at + DAY
    assert after.genesis_hash == lot.genesis_hash
    assert await events(tx, sale) == [Step.amended]
    [said_first] = (await tx.run(service.list_announcements, lot_id=sale.id))[:1]
    assert said_first.facts["changes"]["start_minor"] == [100_000_00, 200_000_00]
    assert await world.count("fact", topic="auctions.lot_amended.v1") == 1


async def test_a_change_leaves_what_was_sealed_priced_and_paid_for(tx: Tx, world: World) -> None:
    """The grid under a hidden reserve, the price that needed evidence, a deposit asked for."""
    hidden = await world.lot(
        opens_in=3600,
        mode=BidMode.multi,
        proxies=True,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=150_000_00,
    )
    earlier = await world.lot()
    seller = earlier.seller
    await do(tx, service.terminate_lot, seller.head, earlier, reason=TerminateReason.withdrawn)
    again = await world.lot(seller, offer=earlier.offer, opens_in=3600, mode=BidMode.multi)
    paid = await world.lot(opens_in=3600, mode=BidMode.multi, deposit_minor=20_000_00)
    buyer = await world.organisation()
    unpaid = await world.lot(opens_in=3600, mode=BidMode.multi)
    for at, sale in enumerate((paid, unpaid)):
        key = f"apply-{at}0"
        await tx.run(service.apply_to_lot, actor=buyer.head, number=sale.number, key=key)
    cases: list[tuple[Sale, Amendment, type[DomainError]]] = [
        (hidden, Amendment(start_minor=101_000_00), Invalid),
        (hidden, Amendment(step_minor=7_000_00), Invalid),
        (again, Amendment(start_minor=90_000_00), Invalid),
        (paid, Amendment(deposit_minor=10_000_00), LotStateForbids),
        (unpaid, Amendment(deposit_minor=10_000_00), LotStateForbids),
    ]
    for sale, changes, refusal in cases:
        before = await snapshot(world, sale)
        with pytest.raises(refusal):
            await do(tx, service.amend_lot, sale.seller.head, sale, changes=changes)
        assert await snapshot(world, sale) == before


async def test_once_bids_may_come_only_the_end_is_put_off(tx: Tx, world: World) -> None:
    sale = await world.lot(proxies=True)
    seller, lot = sale.seller.head, await world.show_lot(sale.number)
    before = await snapshot(world, sale)
    with pytest.raises(LotStateForbids):
        await do(tx, service.amend_lot, seller, sale, changes=Amendment(start_minor=1_00))
    sooner = Amendment(free_ends_at=lot.free_ends_at - DAY)
    with pytest.raises(Invalid):
        await do(tx, service.amend_lot, seller, sale, changes=sooner)
    with pytest.raises(Forbidden):
        await do(tx, service.amend_lot, await world.operator(), sale, changes=Amendment())
    assert await snapshot(world, sale) == before
    later = Amendment(free_ends_at=lot.free_ends_at + DAY)
    await do(tx, service.amend_lot, seller, sale, changes=later)
    assert (await world.show_lot(sale.number)).cycle_ends_at == lot.cycle_ends_at + DAY


async def test_a_reserve_not_met_opens_a_window_that_ends_in_nothing(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(
        free_s=60,
        window_s=60,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=1_000_000_00,
        negotiation=True,
    )
    await world.bid(sale, await world.bidder(sale), 100_000)
    await clock.advance(seconds=121)
    await world.beat()
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, str(lot.ending)) == (LotOutcome.unsold, "below_reserve")
    assert lot.negotiation_ends_at is not None
    with pytest.raises(LotStateForbids, match="协商期"):
        await tx.run(
            service.relist_lot, actor=sale.seller.head, number=sale.number, form={}, key="r"
        )
    assert await tx.run(service.sweep_negotiations) == 0
    await clock.advance(seconds=601)
    assert await tx.run(service.sweep_negotiations) == 1
    assert await tx.run(service.sweep_negotiations) == 0
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.published
    everything = await world.rows("SELECT facts::text AS said FROM lot_announcement")
    assert not any("100000000" in row.said for row in everything)

    draft = await tx.run(
        service.relist_lot, actor=sale.seller.head, number=sale.number, form={}, key="relist-1"
    )
    assert (draft.relisted_from, draft.offer_number) == (sale.number, sale.offer.number)


async def test_no_key_of_a_seller_keeps_his_lot_from_ending(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(
        free_s=60,
        window_s=60,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=1_000_000_00,
        negotiation=True,
    )
    await world.bid(sale, await world.bidder(sale), 100_000)
    lot = await world.show_lot(sale.number)
    for nth, key in enumerate(("negotiating", "negotiated", "published"), start=1):
        later = Amendment(free_ends_at=lot.free_ends_at + nth * timedelta(seconds=1))
        await do(tx, service.amend_lot, sale.seller.head, sale, key, changes=later)
    await clock.advance(seconds=124)
    await world.beat()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).negotiation_ends_at is not None
    await clock.advance(seconds=601)
    assert await tx.run(service.sweep_negotiations) == 1
    kinds = [AnnouncementKind.negotiated, AnnouncementKind.negotiating]
    assert (await said(tx, sale))[:2] == kinds


async def test_a_window_that_cannot_end_holds_up_no_other(
    tx: Tx, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = await world.lot(), await world.lot()
    await world.run_sql("UPDATE lot SET negotiation_ends_at = market_now()")
    release = catalogue.release_offer

    async def refuse(uow: Any, **given: Any) -> None:
        if given["for_id"] == stuck.id:
            raise LotStateForbids
        await release(uow, **given)

    monkeypatch.setattr(catalogue, "release_offer", refuse)
    assert await tx.run(service.sweep_negotiations) == 1
    rows = await world.rows("SELECT id FROM lot WHERE negotiation_ends_at IS NOT NULL")
    assert [row.id for row in rows] == [stuck.id]
    assert await said(tx, free) == [AnnouncementKind.negotiated, AnnouncementKind.published]
    assert await said(tx, stuck) == [AnnouncementKind.published]


async def test_what_an_actor_may_do_is_what_the_verbs_allow(
    tx: Tx, world: World, clock: Clock
) -> None:
    sale = await world.lot()
    operator, lot = await world.operator(), await world.show_lot(sale.number)
    assert service.find_steps(operator, lot) == {LotStep.suspend, LotStep.terminate}
    mine = {LotStep.amend, LotStep.suspend, LotStep.terminate}
    assert service.find_steps(sale.seller.head, lot) == mine
    assert service.find_steps(world.stranger, lot) == set()
    assert service.find_steps((await world.organisation()).head, lot) == set()
    over = await world.show_lot((await won_lot(world, clock)).number)
    assert service.find_steps(operator, over) == {LotStep.fail, LotStep.annul}


async def test_everything_numbered_is_in_one_order(tx: Tx, world: World) -> None:
    sale = await world.lot()
    await world.bid(sale, await world.bidder(sale), 100_000)
    await world.bid(sale, await world.bidder(sale), 100_000)
    await do(tx, service.suspend_lot, await world.operator(), sale, reason=SuspendReason.complaint)
    found = await tx.run(service.list_events, lot_id=sale.id)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    refused = [one for one in found if getattr(one, "accepted", True) is False]
    assert [(one.code, one.amount_minor) for one in refused] == [("", None)]  # type: ignore[union-attr]


async def test_the_calendar_and_the_operators_list(tx: Tx, world: World) -> None:
    near = await world.lot(opens_in=3600)
    far = await world.lot(opens_in=40 * 86_400)
    now: datetime = await world.market_now()
    span: dict[str, Any] = {"from_": now, "until": now + 30 * DAY}
    assert [one.number for one in await tx.run(service.list_calendar, **span)] == [near.number]
    assert await tx.run(service.list_calendar, **span, mode=BidMode.dutch) == []
    with pytest.raises(Invalid):
        await tx.run(service.list_calendar, from_=now, until=now + 401 * DAY)
    page = await tx.run(service.list_standing, actor=await world.operator(), limit=1)
    assert [one.number for one in page.items] == [far.number]
    assert page.next is not None
    with pytest.raises(Forbidden):
        await tx.run(service.list_standing, actor=near.seller.head)


async def test_what_waits_stands_on_the_desks(tx: Tx, world: World) -> None:
    stopped, ended = await world.lot(), await world.lot()
    operator = await world.operator()
    await do(tx, service.suspend_lot, operator, stopped, reason=SuspendReason.complaint)
    await do(tx, service.terminate_lot, operator, ended, reason=TerminateReason.forbidden)
    await tx.run(
        service.draft_lot, actor=ended.seller.head, offer_number="", form={}, key="draft-1"
    )
    review = await tx.run(reports.review_view, actor=operator)
    assert [one.count for one in review.queues if one.href == "/review/lots"] == [1]
    desk = await tx.run(reports.desk_view, actor=ended.seller.head)
    assert [one.count for one in desk.tasks if one.href == "/desk/lots"] == [1, 1]
    made = await tx.run(
        service.relist_lot, actor=ended.seller.head, number=ended.number, form={}, key="relist-1"
    )
    assert made.relisted_from == ended.number
