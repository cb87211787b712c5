"""The clock's work through the verbs: phases, close, unsold, heartbeat, outage, resumption."""

from datetime import timedelta

import pytest

from app.auctions.types import BidReason, LotOutcome, LotState
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState
from app.core.tx import Tx
from search.documents import Facet
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests.conftest import Clock
from tests.world import World
from tests.worlds.auctions import Sale

SECOND = timedelta(seconds=1)


async def limited_lot(world: World, clock: Clock, *, window_s: int = 60) -> Sale:
    """A lot one second into its first limited cycle, with one bid made in the free period."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=window_s)
    await world.bid(sale, await world.bidder(sale), 100_000)
    await clock.advance(seconds=61)
    await world.beat()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).state is LotState.limited
    return sale


async def stored_state(world: World, sale: Sale) -> str:
    [row] = await world.rows("SELECT state FROM lot WHERE id = :id", id=sale.id)
    return str(row.state)


async def test_the_sweep_writes_down_each_phase(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(opens_in=60, free_s=60, window_s=60)
    seen = [await stored_state(world, sale)]
    for _ in range(3):
        await clock.advance(seconds=61)
        await world.sweep_lots()
        seen.append(await stored_state(world, sale))
    assert seen == ["announced", "free", "limited", "closed"]
    assert await world.sweep_lots() == 0


async def test_a_won_lot_closes_at_its_scheduled_instant(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    ends_at = (await world.show_lot(sale.number)).cycle_ends_at
    await clock.advance(hours=2)
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.outcome) == (LotState.closed, LotOutcome.won)
    assert lot.closed_at == ends_at
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    assert fact.payload["amount_minor"] == 100_000_00
    assert fact.payload["closed_at"] == ends_at.isoformat()
    assert await world.sweep_lots() == 0
    assert await world.count("fact", topic="auctions.lot_awarded.v1") == 1


async def test_without_a_bid_the_first_cycle_runs_and_the_offer_is_free_again(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=61)
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).state is LotState.limited
    await clock.advance(seconds=60)
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.outcome) == (LotState.closed, LotOutcome.unsold)
    assert await world.count("fact", topic="auctions.lot_unsold.v1") == 1
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.published


async def test_a_bid_in_the_last_second_keeps_the_lot_open(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    rival = await world.bidder(sale)
    await clock.advance(seconds=57)
    receipt = await world.bid(sale, rival, 105_000)
    await clock.advance(seconds=30)
    assert await world.sweep_lots() == 0
    assert (await world.show_lot(sale.number)).state is LotState.limited
    await clock.advance(seconds=31)
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert lot.closed_at == receipt.decided_at + 60 * SECOND
    assert lot.price_minor == 105_000_00


async def test_a_closed_lot_refuses_with_a_row(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    rival = await world.bidder(sale)
    await clock.advance(hours=1)
    await world.sweep_lots()
    assert (await world.bid(sale, rival, 105_000)).reason is BidReason.closed


async def test_a_lot_is_found_by_search_from_its_announcement_on(
    tx: Tx, world: World, clock: Clock
) -> None:
    async def find() -> list[tuple[str, int | None]]:
        request = SearchRequest("陶瓷涂覆", {Facet.kind: ["lot"]})
        found = await PostgresIndex(tx).search(request)
        return [(hit.number, hit.price_minor) for hit in found.hits]

    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    assert await find() == [(sale.number, 100_000_00)]
    await world.bid(sale, await world.bidder(sale), 125_000)
    await clock.advance(seconds=200)
    await world.sweep_lots()
    assert await find() == [(sale.number, 125_000_00)]


# ---------------------------------------------------------------- heartbeat and outage


async def test_beats_close_together_leave_no_outage(world: World) -> None:
    for _ in range(3):
        await world.beat()
    assert await world.count("service_heartbeat") == 1
    assert await world.count("service_outage") == 0


async def test_a_gap_between_beats_is_written_down(world: World, clock: Clock) -> None:
    await world.beat()
    await clock.advance(seconds=9)
    await world.pass_time_in_silence()
    await world.beat()
    [gap] = await world.rows("SELECT ended_at - started_at AS length FROM service_outage")
    assert 9 * SECOND <= gap.length < 12 * SECOND


async def test_a_clock_moved_forward_is_no_outage(world: World, clock: Clock) -> None:
    await world.beat()
    await clock.advance(days=15)
    await world.beat()
    assert await world.count("service_outage") == 0


async def test_a_lot_waits_for_the_beat_after_its_end(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    await clock.advance(seconds=57)
    await world.beat()
    await clock.advance(seconds=3)
    await world.pass_time_in_silence()
    assert await world.sweep_lots() == 0
    assert await stored_state(world, sale) == "limited"
    await world.beat()
    await clock.advance(seconds=0.5)
    await world.sweep_lots()
    assert await stored_state(world, sale) == "closed"


async def test_a_short_gap_closes_at_the_scheduled_instant(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    ends_at = (await world.show_lot(sale.number)).cycle_ends_at
    await clock.advance(seconds=57)
    await world.beat()
    await clock.advance(seconds=3.5)
    await world.pass_time_in_silence()
    await world.beat()
    assert await world.count("service_outage") == 1
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).closed_at == ends_at


async def test_a_long_gap_suspends_and_the_cycle_runs_again_in_full(
    world: World, clock: Clock
) -> None:
    sale = await limited_lot(world, clock)
    rival = await world.bidder(sale)
    await clock.advance(seconds=57)
    await world.beat()
    await clock.advance(seconds=600)
    await world.pass_time_in_silence()
    await world.beat()  # the restart
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.outcome, lot.closed_at) == (LotState.suspended, None, None)
    assert lot.price_minor == 100_000_00
    [gap] = await world.rows(
        "SELECT gap_ended_at - gap_started_at AS length, reason FROM lot_suspension"
    )
    assert 600 * SECOND <= gap.length < 605 * SECOND
    assert gap.reason == "service_outage"
    assert (await world.bid(sale, rival, 105_000)).reason is BidReason.suspended

    await clock.advance(seconds=590)
    await world.beat()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "suspended"
    await clock.advance(seconds=11)
    await world.beat()
    await world.sweep_lots()
    lot = await world.show_lot(sale.number)
    assert lot.state is LotState.limited
    assert 58 * SECOND < lot.cycle_ends_at - lot.now <= 60 * SECOND
    assert (await world.bid(sale, rival, 105_000)).accepted
    await clock.advance(seconds=61)
    await world.beat()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.won


async def test_a_gap_in_the_middle_of_a_cycle_suspends_at_once(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock, window_s=300)
    await clock.advance(seconds=7)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "suspended"


async def test_silence_that_lasts_suspends_and_learns_its_end_later(
    world: World, clock: Clock
) -> None:
    sale = await limited_lot(world, clock)
    await clock.advance(seconds=8)
    await world.pass_time_in_silence()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "suspended"
    [row] = await world.rows("SELECT gap_ended_at, resumes_at FROM lot_suspension")
    assert (row.gap_ended_at, row.resumes_at) == (None, None)
    await clock.advance(seconds=100)
    await world.pass_time_in_silence()
    await world.beat()
    await clock.advance(seconds=1)
    await world.sweep_lots()
    [row] = await world.rows(
        "SELECT gap_ended_at - gap_started_at AS length, resumes_at FROM lot_suspension"
    )
    assert 108 * SECOND <= row.length < 112 * SECOND
    assert row.resumes_at is not None
    await clock.advance(seconds=601)
    await world.sweep_lots()
    assert await stored_state(world, sale) == "limited"


async def test_it_does_not_resume_into_silence(world: World, clock: Clock) -> None:
    sale = await limited_lot(world, clock)
    await clock.advance(seconds=8)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    await clock.advance(seconds=700)
    await world.pass_time_in_silence()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "suspended"
    await world.beat()
    await clock.advance(seconds=1)
    await world.sweep_lots()
    assert await stored_state(world, sale) == "limited"


async def test_a_gap_in_the_free_period_stops_nothing(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=30)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "free"
    await clock.advance(seconds=31)
    await world.sweep_lots()
    assert await stored_state(world, sale) == "limited"


async def test_a_market_that_slept_through_everything_runs_the_cycle_again(
    world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(days=3)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    assert await stored_state(world, sale) == "suspended"


@pytest.mark.parametrize("action", ["auctions.suspend_lot", "auctions.resume_lot"])
async def test_suspension_and_resumption_are_on_record(
    world: World, clock: Clock, action: str
) -> None:
    await limited_lot(world, clock)
    await clock.advance(seconds=8)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    await clock.advance(seconds=601)
    await world.sweep_lots()
    assert await world.count("audit_entry", action=action) == 1
