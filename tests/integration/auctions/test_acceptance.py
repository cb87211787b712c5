"""What a tester can check of bidding (DOMAIN 11), through the public verbs, sentence by sentence.

The clock stands still here and is set to the microsecond: the promises are about instants.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auctions import service
from app.auctions.types import (
    BidMode,
    BidReason,
    Ending,
    LotOutcome,
    LotState,
    Origin,
    Preference,
    ReserveKind,
    Step,
)
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale

SetClock = Callable[[datetime], Awaitable[None]]

# As the migration has it, but from one instant on: it moves by its offset alone.
_STANDS: Final = (
    "CREATE OR REPLACE FUNCTION market_now() RETURNS timestamptz LANGUAGE sql VOLATILE"
    " AS $$ SELECT timestamptz '%s' + offset_by FROM market_clock $$"
)


@pytest.fixture
async def at(connection: AsyncConnection) -> SetClock:
    """Sets the market's clock to an instant, where it stands; undone with the test."""
    base: datetime = (await connection.execute(text("SELECT market_now()"))).scalar_one()

    async def stand(instant: datetime) -> None:
        await connection.execute(text("SET ROLE NONE"))
        await connection.execute(
            text("UPDATE market_clock SET offset_by = :by"), {"by": instant - base}
        )
        await connection.execute(text("SET ROLE market_app"))

    await stand(base)
    await connection.execute(text("SET ROLE NONE"))
    await connection.execute(text(_STANDS % base.isoformat()))
    await connection.execute(text("SET ROLE market_app"))
    return stand


async def limited(
    world: World, at: SetClock, *, rank: int | None = None, **terms: Any
) -> tuple[Sale, Org, Org, datetime]:
    """A lot at the first instant of its limited period of 300 s, and two bidders of it, of whom the
    second may hold a right."""
    sale = await world.lot(free_s=3600, window_s=300, **terms)
    wang, li = await world.bidder(sale), await world.bidder(sale, rank=rank)
    starts = (await world.show_lot(sale.number)).free_ends_at
    await serve(world, at, starts)
    assert (await world.show_lot(sale.number)).state is LotState.limited
    return sale, wang, li, starts


async def serve(world: World, at: SetClock, instant: datetime) -> None:
    """The market serves until an instant, and the sweep does then what is due."""
    await at(instant)
    await world.beat()
    await world.sweep_lots()


def after(start: datetime, seconds: float) -> datetime:
    return start + timedelta(seconds=seconds)


async def test_a_bid_at_299_9_s_extends_to_599_9(world: World, at: SetClock) -> None:
    sale, wang, _, starts = await limited(world, at)
    assert (await world.show_lot(sale.number)).cycle_ends_at == after(starts, 300)
    await at(after(starts, 299.9))
    receipt = await world.bid(sale, wang, 100_000)
    assert receipt.accepted
    assert receipt.cycle_ends_at == after(starts, 599.9)
    assert (await world.show_lot(sale.number)).cycle_ends_at == after(starts, 599.9)


async def test_a_bid_a_microsecond_before_the_end_counts_and_one_exactly_at_it_is_rejected(
    world: World, at: SetClock
) -> None:
    sale, wang, li, starts = await limited(world, at)
    await at(after(starts, 299.999999))
    assert (await world.bid(sale, wang, 100_000)).accepted
    end = after(starts, 599.999999)
    await world.beat()
    await at(end)
    late = await world.bid(sale, li, 105_000)
    assert (late.reason, late.decided_at) == (BidReason.late, end)
    await serve(world, at, after(end, 1))
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.price_minor, lot.closed_at) == (LotOutcome.won, 100_000_00, end)


async def test_of_two_equal_bids_in_one_instant_one_is_accepted(world: World, at: SetClock) -> None:
    """Two processes at once: tests/races/auctions/test_rivals.py."""
    sale, wang, li, starts = await limited(world, at)
    await at(after(starts, 10))
    first, second = await world.bid(sale, wang, 100_000), await world.bid(sale, li, 100_000)
    assert (first.accepted, second.reason) == (True, BidReason.not_above_price)
    assert first.decided_at == second.decided_at
    assert (await world.show_lot(sale.number)).leader_code == first.code


async def test_above_100000_by_5000_steps_105000_and_115000_are_accepted_107000_is_not(
    world: World, at: SetClock
) -> None:
    sale, wang, li, _ = await limited(world, at, start=95_000_00, step=5_000_00)
    assert (await world.bid(sale, wang, 100_000)).accepted
    before = await world.show_lot(sale.number)
    assert (await world.bid(sale, li, 107_000)).reason is BidReason.off_grid
    unchanged = await world.show_lot(sale.number)
    assert (unchanged.price_minor, unchanged.leader_code, unchanged.cycle_ends_at) == (
        before.price_minor,
        before.leader_code,
        before.cycle_ends_at,
    )
    assert (await world.bid(sale, li, 105_000)).accepted
    assert (await world.bid(sale, wang, 115_000)).accepted, "from 105 000 two steps"


