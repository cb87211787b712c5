"""What a place in a sale is worth: the rank of a right, settled values, and whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.auctions import service
from app.auctions.admission_errors import MayNotTakePart
from app.auctions.engine.types import Criterion
from app.auctions.types import BidMode, Preference
from app.catalogue.types import OfferFacts
from app.clearances import service as clearances
from app.core.errors import Forbidden
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import Org

JOBS = Criterion("jobs", "新增就业", "人", weight_bp=4_000, full_at=100)


async def notified(tx: Tx, world: World, seller: Org, holders: dict[str, Org]) -> OfferFacts:
    """A transfer whose holders have answered: ``uses`` takes part, ``waives`` does not."""
    offer = await world.transfer(seller)
    for rank, (answer, holder) in enumerate(holders.items(), start=2):
        right_id = await world.right(seller, offer, holder.id, rank=rank)
        await tx.run(
            clearances.answer_right,
            actor=holder.head,
            right_id=right_id,
            takes_part=answer == "uses",
        )
    board = await tx.run(clearances.show_board, actor=seller.head, offer_number=offer.number)
    await tx.run(
        clearances.settle_clearance,
        actor=seller.head,
        clearance_id=board.clearances[0].facts.id,
        basis="权利人已答复",
        key="places-settle-1",
    )
    return offer


@pytest.mark.parametrize("preference", [Preference.match, Preference.ordinary])
async def test_only_who_uses_his_right_has_its_rank_where_the_lot_knows_one(
    tx: Tx, world: World, preference: Preference
) -> None:
    seller = await world.organisation(kind="university")
    uses, waives, other = [await world.organisation() for _ in range(3)]
    offer = await notified(tx, world, seller, {"uses": uses, "waives": waives})
    sale = await world.lot(seller, offer=offer, preference=preference)
    for org in (uses, waives, other):
        await tx.run(service.join_lot, actor=org.head, number=sale.number)
    rows = await world.rows("SELECT bidder_id, rank FROM lot_bidder")
    rank = 2 if preference is Preference.match else None
    assert {row.bidder_id: row.rank for row in rows} == {
        uses.id: rank,
        waives.id: None,
        other.id: None,
    }


async def test_a_right_that_was_waived_brings_no_relation_of_the_seller_in(
    tx: Tx, world: World
) -> None:
    seller = await world.organisation(kind="university")
    related = await world.organisation(head=replace(seller.head, organisation_id=None))
    offer = await notified(tx, world, seller, {"waives": related})
    sale = await world.lot(seller, offer=offer)
    with pytest.raises(MayNotTakePart) as barred:
        await tx.run(service.join_lot, actor=related.head, number=sale.number)
    assert barred.value.facts["reason"] == "related_party"
    assert await world.count("lot_bidder") == 0


async def test_a_place_weighs_what_was_settled_and_not_what_was_declared(
    tx: Tx, world: World
) -> None:
    sale = await world.lot(
        mode=BidMode.weighted, admission="reviewed", price_weight_bp=6_000, criteria=(JOBS,)
    )
    buyer = await world.organisation()
    application_id = await tx.run(
        service.apply_to_lot,
        actor=buyer.head,
        number=sale.number,
        confirmed=True,
        values={"jobs": 90},
        key="places-apply-1",
    )
    await tx.run(
        service.decide_application,
        actor=await world.operator(),
        application_id=application_id,
        accept_it=True,
        values={"jobs": 20},
    )
    [row] = await world.rows('SELECT "values" AS weighed FROM lot_bidder')
    assert row.weighed == {"jobs": 20}


async def test_a_colleague_who_may_not_bid_takes_no_application_back(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    clerk = await world.member(buyer, ["inventor"])
    with pytest.raises(Forbidden):
        await tx.run(service.withdraw_application, actor=clerk, application_id=application_id)
    assert await world.count("lot_application", state="submitted") == 1
