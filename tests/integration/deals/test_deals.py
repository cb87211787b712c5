"""open_deal by the news of an award, show_deal and list_deals: does, once, and for whom."""

from __future__ import annotations

import pytest

from app.auctions import service as auctions
from app.auctions.events import LotAwarded, LotFailed
from app.auctions.life_types import AnnulGround, FailReason
from app.auctions.types import LotOutcome
from app.catalogue import service as catalogue
from app.catalogue.errors import ReservationMissing
from app.catalogue.types import LumpSum, OfferState, Royalty, RoyaltyBase, compute_hash
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.facts import deliver
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx
from app.deals import service
from app.deals.errors import DealMissing
from app.deals.handlers import LISTENERS, on_lot_awarded
from app.deals.types import DealState, OriginKind
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale


async def won_lot(world: World, clock: Clock) -> tuple[Sale, Org]:
    """A lot that two bid for, closed; the facts are not delivered yet."""
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    wang, li = await world.bidder(sale, "王氏工业"), await world.bidder(sale)
    await world.bid(sale, li, 100_000)
    await world.bid(sale, wang, 125_000)
    await clock.advance(seconds=200)
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.won
    return sale, wang


async def test_a_won_lot_becomes_a_deal(tx: Tx, world: World, clock: Clock) -> None:
    sale, winner = await won_lot(world, clock)
    assert await world.deliver_facts() == 1
    [row] = await world.rows("SELECT number FROM deal")
    deal = await tx.run(service.show_deal, actor=winner.head, number=row.number)
    lot = await world.show_lot(sale.number)
    assert deal.number.startswith("JY-")
    assert (deal.seller_id, deal.buyer_id) == (sale.seller.id, winner.id)
    assert (deal.seller_name, deal.buyer_name) == (sale.seller.name, "王氏工业")
    assert (deal.origin_kind, deal.origin_number) == (OriginKind.lot, sale.number)
    assert deal.amount_minor == 125_000_00
    assert deal.terms_hash == compute_hash(LumpSum(Money(125_000_00)))
    assert deal.priced_at == lot.closed_at
    assert deal.state is DealState.awaiting_contract
    assert deal.priced_at < deal.sign_by
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.sold
    assert await world.count("fact", topic="deals.deal_opened.v1") == 1
    assert await world.count("audit_entry", action="deals.open_deal") == 1
    assert await world.count("achievement_grant", holder_id=winner.id) == 1


async def test_the_same_news_twice_is_one_deal(tx: Tx, world: World, clock: Clock) -> None:
    await won_lot(world, clock)
    await world.deliver_facts()
    await world.deliver_facts()  # the deal's own news
    assert await world.deliver_facts() == 0
    [fact] = await world.rows("SELECT payload FROM fact WHERE topic = 'auctions.lot_awarded.v1'")
    await tx.run(on_lot_awarded, fact.payload)
    assert await world.count("deal") == 1
    assert await world.count("fact", topic="deals.deal_opened.v1") == 1


