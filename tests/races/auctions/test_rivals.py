"""Each promise of bidding under real rivals, on a database of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auctions import service
from app.auctions.types import BidMode, BidReason, BidReceipt
from app.core.errors import KeyReused, Unavailable
from app.core.tx import Tx
from app.deals.handlers import on_lot_awarded
from tests.races.auctions.conftest import Advance, holding, until_waiting
from tests.world import World


@pytest.mark.usefixtures("patient")
async def test_a_bid_that_waited_past_the_end_is_late(
    real_world: World, owner: AsyncEngine, advance: Advance
) -> None:
    """The rival's lock outlasts the cycle: having arrived early must not help."""
    sale = await real_world.lot(free_s=60, window_s=60)
    wang = await real_world.bidder(sale)
    await advance(100)
    async with holding(owner, sale.id):
        waiting = asyncio.create_task(real_world.bid(sale, wang, 100_000))
        await until_waiting(owner, 1)
        await advance(30)
    receipt = await waiting
    assert receipt.reason is BidReason.late
    assert receipt.received_at < receipt.cycle_ends_at <= receipt.decided_at
    assert (await real_world.show_lot(sale.number)).price_minor is None
    assert await real_world.count("bid", outcome="refused") == 1
    assert await real_world.count("ledger_transfer") == 0


@pytest.mark.usefixtures("patient")
async def test_of_two_equal_bids_at_once_one_is_accepted(
    real_world: World, owner: AsyncEngine
) -> None:
    sale = await real_world.lot()
    rivals = [await real_world.bidder(sale) for _ in range(2)]
    async with holding(owner, sale.id):
        bids = [asyncio.create_task(real_world.bid(sale, org, 100_000)) for org in rivals]
        await until_waiting(owner, 2)
    receipts = sorted(await asyncio.gather(*bids), key=lambda receipt: receipt.seq)
    assert [receipt.seq for receipt in receipts] == [2, 3]  # the opening is 1
    assert receipts[0].accepted
    assert receipts[1].reason is BidReason.not_above_price
    assert receipts[0].decided_at <= receipts[1].decided_at


@pytest.mark.usefixtures("patient")
async def test_twenty_rivals_leave_no_gap(real_world: World, owner: AsyncEngine) -> None:
    sale = await real_world.lot(start=100_00, step=1_00)
    rivals = [await real_world.bidder(sale) for _ in range(20)]
    async with holding(owner, sale.id):
        bids = [
            asyncio.create_task(real_world.bid(sale, org, 100 + (7 * n) % 20))
            for n, org in enumerate(rivals)
        ]
        await until_waiting(owner, 10)
    receipts = await asyncio.gather(*bids)
    assert sorted(receipt.seq for receipt in receipts) == list(range(2, 22))
    accepted = sorted((r for r in receipts if r.accepted), key=lambda r: r.seq or 0)
    prices = [receipt.amount_minor for receipt in accepted]
    assert prices == sorted({price or 0 for price in prices})
    lot = await real_world.show_lot(sale.number)
    assert lot.seq == 21
    assert lot.price_minor == max(r.amount_minor or 0 for r in receipts) == prices[-1]
    rows = await real_world.rows("SELECT decided_at FROM bid ORDER BY seq")
    assert [row.decided_at for row in rows] == sorted(row.decided_at for row in rows)


@pytest.mark.usefixtures("patient")
async def test_one_key_sent_many_times_at_once_is_one_bid(
    real_world: World, owner: AsyncEngine
) -> None:
    sale = await real_world.lot()
    wang = await real_world.bidder(sale)
    async with holding(owner, sale.id):
        repeats = [
            asyncio.create_task(real_world.bid(sale, wang, 100_000, key="one-key-0001"))
            for _ in range(6)
        ]
        other = asyncio.create_task(real_world.bid(sale, wang, 105_000, key="one-key-0001"))
        await until_waiting(owner, 7)
    answers: list[Any] = await asyncio.gather(*repeats, other, return_exceptions=True)
    receipts = {answer for answer in answers if isinstance(answer, BidReceipt)}
    assert len(receipts) == 1
    assert [type(answer) for answer in answers if not isinstance(answer, BidReceipt)] in (
        [KeyReused],
        [KeyReused] * 6,
    )
    assert await real_world.count("bid") == 1


@pytest.mark.usefixtures("patient")
async def test_rivals_with_maxima_leave_one_order_and_one_chain(
    real_world: World, owner: AsyncEngine
) -> None:
    """Bids and maxima at once: every number once, the price at the fixed point of what stands."""
    sale = await real_world.lot(start=100_00, step=1_00, proxies=True)
    rivals = [await real_world.bidder(sale) for _ in range(6)]
    async with holding(owner, sale.id):
        sent = [
            asyncio.create_task(
                real_world.submit(service.store_maximum, sale, org, 110 + 10 * n)
                if n % 2
                else real_world.bid(sale, org, 100 + n)
            )
            for n, org in enumerate(rivals)
        ]
        await until_waiting(owner, 6)
    receipts = await asyncio.gather(*sent)
    lot = await real_world.show_lot(sale.number)
    rows = await real_world.rows(
        "SELECT seq, hash FROM bid UNION ALL SELECT seq, hash FROM lot_event ORDER BY seq"
    )
    assert [row.seq for row in rows] == list(range(1, lot.seq + 1))
    [head] = await real_world.rows("SELECT head_hash FROM lot")
    assert rows[-1].hash == head.head_hash
    best = next(one for one in receipts if one.code == lot.leader_code)
    assert best.code == receipts[5].code  # the highest maximum, 160
    assert lot.price_minor is not None
    assert 140_00 <= lot.price_minor <= 141_00


