"""announce_lot and join_lot: do, refuse and change nothing, replay; strangers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auctions import service
from app.auctions.errors import (
    LotMissing,
    LotNotOpenForJoining,
    SellerMayNotBid,
    StaffMayNotBid,
    TermsNotBiddable,
)
from app.auctions.types import LotState, LotTerms
from app.catalogue import service as catalogue
from app.catalogue.errors import OfferMissing, OfferStateForbids
from app.catalogue.types import Disposal, Instalment, Instalments, OfferState
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.money import Money
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org


async def terms(world: World, **given: object) -> LotTerms:
    now = await world.market_now()
    made = LotTerms(100_00, 10_00, None, now + timedelta(hours=1), 300)
    return replace(made, **given)  # type: ignore[arg-type]


async def announce(tx: Tx, seller: Org, offer_number: str, terms: LotTerms, key: str) -> str:
    return await tx.run(
        service.announce_lot,
        actor=seller.head,
        offer_number=offer_number,
        terms=terms,
        key=key,
        rulebook_version="2026-1",
    )


async def test_an_offer_goes_to_a_lot(tx: Tx, world: World) -> None:
    sale = await world.lot(start=386_500_00, step=5_000_00)
    lot = await world.show_lot(sale.number)
    assert sale.number.startswith("CJ-")
    assert lot.state is LotState.free
    assert (lot.start_minor, lot.step_minor, lot.next_minor) == (386_500_00, 5_000_00, 386_500_00)
    assert lot.rulebook_version == "2026-1"
    assert ("处置方式", "独占许可") in lot.particulars
    offer = await tx.run(catalogue.get_offer, offer_id=sale.offer.id)
    assert offer.state is OfferState.reserved
    assert await world.count("fact", topic="auctions.lot_announced.v1") == 1
    assert await world.count("audit_entry", action="auctions.announce_lot") == 1


async def test_the_same_key_is_the_same_lot(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    content = await terms(world)
    first = await announce(tx, seller, offer.number, content, "announce-1")
    again = await announce(tx, seller, offer.number, content, "announce-1")
    assert first == again
    with pytest.raises(KeyReused):
        await announce(tx, seller, offer.number, replace(content, step_minor=1), "announce-1")
    assert await world.count("lot") == 1


async def test_a_reserved_offer_is_not_announced_again(tx: Tx, world: World) -> None:
    sale = await world.lot()
    with pytest.raises(OfferStateForbids):
        await announce(tx, sale.seller, sale.offer.number, await terms(world), "announce-2")
    assert await world.count("lot") == 1


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("another organisation", Forbidden),
        ("an inventor of the owner", Forbidden),
        ("a person without organisation", Forbidden),
        ("an operator", Forbidden),
        ("nobody", Unauthenticated),
    ],
)
async def test_who_may_not_announce(
    tx: Tx, world: World, who: str, refusal: type[Exception]
) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller)
    actors = {
        "another organisation": (await world.organisation()).head,
        "an inventor of the owner": await world.member(seller, ["inventor"]),
        "a person without organisation": await world.person(),
        "an operator": await world.operator(),
        "nobody": world.stranger,
    }
    with pytest.raises(refusal):
        await tx.run(
            service.announce_lot,
            actor=actors[who],
            offer_number=offer.number,
            terms=await terms(world),
            key="announce-3",
        )
    assert await world.count("lot") == 0
    assert await world.count("offer_reservation") == 0


async def test_a_hidden_offer_is_missing_for_others(tx: Tx, world: World) -> None:
    offer = await world.offer(await world.organisation(), state="draft")
    other = await world.organisation()
    with pytest.raises(OfferMissing):
        await announce(tx, other, offer.number, await terms(world), "announce-4")


async def test_bad_terms_leave_the_offer_free(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    with pytest.raises(Invalid) as refused:
        await announce(tx, seller, offer.number, await terms(world, window_s=20), "announce-5")
    assert [error.field for error in refused.value.errors] == ["window_s"]
    after = await tx.run(catalogue.get_offer, offer_id=offer.id)
    assert after.state is OfferState.published
    assert await world.count("lot") == 0


async def test_the_demonstration_rules_take_shorter_windows(world: World) -> None:
    sale = await world.lot(window_s=20, rulebook="demo-1")
    assert (await world.show_lot(sale.number)).rulebook_version == "demo-1"


async def test_instalments_have_no_number_to_bid(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    parts = Instalments(
        (Instalment(Money(1), condition="签约"), Instalment(Money(1), condition="验收"))
    )
    offer = await world.offer(seller, disposal=Disposal.exclusive, terms=parts)
    with pytest.raises(TermsNotBiddable):
        await announce(tx, seller, offer.number, await terms(world), "announce-6")


# ---------------------------------------------------------------- joining


async def test_joining_twice_is_joining_once(tx: Tx, world: World) -> None:
    sale = await world.lot()
    buyer = await world.organisation()
    first = await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    again = await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    assert first == again
    assert first.code.startswith("C")
    assert await world.count("lot_bidder") == 1
    assert await world.count("audit_entry", action="auctions.join_lot") == 1


async def test_codes_of_one_lot_differ(tx: Tx, world: World) -> None:
    sale = await world.lot()
    codes = set()
    for _ in range(5):
        buyer = await world.organisation()
        place = await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
        codes.add(place.code)
    assert len(codes) == 5


async def test_no_audit_line_tells_who_joined_or_bid(world: World) -> None:
    sale = await world.lot()
    buyer = await world.bidder(sale)
    await world.bid(sale, buyer, 100_000)
    for action in ("auctions.join_lot", "auctions.place_bid"):
        assert await world.count("audit_entry", action=action) == 1
    lines = await world.rows(
        "SELECT person_id, organisation_id, facts FROM audit_entry"
        " WHERE subject_kind = 'lot' AND action <> 'auctions.announce_lot'"
    )
    assert [(line.person_id, line.organisation_id) for line in lines] == [(None, None)] * 2
    assert str(buyer.id) not in str([line.facts for line in lines])


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("the seller", SellerMayNotBid),
        ("an operator", StaffMayNotBid),
        ("a supervisor", StaffMayNotBid),
        ("an unverified organisation", Forbidden),
        ("a manager of a buyer", Forbidden),
        ("a person without organisation", Forbidden),
        ("nobody", Unauthenticated),
    ],
)
async def test_who_may_not_join(tx: Tx, world: World, who: str, refusal: type[Exception]) -> None:
    sale = await world.lot()
    buyer = await world.organisation()
    actors = {
        "the seller": sale.seller.head,
        "an operator": await world.operator(),
        "a supervisor": await world.person(platform=["supervisor"]),
        "an unverified organisation": (await world.organisation(verified=False)).head,
        "a manager of a buyer": await world.member(buyer, ["manager"]),
        "a person without organisation": await world.person(),
        "nobody": world.stranger,
    }
    with pytest.raises(refusal):
        await tx.run(service.join_lot, actor=actors[who], number=sale.number)
    assert await world.count("lot_bidder") == 0


async def test_a_lot_that_has_ended_is_not_joined(tx: Tx, world: World, clock: Clock) -> None:
    sale = await world.lot(free_s=60, window_s=60)
    buyer = await world.organisation()
    await clock.advance(seconds=121)
    with pytest.raises(LotNotOpenForJoining):
        await tx.run(service.join_lot, actor=buyer.head, number=sale.number)


async def test_a_lot_that_is_not_there(tx: Tx, world: World) -> None:
    buyer = await world.organisation()
    with pytest.raises(LotMissing):
        await tx.run(service.join_lot, actor=buyer.head, number="CJ-2026-999999")
    with pytest.raises(LotMissing):
        await world.show_lot("CJ-2026-999999")
