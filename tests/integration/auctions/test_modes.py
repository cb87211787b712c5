"""Every mode through the public verbs, from the announcement to the end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from app.auctions import service
from app.auctions.errors import JumpUnconfirmed
from app.auctions.handlers import sweep_outbid
from app.auctions.personal import export_personal, list_obligations
from app.auctions.types import (
    Act,
    BidMode,
    BidReceipt,
    Criterion,
    Ending,
    LotOutcome,
    LotState,
    Preference,
    Reason,
    ReserveKind,
    SingleBidder,
    Step,
)
from app.core.actor import Actor
from app.core.errors import KeyReused
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale


async def pass_on(world: World, clock: Clock, seconds: float) -> None:
    """Time passes while the market is served, and the sweep does what it asks."""
    await clock.advance(seconds=seconds)
    await world.beat()
    await world.sweep_lots()


async def steps_of(world: World, sale: Sale) -> list[str]:
    rows = await world.rows(
        "SELECT step FROM lot_event WHERE lot_id = :id ORDER BY seq", id=sale.id
    )
    return [row.step for row in rows]


async def numbers_of(world: World, sale: Sale) -> list[int]:
    """Every number of the lot's record, of bids and of steps."""
    rows = await world.rows(
        "SELECT seq FROM bid WHERE lot_id = :id UNION ALL"
        " SELECT seq FROM lot_event WHERE lot_id = :id ORDER BY 1",
        id=sale.id,
    )
    return [row.seq for row in rows]


async def state_of(world: World, sale: Sale) -> dict[str, Any]:
    """What a refusal must leave alone."""
    [row] = await world.rows(
        "SELECT price_minor, leader_code, cycle_ends_at, state, outcome, version,"
        " exercised, waived,"
        " (SELECT count(*) FROM lot_proxy) AS maxima,"
        " (SELECT count(*) FROM ledger_transfer) AS ledger FROM lot WHERE id = :id",
        id=sale.id,
    )
    return dict(row._mapping)