@pytest.mark.usefixtures("patient")
async def test_of_two_acceptances_at_once_one_has_it(real_world: World, owner: AsyncEngine) -> None:
    sale = await real_world.lot(mode=BidMode.buy_now, window_s=60)
    rivals = [await real_world.bidder(sale) for _ in range(2)]
    async with holding(owner, sale.id):
        sent = [
            asyncio.create_task(real_world.submit(service.accept_price, sale, org, 100_000))
            for org in rivals
        ]
        await until_waiting(owner, 2)
    receipts = sorted(await asyncio.gather(*sent), key=lambda receipt: receipt.seq)
    assert [receipt.reason for receipt in receipts] == [None, BidReason.closed]
    assert await real_world.count("fact", topic="auctions.lot_awarded.v1") == 1


async def test_nobody_queues_longer_than_half_a_second(
    real_world: World, owner: AsyncEngine
) -> None:
    sale = await real_world.lot()
    wang = await real_world.bidder(sale)
    async with holding(owner, sale.id):
        with pytest.raises(Unavailable):
            async with asyncio.timeout(20):
                await real_world.bid(sale, wang, 100_000, key="waiting-0001")
    assert await real_world.count("bid") == 0
    assert (await real_world.bid(sale, wang, 100_000, key="waiting-0001")).accepted


@pytest.mark.usefixtures("patient")
async def test_rivals_join_under_codes_of_their_own(real_tx: Tx, real_world: World) -> None:
    sale = await real_world.lot()
    orgs = [await real_world.organisation() for _ in range(12)]
    places = await asyncio.gather(
        *(real_tx.run(service.join_lot, actor=org.head, number=sale.number) for org in orgs * 2)
    )
    assert len({place.code for place in places}) == 12
    assert await real_world.count("lot_bidder") == 12


@pytest.mark.usefixtures("patient")
async def test_a_bid_and_the_close_at_once_agree(
    real_tx: Tx, real_world: World, owner: AsyncEngine, advance: Advance
) -> None:
    """Whoever has the lot first decides; a late bid never moves a closed lot."""
    await real_world.beat()
    sale = await real_world.lot(free_s=60, window_s=60)
    wang, li = await real_world.bidder(sale), await real_world.bidder(sale)
    await real_world.bid(sale, wang, 100_000)
    await advance(121)
    await real_world.beat()
    bidding = asyncio.create_task(real_world.bid(sale, li, 105_000))
    await asyncio.gather(*(real_tx.run(service.sweep_lots) for _ in range(3)))
    bid = await bidding
    await real_world.sweep_lots()
    assert bid.reason in (BidReason.late, BidReason.closed)
    assert (await real_world.show_lot(sale.number)).price_minor == 100_000_00
    assert await real_world.count("fact", topic="auctions.lot_awarded.v1") == 1


async def test_a_lot_locked_by_a_bid_does_not_hold_up_the_sweep(
    real_world: World, owner: AsyncEngine, advance: Advance
) -> None:
    await real_world.beat()
    held, free = await real_world.lot(free_s=60), await real_world.lot(free_s=60)
    await advance(61)
    async with holding(owner, held.id):
        await real_world.sweep_lots()
        rows = await real_world.rows("SELECT number FROM lot WHERE state = 'limited'")
        assert [row.number for row in rows] == [free.number]


async def test_beats_of_several_processes_at_once(real_tx: Tx, real_world: World) -> None:
    await asyncio.gather(*(real_tx.run(service.beat) for _ in range(8)))
    assert await real_world.count("service_heartbeat") == 1
    assert await real_world.count("service_outage") == 0


async def test_the_news_of_an_award_heard_twice_at_once(
    real_tx: Tx, real_world: World, advance: Advance
) -> None:
    await real_world.beat()
    sale = await real_world.lot(free_s=60, window_s=60)
    await real_world.bid(sale, await real_world.bidder(sale), 100_000)
    await advance(121)
    await real_world.beat()
    await real_world.sweep_lots()
    [fact] = await real_world.rows(
        "SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'"
    )
    answers = await asyncio.gather(
        *(real_tx.run(on_lot_awarded, fact.payload) for _ in range(4)), return_exceptions=True
    )
    assert None in answers
    assert await real_world.count("deal") == 1
    assert await real_world.count("fact", topic="deals.deal_opened.v1") == 1
