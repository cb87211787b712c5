"""The stage: always one lot running, one ending soon, one waiting; and soon one sold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.auctions import service as auctions
from app.auctions.types import BidMode, LotOutcome, LotState, LotTerms, LotView, PublicBid, Shelf
from app.catalogue import service as catalogue
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx
from app.seed import acts, robots, rules, stage
from app.seed.cast import Cast, find_cast
from tests.conftest import Clock
from tests.integration.seed.conftest import DEMO
from tests.world import World

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


async def _list(tx: Tx, shelf: Shelf) -> Sequence[LotView]:
    return (await tx.run(auctions.list_lots, shelf=shelf, limit=100)).items


async def _cast(tx: Tx) -> Cast:
    cast = await tx.run(find_cast)
    assert cast is not None
    return cast


async def _live(tx: Tx, world: World, clock: Clock, seconds: float, every: float = 5) -> int:
    """Let the market live: heartbeat, sweep, robots, deals; answers how many bids robots made."""
    bids = 0
    for _ in range(int(seconds / every)):
        await clock.advance(seconds=every)
        await world.beat()
        await world.sweep_lots()
        await robots.register(tx, DEMO)
        bids += await robots.play_robots(tx)
    return bids


async def test_the_first_start_shows_lots_at_once_and_a_sold_one_soon(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    assert await stage.top_up(tx) == 4
    assert await stage.top_up(tx) == 0
    running, waiting = await _list(tx, Shelf.running), await _list(tx, Shelf.coming)
    assert sorted(lot.free_ends_at - lot.now > rules.SOON for lot in running) == [
        False, False, True,
    ]  # fmt: skip
    assert [lot.state for lot in waiting] == [LotState.announced]
    assert waiting[0].free_starts_at - waiting[0].now > timedelta(hours=2)
    assert len({lot.offer_id for lot in [*running, *waiting]}) == 4

    assert await _live(tx, world, clock, 80) >= 6
    sold = await _list(tx, Shelf.ended)
    assert [lot.outcome for lot in sold] == [LotOutcome.won]
    bids = await tx.run(auctions.list_public_bids, lot_id=sold[0].id)
    assert len(bids) >= 4, "a curve, not a point"
    assert len({bid.code for bid in bids}) == 2
    assert await world.deliver_facts() == 1
    deals = await world.rows("SELECT origin_number, amount_minor FROM deal")
    assert deals == [(sold[0].number, sold[0].price_minor)]
    assert await stage.top_up(tx) == 0, "the other three still stand"


async def test_what_ended_comes_again(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    await stage.top_up(tx)
    first = {lot.number for lot in await _list(tx, Shelf.running)}
    await _live(tx, world, clock, 60, every=10)
    await clock.advance(days=200)  # past the end of every lot, and of every offer
    await world.beat()
    await world.sweep_lots()
    await world.deliver_facts()
    assert await _list(tx, Shelf.running) == []
    assert await stage.top_up(tx) == 3
    running, waiting = await _list(tx, Shelf.running), await _list(tx, Shelf.coming)
    assert (len(running), len(waiting)) == (2, 1)
    assert not first & {lot.number for lot in running}


async def test_a_visitor_can_win(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    await stage.top_up(tx)
    lot = min(
        (x for x in await _list(tx, Shelf.running) if x.window_s == acts.FIRST_ENDING.window_s),
        key=lambda x: x.free_ends_at,
    )
    visitor = (await _cast(tx)).actor("buyer")
    await tx.run(auctions.join_lot, actor=visitor, number=lot.number)
    while (lot := await tx.run(auctions.show_lot, number=lot.number)).is_open:
        place = await tx.run(auctions.find_my_place, actor=visitor, lot=lot)
        assert place is not None
        if not place.leading:
            await tx.run(
                auctions.place_bid,
                actor=visitor,
                number=lot.number,
                amount=Money(lot.next_minor),
                key=f"visitor-{lot.seq}",
            )
        await _live(tx, world, clock, 20, every=20)
    assert lot.outcome is LotOutcome.won
    place = await tx.run(auctions.find_my_place, actor=visitor, lot=lot)
    assert place is not None
    assert place.won


async def test_robots_leave_a_visitors_own_lot_alone(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    cast = await _cast(tx)
    manager = cast.actor("manager")
    offers = (await tx.run(catalogue.list_own_offers, actor=manager, limit=100)).items
    offer = next(o for o in offers if o.achievement_title.startswith("数控刀具"))
    now = await world.market_now()
    number = await tx.run(
        auctions.announce_lot,
        actor=manager,
        offer_number=offer.facts.number,
        terms=LotTerms(300_000_00, 10_000_00, None, now + timedelta(minutes=5), 60),
        key="visitor-lot-1",
        rulebook_version=stage.RULEBOOK,
    )
    assert await _live(tx, world, clock, 120, every=20) == 0
    lot = await tx.run(auctions.show_lot, number=number)
    assert (lot.price_minor, lot.bidder_count) == (None, 0)


@pytest.mark.parametrize(
    ("case", "seconds_since", "state", "bids", "expects_bid"),
    [
        ("first bid once the lot is open a while", 45, LotState.free, 0, True),
        ("not at the opening itself", 0, LotState.free, 0, False),
        ("brisk at first", 45, LotState.free, 2, True),
        ("one second before the earliest", 19, LotState.free, 2, False),
        ("content with so many", 3000, LotState.free, 12, False),
        ("half a window after the last bid", 60, LotState.limited, 0, True),
        ("before half a window", 59, LotState.limited, 0, False),
        ("never before the opening", 300, LotState.announced, 0, False),
        ("never when it is over", 300, LotState.closed, 0, False),
    ],
)
def test_when_a_robot_bids(
    case: str, seconds_since: int, state: LotState, bids: int, expects_bid: bool
) -> None:
    lot, placed = _facts(state, bids, timedelta(seconds=seconds_since))
    amount = rules.compute_robot_bid(lot, placed)
    assert (amount is not None) == expects_bid, case
    if amount is not None:
        assert (amount - lot.next_minor) % lot.step_minor == 0


def test_robots_reset_the_last_window_at_most_twice() -> None:
    lot, placed = _facts(LotState.limited, 2, timedelta(seconds=90), in_limited=True)
    assert rules.compute_robot_bid(lot, placed) is None


def _facts(
    state: LotState, bids: int, since: timedelta, *, in_limited: bool = False
) -> tuple[LotView, list[PublicBid]]:
    """A running act ``since`` its last bid, or since its opening (its free end when limited)."""
    free_ends = NOON + acts.RUNNING.free
    last = free_ends if state is LotState.limited else NOON
    values: dict[str, Any] = dict.fromkeys(LotView.__slots__)
    values |= {
        "id": new_id(),
        "number": "CJ-2026-000008",
        "mode": BidMode.dynamic,
        "state": state,
        "step_minor": 10_000_00,
        "next_minor": 300_000_00,
        "window_s": acts.RUNNING.window_s,
        "free_starts_at": NOON,
        "free_ends_at": free_ends,
        "cycle_ends_at": max(last, free_ends) + timedelta(seconds=acts.RUNNING.window_s),
        "seq": bids,
        "now": last + since,
    }
    lot = LotView(**values)
    bid = PublicBid(1, True, last, "A1", 1, 1, "A1", free_ends)
    return lot, [bid] * (bids if state is not LotState.limited or in_limited else 0)