async def test_the_price_found_is_the_entry_fee_of_a_royalty(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    seller = await world.organisation()
    terms = Royalty(Money(50_000_00), RoyaltyBase.net_sales, 300, 5)
    offer = await world.offer(seller, terms=terms)
    sale = await world.lot(seller, offer=offer, free_s=60, window_s=60)
    winner = await world.bidder(sale)
    await world.bid(sale, winner, 100_000)
    await clock.advance(seconds=200)
    await world.sweep_lots()
    await world.deliver_facts()
    [row] = await world.rows("SELECT bid_on, terms_hash FROM deal")
    assert row.bid_on == "entry_fee"
    expected = Royalty(Money(100_000_00), RoyaltyBase.net_sales, 300, 5)
    assert row.terms_hash == compute_hash(expected)


async def test_no_deal_without_a_kept_offer(tx: Tx, world: World) -> None:
    seller, buyer = await world.organisation(), await world.organisation()
    offer = await world.offer(seller)
    with pytest.raises(ReservationMissing):
        await tx.run(
            service.open_deal,
            origin_kind=OriginKind.lot,
            origin_id=new_id(),
            origin_number="CJ-2026-000009",
            seller_id=seller.id,
            buyer_id=buyer.id,
            achievement_id=offer.achievement_id,
            offer_id=offer.id,
            offer_number=offer.number,
            title="",
            amount=Money(1),
            bid_on="amount",
            priced_at=await world.market_now(),
        )
    assert await world.count("deal") == 0
    assert await world.count("audit_entry", action="deals.open_deal") == 0


async def test_who_may_know_of_a_deal(tx: Tx, world: World) -> None:
    seller, buyer = await world.organisation(), await world.organisation()
    number = await world.deal(seller, buyer)
    supervisor = await world.person(platform=["supervisor"])
    knowing = [
        seller.head,
        buyer.head,
        await world.member(buyer, ["agent"]),
        await world.operator(),
        supervisor,
    ]
    for actor in knowing:
        assert (await tx.run(service.show_deal, actor=actor, number=number)).number == number
        listed = await tx.run(service.list_deals, actor=actor)
        assert [deal.number for deal in listed.items] == [number]
    hidden = [
        (await world.organisation()).head,
        await world.person(),
        await world.person(platform=["publisher"]),
        world.stranger,
    ]
    for actor in hidden:
        with pytest.raises(DealMissing):
            await tx.run(service.show_deal, actor=actor, number=number)


async def test_lists_page_and_refuse(tx: Tx, world: World) -> None:
    seller, buyer = await world.organisation(), await world.organisation()
    numbers = [await world.deal(seller, buyer) for _ in range(3)]
    first = await tx.run(service.list_deals, actor=buyer.head, limit=2)
    assert [deal.number for deal in first.items] == numbers[:0:-1]
    second = await tx.run(service.list_deals, actor=buyer.head, after=first.next, limit=2)
    assert [deal.number for deal in second.items] == numbers[:1]
    assert second.next is None
    with pytest.raises(Invalid):
        await tx.run(service.list_deals, actor=buyer.head, after="rubbish")
    with pytest.raises(Forbidden):
        await tx.run(service.list_deals, actor=await world.person())
    with pytest.raises(Unauthenticated):
        await tx.run(service.list_deals, actor=world.stranger)
    with pytest.raises(DealMissing):
        await tx.run(service.show_deal, actor=buyer.head, number="JY-2026-999999")


@pytest.mark.parametrize("verb", ["fail_lot", "annul_lot"])
async def test_a_result_that_falls_takes_its_deal_along(
    tx: Tx, world: World, clock: Clock, verb: str
) -> None:
    sale, winner = await won_lot(world, clock)
    await world.deliver_facts()
    why = {"fail_lot": {"reason": FailReason.refused_to_sign}}
    why["annul_lot"] = {"ground": AnnulGround.ineligible}  # type: ignore[dict-item]
    await tx.run(
        getattr(auctions, verb),
        actor=await world.operator(),
        number=sale.number,
        statement="查明属实，予以处理",
        key="fall-1",
        **why[verb],
    )
    await world.deliver_facts()
    await world.deliver_facts()
    [row] = await world.rows("SELECT number FROM deal")
    deal = await tx.run(service.show_deal, actor=winner.head, number=row.number)
    assert deal.state is DealState.cancelled
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.published
    assert await world.count("grant_end") == 1
    assert await world.count("fact", topic="deals.deal_cancelled.v1") == 1
    again = await world.lot(sale.seller, offer=offer)
    assert again.number != sale.number


async def test_a_result_that_falls_before_its_deal_is_open_waits_for_it(
    tx: Tx, world: World, clock: Clock
) -> None:
    """The news come in any order: the fall is tried again until there is a deal to cancel."""
    sale, winner = await won_lot(world, clock)
    await tx.run(
        auctions.fail_lot,
        actor=await world.operator(),
        number=sale.number,
        reason=FailReason.refused_to_sign,
        statement="受让方书面表示拒绝签约",
        key="fall-1",
    )
    ids = {
        one.topic: one.id
        for one in await world.rows("SELECT id, topic FROM fact WHERE topic LIKE 'auctions.lot_%'")
    }
    for _ in range(2):
        with pytest.raises(DealMissing):
            await deliver(tx, ids[LotFailed.topic], LISTENERS)
        assert await world.count("deal") == 0
    assert await world.count("fact_handled") == 0, "so the job asks for another try"
    await deliver(tx, ids[LotAwarded.topic], LISTENERS)
    await deliver(tx, ids[LotFailed.topic], LISTENERS)
    [row] = await world.rows("SELECT number FROM deal")
    deal = await tx.run(service.show_deal, actor=winner.head, number=row.number)
    assert deal.state is DealState.cancelled
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.published
    assert await deliver(tx, ids[LotFailed.topic], LISTENERS) == 0, "once"
