"""What is laid side by side: only what is public, in a bounded number of statements."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalogue import service
from app.catalogue.types import Disposal
from app.core.ids import new_id
from app.core.tx import Tx
from tests.statements import Statements
from tests.world import World


async def test_public_things_are_found_and_hidden_ones_left_out(world: World, tx: Tx) -> None:
    org = await world.organisation("东海大学", kind="university")
    shown = await world.achievement(org, title="隔膜涂覆", trl=7)
    draft = await world.achievement(org, state="draft")
    offer = await world.offer(org, shown, disposal=Disposal.ordinary)
    unpublished = await world.offer(org, shown, state="draft")
    found = await tx.run(
        service.list_compared,
        achievements=[shown.number, draft.number, offer.number, "CG-1999-000001"],
        offers=[offer.number, unpublished.number, shown.number],
    )
    assert set(found) == {shown.number, offer.number}
    assert found[shown.number].content.trl == 7
    assert [one.disposal for one in found[shown.number].offers] == [Disposal.ordinary]
    assert found[shown.number].offer is None
    assert found[offer.number].title == "隔膜涂覆"
    assert found[offer.number].content.trl == 7
    assert await tx.run(service.list_compared, achievements=[], offers=[]) == {}


async def test_a_sold_offer_of_a_withdrawn_achievement_tells_no_more_of_it(
    world: World, tx: Tx
) -> None:
    org = await world.organisation("东海大学", kind="university")
    buyer = await world.organisation("西山公司")
    record = await world.achievement(org, title="隔膜涂覆", abstract="不再公开的说明")
    offer = await world.offer(org, record, disposal=Disposal.transfer)
    lot = new_id()
    await tx.run(service.reserve_offer, offer_id=offer.id, for_kind="lot", for_id=lot)
    await tx.run(
        service.complete_offer,
        offer_id=offer.id,
        for_kind="lot",
        for_id=lot,
        holder_id=buyer.id,
        deal_id=new_id(),
        price_terms_hash=offer.price_terms_hash,
    )
    await tx.run(
        service.withdraw_achievement, actor=org.head, number=record.number, version=record.version
    )
    found = await tx.run(service.list_compared, achievements=[record.number], offers=[offer.number])
    assert set(found) == {offer.number}
    assert found[offer.number].title == "隔膜涂覆"
    assert found[offer.number].content.abstract == ""


async def test_four_cost_as_many_statements_as_one(
    world: World, tx: Tx, connection: AsyncConnection
) -> None:
    org = await world.organisation("东海大学", kind="university")
    records = [await world.achievement(org) for _ in range(2)]
    offers = [await world.offer(org, record) for record in records]

    async def count(most: int) -> int:
        with Statements(connection) as heard:
            await tx.run(
                service.list_compared,
                achievements=[record.number for record in records[:most]],
                offers=[offer.number for offer in offers[:most]],
            )
        return sum("SELECT" in said and "market_now" not in said for said in heard.said)

    assert await count(1) == await count(2) == 6
