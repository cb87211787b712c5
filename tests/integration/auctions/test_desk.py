"""What the desk and its store promise over PostgreSQL: one order, one chain, one answer a key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.auctions import closing, desk, endings, service
from app.auctions.engine.canonical import chain
from app.auctions.engine.codec import public_change, public_entry
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    Change,
    Entry,
    LotState,
    Note,
    Origin,
    Reason,
    Step,
)
from app.auctions.store import SqlStore
from app.auctions.types import BidReason, LotOutcome
from app.core.metrics import OWN
from app.core.sealing import Sealer, Unsealable
from app.core.tx import Tx, UnitOfWork
from tests.conftest import TEST_SECRET, Clock
from tests.world import World
from tests.worlds.auctions import Sale


async def pass_on(world: World, clock: Clock, seconds: float) -> None:
    await clock.advance(seconds=seconds)
    await world.beat()
    await world.sweep_lots()


def _entry(row: Any) -> dict[str, Any]:
    entry = Entry(
        act=Act(row.act),
        origin=Origin(row.origin),
        code=row.code,
        amount_minor=row.amount_minor,
        reason=Reason(row.reason) if row.reason else None,
        note=Note(row.note) if row.note else None,
        state=LotState(row.state_after),
        price_minor=row.price_after_minor,
        leader=row.leader_code_after,
        ends_at=row.cycle_ends_after,
    )
    return public_entry(row.seq, entry, row.decided_at, row.commitment)


async def walk_chain(world: World, sale: Sale) -> str:
    """Compute every hash of a lot anew from its rows; returns the last."""
    bids = await world.rows("SELECT * FROM bid WHERE lot_id = :id", id=sale.id)
    steps = await world.rows("SELECT * FROM lot_event WHERE lot_id = :id", id=sale.id)
    public = {row.seq: (row.hash, _entry(row)) for row in bids} | {
        row.seq: (
            row.hash,
            public_change(
                row.seq,
                Change(Step(row.step), row.at, row.facts),
                row.decided_at,
                row.beat_at,
            ),
        )
        for row in steps
    }
    assert sorted(public) == list(range(1, len(bids) + len(steps) + 1))
    [lot] = await world.rows("SELECT genesis_hash FROM lot WHERE id = :id", id=sale.id)
    last = str(lot.genesis_hash)
    for seq in sorted(public):
        expected, event = public[seq]
        last = chain(last, event)
        assert last == expected, seq
    return last


async def test_every_event_hangs_on_the_one_before(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(proxies=True, free_s=60, window_s=60)
    a, b = await world.bidder(sale), await world.bidder(sale)
    await world.submit(service.store_maximum, sale, a, 200_000)
    await world.bid(sale, b, 120_000)
    await world.bid(sale, b, 121_000)
    await pass_on(world, clock, 61)
    await world.bid(sale, b, 130_000)
    await pass_on(world, clock, 61)
    lot = await world.show_lot(sale.number)
    assert lot.outcome is LotOutcome.won
    assert await walk_chain(world, sale) == lot.head_hash


async def test_a_lot_from_before_there_were_modes(world: World, clock: Clock) -> None:
    """No terms, no key, no chain, bids without hashes: it goes on, and its chain begins now."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)

    async def make_old(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text(
                "UPDATE lot SET terms = NULL, genesis_hash = NULL, head_hash = NULL WHERE id = :i"
            ),
            {"i": sale.id},
        )

    await world.tx.run(make_old)
    await world.bid(sale, wang, 100_000)
    refused = await world.bid(sale, li, 101_000)
    assert refused.reason is BidReason.not_above_price
    await pass_on(world, clock, 61)
    await world.bid(sale, li, 105_000)
    await pass_on(world, clock, 61)
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.price_minor) == (LotOutcome.won, 105_000_00)
    assert await walk_chain(world, sale) == lot.head_hash


