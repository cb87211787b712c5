"""place_bid on real PostgreSQL: accepted, refused with a row, replayed, and who gets no row."""

from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auctions import service
from app.auctions.errors import LotMissing, NotAdmitted, StaffMayNotBid
from app.auctions.types import BidOutcome, BidReason, LotState, Step
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.money import MAX_MINOR, Money
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.statements import Statements
from tests.world import World
from tests.worlds.auctions import Sale


async def head(world: World, sale: Sale) -> dict[str, Any]:
    """What a refused bid must leave alone: price, leader, end, state; and the ledger."""
    lot = asdict(await world.show_lot(sale.number))
    kept = ("price_minor", "leader_code", "cycle_ends_at", "state", "version", "next_minor")
    return {name: lot[name] for name in kept} | {"ledger": await world.count("ledger_transfer")}


async def test_bids_get_numbers_and_move_the_price(world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    first = await world.bid(sale, wang, 100_000)
    second = await world.bid(sale, li, 105_000)
    assert (first.seq, second.seq) == (2, 3)  # the opening is 1
    assert first.outcome is second.outcome is BidOutcome.accepted
    lot = await world.show_lot(sale.number)
    assert (lot.price_minor, lot.leader_code, lot.seq) == (105_000_00, second.code, 3)
    assert first.received_at <= first.decided_at <= second.decided_at


async def test_a_refused_bid_has_a_number_and_changes_nothing(world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    await world.bid(sale, wang, 100_000)
    before = await head(world, sale)
    refused = [
        await world.bid(sale, wang, 105_000),
        await world.bid(sale, li, 100_000),
        await world.bid(sale, li, 107_000),
    ]
    assert [bid.reason for bid in refused] == [
        BidReason.already_leading,
        BidReason.not_above_price,
        BidReason.off_grid,
    ]
    assert [bid.seq for bid in refused] == [3, 4, 5]
    assert await head(world, sale) == before
    assert await world.count("bid", outcome="refused") == 3
    assert (await world.bid(sale, li, 105_000)).seq == 6


async def test_the_same_key_gets_the_first_answer_for_ever(world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    accepted = await world.bid(sale, wang, 100_000, key="wang-0001")
    refused = await world.bid(sale, li, 100_000, key="li-000001")
    await world.bid(sale, li, 150_000, key="li-000002")
    before = await head(world, sale)
    assert await world.bid(sale, wang, 100_000, key="wang-0001") == accepted
    assert await world.bid(sale, li, 100_000, key="li-000001") == refused
    assert await world.count("bid") == 3
    assert await head(world, sale) == before


async def test_a_key_with_another_amount_is_refused_without_a_row(world: World) -> None:
    sale = await world.lot()
    wang = await world.bidder(sale)
    await world.bid(sale, wang, 100_000, key="wang-0001")
    with pytest.raises(KeyReused):
        await world.bid(sale, wang, 110_000, key="wang-0001")
    assert await world.count("bid") == 1


async def test_two_bidders_may_choose_the_same_key(world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    assert (await world.bid(sale, wang, 100_000, key="same-0001")).accepted
    assert (await world.bid(sale, li, 105_000, key="same-0001")).accepted


async def test_a_bid_after_the_end_is_late_before_any_sweep(world: World, clock: Clock) -> None:
    sale = await world.lot(free_s=60, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    await clock.advance(seconds=119)
    first = await world.bid(sale, wang, 100_000)
    assert first.accepted
    assert (first.cycle_ends_at - first.decided_at).total_seconds() == 60
    await clock.advance(seconds=61)
    before = await head(world, sale)
    assert (await world.bid(sale, li, 105_000)).reason is BidReason.late
    assert await head(world, sale) == before


async def test_a_free_bid_moves_no_clock(world: World, clock: Clock) -> None:
    sale = await world.lot(free_s=60)
    wang = await world.bidder(sale)
    before = await world.show_lot(sale.number)
    await world.bid(sale, wang, 100_000)
    after = await world.show_lot(sale.number)
    assert after.state is LotState.free
    assert after.cycle_ends_at == before.cycle_ends_at


async def test_a_bid_before_the_opening_is_refused_with_a_row(world: World) -> None:
    sale = await world.lot(opens_in=60)
    wang = await world.bidder(sale)
    assert (await world.bid(sale, wang, 100_000)).reason is BidReason.not_started


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("not admitted", NotAdmitted),
        ("the seller", NotAdmitted),
        ("an operator", StaffMayNotBid),
        ("a manager of the bidder", Forbidden),
        ("nobody", Unauthenticated),
    ],
)
async def test_who_gets_no_row(tx: Tx, world: World, who: str, refusal: type[Exception]) -> None:
    sale = await world.lot()
    wang = await world.bidder(sale)
    actors = {
        "not admitted": (await world.organisation()).head,
        "the seller": sale.seller.head,
        "an operator": await world.operator(),
        "a manager of the bidder": await world.member(wang, ["manager"]),
        "nobody": world.stranger,
    }
    before = await head(world, sale)
    with pytest.raises(refusal):
        await tx.run(
            service.place_bid,
            actor=actors[who],
            number=sale.number,
            amount=Money(100_000_00),
            key="stranger-1",
        )
    assert await world.count("bid") == 0
    assert await head(world, sale) == before


@pytest.mark.parametrize("amount", [Money(0), Money(-1), Money(MAX_MINOR + 1), Money(1, "USD")])
async def test_an_amount_no_lot_can_take_gets_no_row(tx: Tx, world: World, amount: Money) -> None:
    sale = await world.lot()
    wang = await world.bidder(sale)
    with pytest.raises(Invalid):
        await tx.run(
            service.place_bid, actor=wang.head, number=sale.number, amount=amount, key="odd-00001"
        )
    assert await world.count("bid") == 0


async def test_a_missing_lot(tx: Tx, world: World) -> None:
    wang = await world.organisation()
    with pytest.raises(LotMissing):
        await tx.run(
            service.place_bid,
            actor=wang.head,
            number="CJ-2026-999999",
            amount=Money(1),
            key="missing-1",
        )


@pytest.mark.parametrize(
    "sql", ["UPDATE bid SET amount_minor = 1", "DELETE FROM bid", "UPDATE rulebook SET title = ''"]
)
async def test_the_serving_role_may_not_rewrite_history(tx: Tx, world: World, sql: str) -> None:
    async def verb(uow: UnitOfWork) -> None:
        await uow.session.execute(text(sql))

    with pytest.raises(DBAPIError, match="permission denied"):
        await tx.run(verb)


async def test_the_public_sees_codes_and_nothing_of_a_refused_bid(tx: Tx, world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    first = await world.bid(sale, wang, 100_000)
    await world.bid(sale, li, 107_000)
    live = await tx.run(service.read_live, lot_id=sale.id, after=0)
    assert [bid.seq for bid in live.bids] == [2, 3]
    assert [(step.seq, step.step) for step in live.steps] == [(1, Step.opened)]
    assert (live.bids[0].code, live.bids[0].amount_minor) == (first.code, 100_000_00)
    assert live.bids[1].accepted is False
    assert (live.bids[1].code, live.bids[1].amount_minor) == ("", None)
    assert live.bids[1].price_minor == 100_000_00
    seen = str(live)
    for secret in (wang.id, wang.name, li.id, li.name):
        assert str(secret) not in seen
    later = await tx.run(service.read_live, lot_id=sale.id, after=3)
    assert later.bids == ()
    public = await tx.run(service.list_public_bids, lot_id=sale.id)
    assert [bid.seq for bid in public] == [2]


async def test_only_one_s_own_code_is_told(tx: Tx, world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    receipt = await world.bid(sale, wang, 100_000)
    lot = await world.show_lot(sale.number)
    mine = await tx.run(service.find_my_place, actor=wang.head, lot=lot)
    assert mine is not None
    assert (mine.code, mine.leading, mine.won) == (receipt.code, True, False)
    his = await tx.run(service.find_my_place, actor=li.head, lot=lot)
    assert his is not None
    assert his.leading is False
    for other in (sale.seller.head, await world.operator(), world.stranger):
        assert await tx.run(service.find_my_place, actor=other, lot=lot) is None


async def test_a_decision_is_never_before_the_one_that_went_before(tx: Tx, world: World) -> None:
    """A server's clock may step back; the order of bids does not."""
    sale = await world.lot()
    wang = await world.bidder(sale)

    async def verb(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("UPDATE lot SET decided_at = market_now() + interval '9 seconds' WHERE id = :id"),
            {"id": sale.id},
        )

    await tx.run(verb)
    before = await world.market_now()
    receipt = await world.bid(sale, wang, 100_000)
    assert (receipt.decided_at - before).total_seconds() > 8


@pytest.mark.parametrize("proxies", [False, True])
async def test_a_bid_is_seven_statements(
    world: World, connection: AsyncConnection, proxies: bool
) -> None:
    """Two reads and the lock, two writes, the audit line, the clock: whoever has bid before."""
    sale = await world.lot(proxies=proxies)
    bidders = [await world.bidder(sale) for _ in range(3)]
    for place, bidder in enumerate(bidders):
        await world.bid(sale, bidder, 100_000 + place * 5_000)
    for place, bidder in enumerate(bidders[:2], start=3):
        with Statements(connection) as asked:
            assert (await world.bid(sale, bidder, 100_000 + place * 5_000)).accepted
        said = [one for one in asked.said if "SAVEPOINT" not in one]
        assert len(said) == 7, said