async def test_multi_registers_first_and_then_bids(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(mode=BidMode.multi, free_s=300, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    assert (await world.show_lot(sale.number)).state is LotState.registering
    assert (await world.bid(sale, wang, 100_000)).reason is Reason.not_started
    await pass_on(world, clock, 61)
    assert (await world.bid(sale, wang, 100_000)).accepted
    await pass_on(world, clock, 300)
    assert (await world.bid(sale, li, 105_000)).accepted
    await pass_on(world, clock, 61)
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending, lot.price_minor) == (
        LotOutcome.won,
        Ending.highest_bid,
        105_000_00,
    )
    assert await steps_of(world, sale) == ["opened", "limited", "closed"]
    assert await numbers_of(world, sale) == [1, 2, 3, 4, 5, 6]
    for topic in ("auctions.lot_awarded.v1", "auctions.lot_closed.v1"):
        assert await world.count("fact", topic=topic) == 1


async def test_too_few_bidders_end_a_registered_lot(world: World, clock: Clock) -> None:
    await world.beat()
    nobody = await world.lot(mode=BidMode.multi)
    alone = await world.lot(mode=BidMode.multi, single_bidder=SingleBidder.agreement)
    await world.bidder(alone)
    await pass_on(world, clock, 61)
    for sale, ending in ((nobody, Ending.no_bidder), (alone, Ending.single_bidder)):
        lot = await world.show_lot(sale.number)
        assert (lot.outcome, lot.ending) == (LotOutcome.unsold, ending)
    assert await world.count("fact", topic="auctions.lot_unsold.v1") == 2


async def test_once_opens_the_sealed_bids_at_the_end(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(mode=BidMode.once, free_s=300, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    await pass_on(world, clock, 61)
    first = await world.submit(service.seal_bid, sale, wang, 120_000, key="wang-sealed")
    assert (first.accepted, first.amount_minor, first.price_minor) == (True, None, None)
    assert first.commitment is not None
    again = await world.submit(service.seal_bid, sale, wang, 120_000, key="wang-sealed")
    assert again == first
    with pytest.raises(KeyReused):
        await world.submit(service.seal_bid, sale, wang, 125_000, key="wang-sealed")
    second = await world.submit(service.seal_bid, sale, wang, 125_000)
    assert second.reason is Reason.already_sealed
    assert (await world.submit(service.seal_bid, sale, li, 99_999)).reason is Reason.below_start
    assert (await world.submit(service.seal_bid, sale, li, 118_000)).accepted
    stored = await world.rows("SELECT amount_minor FROM bid WHERE act = 'seal'")
    assert [row.amount_minor for row in stored] == [None] * 4
    live = await tx.run(service.read_live, lot_id=sale.id, after=0)
    assert {(bid.code, bid.amount_minor) for bid in live.bids} == {("", None)}
    place = await tx.run(
        service.find_my_place, actor=wang.head, lot=await world.show_lot(sale.number)
    )
    assert place is not None
    assert (place.sealed_seq, place.sealed_commitment) == (first.seq, first.commitment)
    await pass_on(world, clock, 300)
    lot = await world.show_lot(sale.number)
    assert (lot.price_minor, lot.leader_code) == (120_000_00, first.code)
    assert await steps_of(world, sale) == ["opened", "unsealed", "closed"]
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    assert fact.payload["buyer_id"] == str(wang.id)


async def weighed(world: World, sale: Sale, operator: Actor, *, jobs: int) -> Org:
    """A bidder whose promise of jobs was looked at and accepted."""
    org = await world.organisation()
    application_id = await world.tx.run(
        service.apply_to_lot,
        actor=org.head,
        number=sale.number,
        statement="",
        confirmed=True,
        documents={},
        values={"jobs": jobs},
        key=f"weighed-{jobs:04d}",
    )
    await world.decide(operator, application_id)
    return org


async def test_weighted_is_won_by_the_best_score(world: World, clock: Clock) -> None:
    """60 % the price's share of the best, 40 % jobs up to a hundred: the lower price may win."""
    await world.beat()
    jobs = Criterion("jobs", "新增就业", "人", weight_bp=4_000, full_at=100)
    sale = await world.lot(
        mode=BidMode.weighted,
        free_s=300,
        window_s=60,
        admission="reviewed",
        price_weight_bp=6_000,
        criteria=(jobs,),
    )
    operator = await world.operator()
    wang = await weighed(world, sale, operator, jobs=10)
    li = await weighed(world, sale, operator, jobs=90)
    await pass_on(world, clock, 61)
    assert (await world.submit(service.seal_bid, sale, wang, 200_000)).accepted
    assert (await world.submit(service.seal_bid, sale, li, 150_000)).accepted
    await pass_on(world, clock, 300)
    lot = await world.show_lot(sale.number)
    told = await world.tx.run(service.find_scores, actor=wang.head, lot=lot)
    assert told is not None, "who lost can check his own score"
    assert (told.own, told.best) == (Fraction(60 + 4), Fraction(45 + 36))
    assert (told.own_minor, told.best_minor) == (200_000_00, 200_000_00)
    for other in (operator, (await world.organisation()).head):
        assert await world.tx.run(service.find_scores, actor=other, lot=lot) is None
    running = replace(lot, state=LotState.free, outcome=None)
    assert await world.tx.run(service.find_scores, actor=wang.head, lot=running) is None
    assert (lot.outcome, lot.ending, lot.price_minor) == (
        LotOutcome.won,
        Ending.best_score,
        150_000_00,
    )
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    assert fact.payload["buyer_id"] == str(li.id)


async def test_buy_now_is_taken_by_the_first(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(mode=BidMode.buy_now, window_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    await world.sweep_lots()
    before = await state_of(world, sale)
    wrong = await world.submit(service.accept_price, sale, li, 99_000)
    assert wrong.reason is Reason.price_moved
    assert await state_of(world, sale) == before
    taken = await world.submit(service.accept_price, sale, wang, 100_000, key="wang-takes")
    assert (taken.accepted, taken.act) == (True, Act.accept)
    assert (await world.submit(service.accept_price, sale, li, 100_000)).reason is Reason.closed
    assert await world.submit(service.accept_price, sale, wang, 100_000, key="wang-takes") == taken
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.won, Ending.first_acceptance)
    assert await world.count("fact", topic="auctions.lot_awarded.v1") == 1


async def test_dutch_falls_rung_by_rung(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(
        mode=BidMode.dutch, opens_in=1, step=10_000_00, floor_minor=80_000_00, window_s=60
    )
    wang = await world.bidder(sale)
    await pass_on(world, clock, 2)
    lot = await world.show_lot(sale.number)
    assert lot.asking_minor == 100_000_00
    assert lot.next_change_at is not None
    await pass_on(world, clock, 60)
    assert (await world.show_lot(sale.number)).asking_minor == 90_000_00
    stale = await world.submit(service.accept_price, sale, wang, 100_000)
    assert stale.reason is Reason.price_moved
    assert (await world.submit(service.accept_price, sale, wang, 90_000)).accepted
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.price_minor) == (LotOutcome.won, 90_000_00)


async def test_dutch_without_an_acceptance_is_unsold(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(
        mode=BidMode.dutch, opens_in=1, step=10_000_00, floor_minor=80_000_00, window_s=60
    )
    await world.bidder(sale)
    await pass_on(world, clock, 182)
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.unsold, Ending.no_bid)


# ---------------------------------------------------------------- stored maxima (DOMAIN 11)


async def test_two_maxima_settle_on_the_grid(world: World) -> None:
    """a = 200 000 earlier, b = 150 000, step 5 000, start 100 000: a leads at 155 000."""
    sale = await world.lot(proxies=True)
    a, b = await world.bidder(sale), await world.bidder(sale)
    first = await world.submit(service.store_maximum, sale, a, 200_000)
    assert (first.act, first.amount_minor, first.price_minor) == (Act.store, None, None)
    assert (first.standing_price_minor, first.standing_leader_code) == (100_000_00, first.code)
    second = await world.submit(service.store_maximum, sale, b, 150_000)
    assert (second.standing_price_minor, second.standing_leader_code) == (155_000_00, first.code)
    raised = await world.submit(service.store_maximum, sale, a, 250_000)
    assert raised.standing_price_minor == 155_000_00
    lot = await world.show_lot(sale.number)
    assert (lot.price_minor, lot.leader_code) == (155_000_00, first.code)
    rows = await world.rows(
        "SELECT origin, act, amount_minor, note, idempotency_key FROM bid ORDER BY seq"
    )
    assert [(r.origin, r.act, r.amount_minor, r.note) for r in rows] == [
        ("manual", "store", None, None),
        ("proxy", "bid", 100_000_00, None),
        ("manual", "store", None, None),
        ("proxy", "bid", 150_000_00, "limit"),
        ("proxy", "bid", 155_000_00, None),
        ("manual", "store", None, None),
    ]
    assert await numbers_of(world, sale) == list(range(1, 8))


async def test_a_bid_topped_by_a_maximum_says_so(world: World) -> None:
    sale = await world.lot(proxies=True)
    a, b = await world.bidder(sale), await world.bidder(sale)
    await world.submit(service.store_maximum, sale, a, 200_000)
    bid = await world.bid(sale, b, 120_000, key="b-bids-120")
    assert (bid.accepted, bid.outbid) == (True, True)
    assert (bid.price_minor, bid.standing_price_minor) == (120_000_00, 125_000_00)
    assert await world.bid(sale, b, 120_000, key="b-bids-120") == bid


async def test_a_maximum_can_be_lowered_and_taken_away(tx: Tx, world: World) -> None:
    sale = await world.lot(proxies=True)
    a, b = await world.bidder(sale), await world.bidder(sale)
    await world.submit(service.store_maximum, sale, a, 200_000)
    assert (await world.submit(service.store_maximum, sale, a, 95_000)).reason is Reason.below_price
    gone = await world.submit(service.store_maximum, sale, a, amount=None)
    assert gone.accepted
    nothing = await world.submit(service.store_maximum, sale, a, amount=None)
    assert nothing.reason is Reason.nothing_stored
    assert await world.count("lot_proxy") == 0
    assert not (await world.bid(sale, b, 105_000)).outbid
    lot = await world.show_lot(sale.number)
    place = await tx.run(service.find_my_place, actor=a.head, lot=lot)
    assert place is not None
    assert place.stored_seq is None


# ---------------------------------------------------------------- pre-emption (DOMAIN 2.6)


async def test_a_holder_matches_and_a_bidder_takes_it_back(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60, preference=Preference.match)
    wang, holder = await world.bidder(sale), await world.bidder(sale, rank=1)
    await world.bid(sale, wang, 100_000)
    assert (await world.submit(service.match_price, sale, wang)).reason is Reason.not_a_holder
    matched = await world.submit(service.match_price, sale, holder, key="match-key-1")
    assert await world.submit(service.match_price, sale, holder, key="match-key-1") == matched
    assert (matched.accepted, matched.amount_minor) == (True, 100_000_00)
    assert (await world.show_lot(sale.number)).leader_code == matched.code
    assert (await world.bid(sale, wang, 105_000)).accepted
    assert (await world.submit(service.match_price, sale, holder)).accepted
    await pass_on(world, clock, 61)
    await pass_on(world, clock, 61)
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending, lot.price_minor) == (
        LotOutcome.won,
        Ending.preempted,
        105_000_00,
    )


async def exercising(world: World, clock: Clock, preference: Preference, **terms: Any) -> Any:
    """A lot whose price was put to its holder: the sale, the highest bidder, the holder."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60, preference=preference, **terms)
    wang, holder = await world.bidder(sale), await world.bidder(sale, rank=1)
    await world.bid(sale, wang, 100_000)
    await pass_on(world, clock, 61)
    await pass_on(world, clock, 61)
    assert (await world.show_lot(sale.number)).state is LotState.exercising
    return sale, wang, holder


async def test_a_holder_exercises_afterwards(world: World, clock: Clock) -> None:
    sale, wang, holder = await exercising(world, clock, Preference.post)
    before = await state_of(world, sale)
    assert (await world.bid(sale, wang, 105_000)).reason is Reason.exercising
    assert (await world.submit(service.exercise_right, sale, wang)).reason is Reason.not_a_holder
    assert await state_of(world, sale) == before
    taken = await world.submit(service.exercise_right, sale, holder, key="taken-key-1")
    assert taken.accepted
    assert await world.submit(service.exercise_right, sale, holder, key="taken-key-1") == taken
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.won, Ending.preempted)
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    assert fact.payload["buyer_id"] == str(holder.id)


async def test_silence_is_a_waiver_on_record(world: World, clock: Clock) -> None:
    sale, wang, _ = await exercising(world, clock, Preference.post)
    await pass_on(world, clock, 121)
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.ending) == (LotOutcome.won, Ending.highest_bid)
    assert Step.waived.value in await steps_of(world, sale)
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    assert fact.payload["buyer_id"] == str(wang.id)


async def test_the_highest_bidder_may_raise_until_one_stops(world: World, clock: Clock) -> None:
    sale, wang, holder = await exercising(world, clock, Preference.post_with_raise, raise_s=60)
    assert (await world.submit(service.exercise_right, sale, holder)).accepted
    lot = await world.show_lot(sale.number)
    assert (lot.state, lot.bidders_turn) == (LotState.exercising, True)
    assert (await world.submit(service.raise_bid, sale, wang, 107_000)).reason is Reason.off_grid
    raised = await world.submit(service.raise_bid, sale, wang, 105_000)
    assert (raised.accepted, raised.price_minor) == (True, 105_000_00)
    assert (await world.submit(service.waive_right, sale, holder)).accepted
    lot = await world.show_lot(sale.number)
    assert (lot.outcome, lot.price_minor, lot.leader_code) == (
        LotOutcome.won,
        105_000_00,
        raised.code,
    )


async def test_confirming_to_take_part_in_the_limited_period(world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60, confirm_s=60)
    wang, li = await world.bidder(sale), await world.bidder(sale)
    await world.bid(sale, wang, 100_000)
    await pass_on(world, clock, 61)
    assert (await world.bid(sale, li, 105_000)).reason is Reason.confirming
    assert (await world.submit(service.confirm_limited, sale, li)).accepted
    await pass_on(world, clock, 60)
    assert (await world.bid(sale, li, 105_000)).accepted
    assert (await world.bid(sale, wang, 110_000)).reason is Reason.not_confirmed


# ---------------------------------------------------------------- what every submission shares


async def test_an_amount_far_above_the_least_is_asked_for_again(world: World) -> None:
    sale = await world.lot(reserve_kind=ReserveKind.none, must_bid_in_free=True)
    [row] = await world.rows("SELECT params FROM rulebook WHERE version = 'demo-2'")
    times = row.params["jump_limit"]
    wang = await world.bidder(sale)
    typed = 100_000 * times + 5_000
    before = await state_of(world, sale)
    with pytest.raises(JumpUnconfirmed) as refusal:
        await world.bid(sale, wang, typed)
    assert refusal.value.facts == {"amount_minor": typed * 100, "least_minor": 100_000_00}
    assert await state_of(world, sale) == before
    assert await world.count("bid") == 0
    assert (await world.bid(sale, wang, typed, confirm_jump=True)).accepted


@pytest.mark.parametrize(
    ("verb", "yuan"),
    [
        (service.store_maximum, 200_000),
        (service.match_price, None),
        (service.accept_price, 100_000),
        (service.seal_bid, 100_000),
        (service.confirm_limited, None),
        (service.exercise_right, None),
        (service.raise_bid, 105_000),
    ],
)
async def test_what_a_lot_does_not_take_is_refused_with_a_row(
    world: World, verb: Any, yuan: int | None
) -> None:
    sale = await world.lot()
    wang = await world.bidder(sale)
    await world.bid(sale, wang, 100_000)
    before = await state_of(world, sale)
    refused: BidReceipt = await world.submit(verb, sale, wang, yuan, key="refused-0001")
    assert not refused.accepted
    assert await state_of(world, sale) == before
    assert await world.submit(verb, sale, wang, yuan, key="refused-0001") == refused
    assert await world.count("bid", outcome="refused") == 1


async def test_one_act_s_key_is_no_other_s(world: World) -> None:
    sale = await world.lot(proxies=True)
    wang = await world.bidder(sale)
    await world.bid(sale, wang, 100_000, key="one-key-0001")
    with pytest.raises(KeyReused):
        await world.submit(service.store_maximum, sale, wang, 100_000, key="one-key-0001")


# ---------------------------------------------------------------- telling, and a person's own data


async def test_whoever_a_maximum_passes_is_told(world: World) -> None:
    """A bid topped at once and a maximum that was spent are news to whoever led."""
    sale = await world.lot(proxies=True)
    a, b, c = [await world.bidder(sale) for _ in range(3)]
    await world.submit(service.store_maximum, sale, a, 150_000)
    await world.bid(sale, b, 120_000)
    await world.submit(service.store_maximum, sale, c, 200_000)
    await world.tx.run(sweep_outbid)
    rows = await world.rows("SELECT person_id FROM inbox_message WHERE kind = 'auctions.outbid'")
    assert {row.person_id for row in rows} == {a.head.person_id, b.head.person_id}


async def test_a_person_s_own_data_tell_that_but_not_how_much(world: World) -> None:
    sale = await world.lot(proxies=True)
    wang = await world.bidder(sale)
    assert wang.head.person_id is not None
    stored = await world.submit(service.store_maximum, sale, wang, 235_000)
    own = await world.tx.run(export_personal, person_id=wang.head.person_id)
    assert own["maxima_stored"] == [{"number": sale.number, "stored_seq": stored.seq}]
    assert [(one["act"], one["origin"], one["amount_minor"]) for one in own["bids"]] in (
        [("store", "manual", None), ("bid", "proxy", 100_000_00)],
        [("bid", "proxy", 100_000_00), ("store", "manual", None)],
    )
    assert "23500000" not in str(own)
    assert len(await world.tx.run(list_obligations, person_id=wang.head.person_id)) == 1
