"""Finished sales with their record and certificates, without waiting for any clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from uuid import UUID

from app.auctions import service
from app.auctions.certificates import print_certificate
from app.auctions.record import record_sale
from app.auctions.record_types import RecordKind
from app.auctions.types import BidMode, LotTerms
from app.catalogue.types import Disposal
from app.core.money import Money
from tests.world import World
from tests.worlds.accounts import Org

_serial = count(1)
PRICE = 100_000_00
MARKET, PUBLIC_URL = "示范科技大市场", "https://market.example.com"


@dataclass(frozen=True)
class Sold:
    """A sale that was won, its parties, and the numbers of its certificates."""

    number: str
    id: UUID
    seller: Org
    buyer: Org
    loser: Org
    notice: str
    confirmation: str


async def fixed_price_lot(world: World, seller: Org) -> str:
    """A lot at a fixed price, open at once."""
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    now = await world.market_now()
    return await world.tx.run(
        service.announce_lot,
        actor=seller.head,
        offer_number=offer.number,
        terms=LotTerms(
            mode=BidMode.buy_now,
            start_minor=PRICE,
            step_minor=0,
            free_starts_at=None,
            free_ends_at=now + timedelta(hours=2),
            window_s=300,
        ),
        key=f"records-lot-{next(_serial):06d}",
        rulebook_version="demo-2",
    )


async def sold(world: World, seller: Org | None = None, buyer: Org | None = None) -> Sold:
    """A lot at a fixed price that ``buyer`` took before ``loser``."""
    seller = seller or await world.organisation(kind="university")
    buyer = buyer or await world.organisation()
    loser = await world.organisation()
    number = await fixed_price_lot(world, seller)
    for org in (buyer, loser):
        await world.tx.run(service.join_lot, actor=org.head, number=number)
    for org, amount in ((loser, PRICE - 1), (buyer, PRICE)):
        await world.tx.run(
            service.accept_price,
            actor=org.head,
            number=number,
            amount=Money(amount),
            key=f"records-take-{next(_serial):06d}",
        )
    lot = await world.show_lot(number)
    await world.tx.run(record_sale, lot_id=lot.id)
    notice, confirmation = [await print_one(world, lot.id, kind) or "" for kind in PRINTED]
    return Sold(number, lot.id, seller, buyer, loser, notice, confirmation)


PRINTED = (RecordKind.notice, RecordKind.confirmation)


async def print_one(world: World, lot_id: UUID, kind: RecordKind, revision: int = 1) -> str | None:
    """One certificate's number."""
    return await world.tx.run(
        print_certificate,
        lot_id=lot_id,
        revision=revision,
        kind=kind,
        market=MARKET,
        public_url=PUBLIC_URL,
    )