async def test_from_100000_straight_to_115000_is_accepted(world: World, at: SetClock) -> None:
    sale, wang, li, _ = await limited(world, at)
    await world.bid(sale, wang, 100_000)
    assert (await world.bid(sale, li, 115_000)).accepted


async def test_a_holder_who_matches_leads_an_ordinary_step_retakes_and_silence_is_a_waiver(
    world: World, at: SetClock
) -> None:
    sale, wang, holder, starts = await limited(world, at, rank=1, preference=Preference.match)
    first = await world.bid(sale, wang, 100_000)
    await at(after(starts, 100))
    matched = await world.submit(service.match_price, sale, holder)
    lot = await world.show_lot(sale.number)
    assert (lot.leader_code, lot.price_minor) == (matched.code, 100_000_00)
    assert lot.cycle_ends_at == after(starts, 400), "a match resets the cycle as a bid does"
    assert (await world.bid(sale, wang, 105_000)).accepted
    assert (await world.show_lot(sale.number)).leader_code == first.code
    await serve(world, at, after(starts, 400))
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.won, Ending.highest_bid)
    assert (lot.leader_code, lot.waived) == (first.code, (matched.code,))
    steps = await world.tx.run(service.read_live, lot_id=sale.id, after=0)
    assert [one.step for one in steps.steps][-2:] == [Step.waived, Step.closed]


async def test_a_hidden_reserve_of_1000000_with_990000_at_the_close_is_unsold_and_tells_nothing(
    world: World, at: SetClock, tx: Tx
) -> None:
    sale = await world.lot_with_deposit(
        start=900_000_00,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=1_000_000_00,
    )
    wang, li = await world.paying_bidder(sale), await world.paying_bidder(sale)
    await world.bid(sale, li, 900_000)
    await world.bid(sale, wang, 990_000)
    free_ends = (await world.show_lot(sale.number)).free_ends_at
    await serve(world, at, free_ends)
    await serve(world, at, after(free_ends, 60))
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.unsold, Ending.below_reserve)
    # no identities: neither in what is announced nor in what the rooms are told
    live = await tx.run(service.read_live, lot_id=sale.id, after=0)
    told = [str(lot), str(live)]
    told += [
        row.told
        for table in ("fact", "audit_entry", "lot_event", "lot_announcement")
        for row in await world.rows(f"SELECT to_jsonb(t)::text AS told FROM {table} t")
        if "lot_closed" in row.told or "lot_unsold" in row.told or table.startswith("lot_")
    ]
    for secret in (str(wang.id), str(li.id), "100000000"):
        assert not [one for one in told if secret in one]
    # deposits go home at once, and are due within 24 hours
    await world.sweep_deposits()
    assert set((await world.deposit_states(sale)).values()) == {"released"}
    for org in (wang, li):
        page = await tx.run(service.show_deposit, actor=org.head, number=sale.number)
        assert lot.closed_at is not None
        assert page.deposit.release_due_at is not None
        assert page.deposit.release_due_at - lot.closed_at <= timedelta(hours=24)


async def test_of_two_maxima_200000_and_150000_the_first_leads_at_155000_and_raising_it_is_free(
    world: World, at: SetClock
) -> None:
    sale, a, b, _ = await limited(world, at, proxies=True)
    mine = await world.submit(service.store_maximum, sale, a, 200_000)
    assert mine.standing_price_minor == 100_000_00
    await world.submit(service.store_maximum, sale, b, 150_000)
    lot = await world.show_lot(sale.number)
    assert (lot.leader_code, lot.price_minor) == (mine.code, 155_000_00)
    await world.submit(service.store_maximum, sale, a, 250_000)
    lot = await world.show_lot(sale.number)
    assert (lot.leader_code, lot.price_minor) == (mine.code, 155_000_00)
    bids = (await world.tx.run(service.read_live, lot_id=sale.id, after=0)).bids
    automatic = [one.amount_minor for one in bids if one.origin is Origin.proxy]
    assert automatic == [100_000_00, 150_000_00, 155_000_00], "each automatic bid is an event"
    assert {one.note for one in bids} == {None}, "that a maximum is reached is told with the record"


async def test_an_answer_of_maxima_resets_the_cycle_once(world: World, at: SetClock) -> None:
    sale, a, b, starts = await limited(world, at, proxies=True)
    await world.submit(service.store_maximum, sale, a, 200_000)
    await at(after(starts, 200))
    bid = await world.bid(sale, b, 120_000)
    assert bid.outbid
    assert (await world.show_lot(sale.number)).cycle_ends_at == after(starts, 500)


async def test_two_sealed_equal_bids_go_to_the_earlier(world: World, at: SetClock) -> None:
    """Price first, then time (DOMAIN 2.3)."""
    sale = await world.lot(mode=BidMode.once, free_s=300, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    starts = (await world.show_lot(sale.number)).free_starts_at
    await serve(world, at, starts)
    first = await world.submit(service.seal_bid, sale, li, 120_000)
    assert (await world.submit(service.seal_bid, sale, wang, 120_000)).accepted
    await serve(world, at, after(starts, 300))
    lot = await world.show_lot(sale.number)
    assert (lot.leader_code, lot.price_minor) == (first.code, 120_000_00)