async def test_one_lot_that_cannot_be_moved_holds_up_no_other(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.beat()
    broken, whole = await world.lot(free_s=60), await world.lot(free_s=60)
    follow = endings.follow

    async def fails(uow: UnitOfWork, lot: Any, *given: Any) -> None:
        await follow(uow, lot, *given)
        if lot.id == broken.id:
            raise RuntimeError("a fault of ours")

    monkeypatch.setattr(closing, "follow", fails)
    before = _failures()
    await pass_on(world, clock, 61)
    states = {row.number: row.state for row in await world.rows("SELECT number, state FROM lot")}
    assert states == {broken.number: "announced", whole.number: "limited"}
    assert _failures() == before + 1
    [row] = await world.rows("SELECT count(*) AS n FROM lot_event WHERE lot_id = :i", i=broken.id)
    assert row.n == 0
    monkeypatch.setattr(closing, "follow", follow)
    await pass_on(world, clock, 11)
    assert (await world.show_lot(broken.number)).state is LotState.limited
    [row] = await world.rows("SELECT state FROM lot WHERE id = :i", i=broken.id)
    assert row.state == "limited"


def _failures() -> float:
    found = OWN.get_sample_value(
        "market_sweeps_failed_total", {"sweep": "auctions.closing.sweep_lots"}
    )
    return found or 0.0


async def test_a_process_that_starts_anew_answers_a_key_alike(tx: Tx, world: World) -> None:
    """Nothing is kept in memory: another process with the market's key gives the same receipt."""
    sale = await world.lot(proxies=True)
    wang = await world.bidder(sale)
    first = await world.submit(service.store_maximum, sale, wang, 200_000, key="wang-max-1")
    anew = World(Tx(tx.sessions, Sealer(TEST_SECRET)), world.files_dir)
    assert await anew.submit(service.store_maximum, sale, wang, 200_000, key="wang-max-1") == first
    assert await world.count("bid", act="store") == 1
    elsewhere = World(Tx(tx.sessions, Sealer("another-secret-key-" * 3)), world.files_dir)
    with pytest.raises(Unsealable):
        await elsewhere.submit(service.store_maximum, sale, wang, 200_000, key="wang-max-1")


async def test_a_bid_that_finds_the_phase_passed_comes_after_its_step(
    world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    wang = await world.bidder(sale)
    await clock.advance(seconds=70)
    await world.beat()
    bid = await world.bid(sale, wang, 100_000)
    rows = await world.rows("SELECT seq, step FROM lot_event ORDER BY seq")
    assert [(row.seq, row.step) for row in rows] == [(1, "opened"), (2, "limited")]
    assert bid.seq == 3
    [lot] = await world.rows("SELECT head_hash FROM lot WHERE id = :id", id=sale.id)
    assert await walk_chain(world, sale) == lot.head_hash


async def test_the_staff_s_steps_are_numbered_with_the_clock_s(world: World, clock: Clock) -> None:
    sale = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=70)

    def stop(terms: Any, head: Any, now: datetime) -> Any:
        after, change = MODES[terms.mode].suspend(terms, head, now, reason="system_fault")
        return after, (change,)

    async def verb(uow: UnitOfWork) -> Any:
        return await desk.steer(SqlStore(uow), sale.id, stop)

    head = await world.tx.run(verb)
    assert head.state is LotState.suspended
    rows = await world.rows("SELECT seq, step FROM lot_event ORDER BY seq")
    assert [row.step for row in rows] == ["opened", "limited", "suspended"]


@pytest.mark.parametrize("table", ["lot_event", "lot_key", "bid", "lot_announcement"])
async def test_what_happened_cannot_be_unwritten(tx: Tx, table: str) -> None:
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET lot_id = lot_id"):

        async def verb(uow: UnitOfWork, sql: str = sql) -> None:
            await uow.session.execute(text(sql))

        with pytest.raises(Exception, match="permission denied"):
            await tx.run(verb)
