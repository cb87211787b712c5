"""What staff and sellers are kept from, step by step; and the window after a reserve not met."""

from __future__ import annotations

from typing import Any

import pytest

from app.auctions import service
from app.auctions.announcing import MOST_STATEMENT
from app.auctions.errors import LotStateForbids, ReasonNotYours
from app.auctions.life_types import AnnulGround, FailReason, SuspendReason, TerminateReason
from app.auctions.types import LotOutcome, LotState, ReserveKind
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState
from app.core.errors import Forbidden, Invalid, KeyReused
from app.core.tx import Tx
from tests.conftest import Clock
from tests.integration.auctions.steps import do, said, snapshot, won_lot
from tests.world import World
from tests.worlds.auctions import Sale


async def pass_on(world: World, clock: Clock, seconds: float) -> None:
    await clock.advance(seconds=seconds)
    await world.beat()
    await world.sweep_lots()


# ---------------------------------------------------------------- words and keys


async def test_every_step_is_explained_in_words(tx: Tx, world: World, clock: Clock) -> None:
    over, running, stopped = await won_lot(world, clock), await world.lot(), await world.lot()
    operator = await world.operator()
    await do(tx, service.suspend_lot, operator, stopped, reason=SuspendReason.complaint)
    cases: list[tuple[Any, Sale, dict[str, Any]]] = [
        (service.suspend_lot, running, {"reason": SuspendReason.complaint}),
        (service.terminate_lot, running, {"reason": TerminateReason.forbidden}),
        (service.end_cause, stopped, {}),
        (service.resume_lot, stopped, {}),
        (service.fail_lot, over, {"reason": FailReason.did_not_pay}),
        (service.annul_lot, over, {"ground": AnnulGround.procedure}),
    ]
    for verb, sale, given in cases:
        before = await snapshot(world, sale)
        for statement in ("无" + " " * 9, "长" * (MOST_STATEMENT + 1)):
            with pytest.raises(Invalid):
                await do(tx, verb, operator, sale, "words-1", statement=statement, **given)
        assert await snapshot(world, sale) == before


async def test_a_key_stands_for_one_step_its_reason_and_its_words(
    tx: Tx, world: World, clock: Clock
) -> None:
    operator, over, sale = await world.operator(), await won_lot(world, clock), await world.lot()
    for _ in range(2):
        await do(tx, service.annul_lot, operator, over, ground=AnnulGround.procedure)
    with pytest.raises(KeyReused):
        await do(tx, service.annul_lot, operator, over, ground=AnnulGround.collusion)
    await do(tx, service.suspend_lot, operator, sale, reason=SuspendReason.complaint)
    before = await snapshot(world, sale)
    for changed in ({"reason": SuspendReason.authority}, {"statement": "另一说明"}):
        with pytest.raises(KeyReused):
            await do(
                tx,
                service.suspend_lot,
                operator,
                sale,
                **{"reason": SuspendReason.complaint} | changed,
            )
    assert await snapshot(world, sale) == before


# ---------------------------------------------------------------- stopping and going on


async def test_refused_bids_and_other_lots_do_not_tie_a_seller(tx: Tx, world: World) -> None:
    sale = await world.lot()
    elsewhere = await world.lot(sale.seller)
    await world.bid(elsewhere, await world.bidder(elsewhere), 100_000)
    assert not (await world.bid(sale, await world.bidder(sale), 1)).accepted
    await do(tx, service.suspend_lot, sale.seller.head, sale, reason=SuspendReason.title_dispute)
    assert (await world.show_lot(sale.number)).state is LotState.suspended


async def test_the_end_of_a_cause_is_the_operator_s_word_and_said_once(
    tx: Tx, world: World, clock: Clock
) -> None:
    sale, operator = await world.lot(), await world.operator()
    seller = sale.seller.head
    await do(tx, service.suspend_lot, seller, sale, reason=SuspendReason.title_dispute)
    with pytest.raises(Forbidden):
        await do(tx, service.end_cause, seller, sale, "cause-1")
    by = await do(tx, service.end_cause, operator, sale, "cause-1")
    assert await do(tx, service.end_cause, operator, sale, "cause-1") == by
    with pytest.raises(LotStateForbids):
        await do(tx, service.end_cause, operator, sale, "cause-2")
    [ended] = await world.rows("SELECT cause_ended_at FROM lot_suspension")
    await clock.advance(hours=1)
    await do(tx, service.resume_lot, seller, sale, "cause-3")
    [row] = await world.rows("SELECT cause_ended_at, resumed_at FROM lot_suspension")
    assert row.cause_ended_at == ended.cause_ended_at < row.resumed_at


async def test_a_lot_is_stopped_a_second_time(tx: Tx, world: World) -> None:
    """Of its suspensions only the one that stands is meant."""
    sale, operator = await world.lot(), await world.operator()
    for nth in ("a", "b"):
        await do(
            tx, service.suspend_lot, operator, sale, f"stop-{nth}", reason=SuspendReason.complaint
        )
        await do(tx, service.resume_lot, operator, sale, f"go-{nth}")
    with pytest.raises(LotStateForbids):
        await do(tx, service.resume_lot, operator, sale, "go-c")
    assert await world.count("lot_suspension") == 2


async def test_nobody_ends_a_gap_in_service_by_hand(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=90)
    await world.pass_time_in_silence()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).state is LotState.suspended
    before = await snapshot(world, sale)
    with pytest.raises(LotStateForbids, match="服务中断"):
        await do(tx, service.resume_lot, await world.operator(), sale)
    assert await snapshot(world, sale) == before


# ---------------------------------------------------------------- ending and undoing


async def test_a_seller_only_withdraws_and_an_operator_never_does(tx: Tx, world: World) -> None:
    sale = await world.lot()
    before = await snapshot(world, sale)
    for actor, reason in (
        (sale.seller.head, TerminateReason.title_lost),
        (await world.operator(), TerminateReason.withdrawn),
    ):
        with pytest.raises(ReasonNotYours):
            await do(tx, service.terminate_lot, actor, sale, reason=reason)
    assert await snapshot(world, sale) == before


async def test_a_result_that_nobody_was_told_is_not_undone(
    tx: Tx, world: World, clock: Clock
) -> None:
    """The end has passed and no sweep has come by yet: there is a winner, and no result."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await world.bid(sale, await world.bidder(sale), 100_000)
    await clock.advance(seconds=121)
    await world.beat()
    operator, before = await world.operator(), await snapshot(world, sale)
    with pytest.raises(LotStateForbids):
        await do(tx, service.fail_lot, operator, sale, reason=FailReason.did_not_pay)
    with pytest.raises(LotStateForbids):
        await do(tx, service.annul_lot, operator, sale, ground=AnnulGround.procedure)
    assert await snapshot(world, sale) == before


async def test_only_who_defaulted_on_this_very_thing_has(
    tx: Tx, world: World, clock: Clock
) -> None:
    sold, failed = await won_lot(world, clock), await won_lot(world, clock)
    operator = await world.operator()
    await do(tx, service.fail_lot, operator, failed, reason=FailReason.did_not_pay)
    rows = await world.rows("SELECT id, leader_id, achievement_id FROM lot")
    of = {row.id: row for row in rows}
    for thing, party, defaulted in (
        (of[failed.id].achievement_id, of[failed.id].leader_id, True),
        (of[sold.id].achievement_id, of[sold.id].leader_id, False),
        (of[sold.id].achievement_id, of[failed.id].leader_id, False),
        (of[failed.id].achievement_id, of[sold.id].leader_id, False),
    ):
        given = {"achievement_id": thing, "party_id": party}
        assert await tx.run(service.has_defaulted, **given) is defaulted


# ---------------------------------------------------------------- the window (协商期)


async def below_reserve(world: World, clock: Clock, *, bids: bool = True, **terms: Any) -> Sale:
    await world.beat()
    terms = {"reserve_minor": 1_000_000_00, "negotiation": True} | terms
    sale = await world.lot(free_s=60, window_s=60, reserve_kind=ReserveKind.hidden, **terms)
    if bids:
        await world.bid(sale, await world.bidder(sale), 100_000)
    await pass_on(world, clock, 121)
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.unsold
    return sale


async def offer_of(tx: Tx, sale: Sale) -> OfferState:
    return (await tx.run(catalogue.get_offer, offer_id=sale.offer.id)).state


async def test_a_window_opens_only_where_it_was_promised_and_somebody_bid(
    tx: Tx, world: World, clock: Clock
) -> None:
    unpromised = await below_reserve(world, clock, negotiation=False)
    unbid = await below_reserve(world, clock, bids=False)
    for sale in (unpromised, unbid):
        assert (await world.show_lot(sale.number)).negotiation_ends_at is None
        assert await offer_of(tx, sale) is OfferState.published


async def test_the_seller_ends_his_window_once(tx: Tx, world: World, clock: Clock) -> None:
    sale = await below_reserve(world, clock)
    seller, version = sale.seller.head, (await world.show_lot(sale.number)).version
    before = await snapshot(world, sale)
    for actor in ((await world.organisation()).head, await world.operator()):
        with pytest.raises(Forbidden):
            await do(tx, service.end_negotiation, actor, sale)
    with pytest.raises(Invalid):
        await do(tx, service.end_negotiation, seller, sale, statement=" ")
    assert await snapshot(world, sale) == before
    assert await offer_of(tx, sale) is not OfferState.published
    for _ in range(2):
        await do(tx, service.end_negotiation, seller, sale)
    assert await offer_of(tx, sale) is OfferState.published
    assert (await world.show_lot(sale.number)).version > version
    with pytest.raises(LotStateForbids):
        await do(tx, service.end_negotiation, seller, sale, "life-2")
    assert [str(one) for one in await said(tx, sale)].count("negotiated") == 1
    await clock.advance(days=30)
    assert await tx.run(service.sweep_negotiations) == 0


async def test_a_result_that_is_undone_ends_its_window(tx: Tx, world: World, clock: Clock) -> None:
    sale = await below_reserve(world, clock)
    await do(tx, service.annul_lot, await world.operator(), sale, ground=AnnulGround.procedure)
    assert (await world.show_lot(sale.number)).negotiation_ends_at is None
