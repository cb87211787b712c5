"""Builders of lots, bidders and bids, through the public verbs; and the service's heartbeat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.auctions import service
from app.auctions.lot_terms import REGISTERED, STEPPED
from app.auctions.types import BidMode, BidReceipt, LotTerms, LotView
from app.catalogue import service as catalogue
from app.catalogue.types import Disposal, OfferFacts
from app.core.facts import deliver
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.deals import service as deals
from app.deals.handlers import LISTENERS
from app.deals.types import OriginKind
from tests.worlds.accounts import AccountsBuilders, Org
from tests.worlds.catalogue import CatalogueBuilders

_serial = count(1)


@dataclass(frozen=True)
class Sale:
    """A lot and its seller."""

    number: str
    id: UUID
    seller: Org
    offer: OfferFacts


class AuctionBuilders(AccountsBuilders, CatalogueBuilders):
    """Lots at any point of their life. Time is moved by the test's clock, never waited for."""

    async def lot(
        self,
        seller: Org | None = None,
        *,
        offer: OfferFacts | None = None,
        mode: BidMode = BidMode.dynamic,
        start: int = 100_000_00,
        step: int | None = None,
        window_s: int = 300,
        opens_in: float | None = None,
        free_s: float = 3600,
        rulebook: str | None = None,
        **terms: Any,
    ) -> Sale:
        """An announced lot of a new exclusive licence; open at once unless ``opens_in`` seconds.

        A mode with a registration opens in a minute, a sealed or fixed price has no step. ``terms``
        are further ones of ``LotTerms``. A plain DYNAMIC lot is born under the first rulebook.
        """
        seller = seller or await self.organisation(kind="university")
        offer = offer or await self.offer(seller, disposal=Disposal.exclusive)
        if opens_in is None and mode in REGISTERED:
            opens_in = 60
        if step is None:
            step = 5_000_00 if mode in STEPPED else 0
        if mode is BidMode.dutch:
            rungs = (start - terms["floor_minor"]) // step + 1
            free_s = rungs * window_s
        plain = mode is BidMode.dynamic and not terms
        now = await self.market_now()
        opens_at = None if opens_in is None else now + timedelta(seconds=opens_in)
        number = await self.tx.run(
            service.announce_lot,
            actor=seller.head,
            offer_number=offer.number,
            terms=LotTerms(
                start_minor=start,
                step_minor=step,
                free_starts_at=opens_at,
                free_ends_at=(opens_at or now) + timedelta(seconds=free_s),
                window_s=window_s,
                mode=mode,
                **terms,
            ),
            key=f"world-lot-{next(_serial):06d}",
            rulebook_version=rulebook or ("2026-1" if plain else "demo-2"),
        )
        view = await self.show_lot(number)
        return Sale(number, view.id, seller, offer)

    async def bidder(self, sale: Sale, name: str | None = None, *, rank: int | None = None) -> Org:
        """A verified enterprise that has joined the lot; ``rank``: as a holder of a right."""
        org = await self.organisation(name)
        await self.tx.run(service.join_lot, actor=org.head, number=sale.number)
        if rank is not None:
            await self._run(
                "UPDATE lot_bidder SET rank = :rank WHERE lot_id = :lot AND bidder_id = :bidder",
                rank=rank,
                lot=sale.id,
                bidder=org.id,
            )
        return org

    async def bid(
        self, sale: Sale, org: Org, yuan: int, *, key: str | None = None, **given: Any
    ) -> BidReceipt:
        """One bid in whole 元."""
        return await self.submit(service.place_bid, sale, org, yuan, key=key, **given)

    async def submit(
        self,
        verb: Callable[..., Awaitable[BidReceipt]],
        sale: Sale,
        org: Org,
        yuan: int | None = None,
        *,
        key: str | None = None,
        **given: Any,
    ) -> BidReceipt:
        """Any submission, in whole 元 where it has an amount."""
        if yuan is not None:
            given["amount"] = Money(yuan * 100)
        return await self.tx.run(
            verb,
            actor=org.head,
            number=sale.number,
            key=key or f"world-bid-{next(_serial):06d}",
            **given,
        )

    async def deal(self, seller: Org, buyer: Org, *, yuan: int = 100_000) -> str:
        """The number of a deal that came of a lot, without its bidding minutes."""
        offer = await self.offer(seller, disposal=Disposal.exclusive)
        lot_id = new_id()
        await self.tx.run(catalogue.reserve_offer, offer_id=offer.id, for_kind="lot", for_id=lot_id)
        return await self.tx.run(
            deals.open_deal,
            origin_kind=OriginKind.lot,
            origin_id=lot_id,
            origin_number="CJ-2026-000001",
            seller_id=seller.id,
            buyer_id=buyer.id,
            achievement_id=offer.achievement_id,
            offer_id=offer.id,
            offer_number=offer.number,
            title="锂电池隔膜的陶瓷涂覆工艺（独占许可）",
            amount=Money(yuan * 100),
            bid_on="amount",
            priced_at=await self.market_now(),
        )

    async def show_lot(self, number: str) -> LotView:
        return await self.tx.run(service.show_lot, number=number)

    async def market_now(self) -> datetime:
        async def verb(uow: UnitOfWork) -> datetime:
            return uow.now

        return await self.tx.run(verb)

    async def beat(self) -> None:
        """The web service says that it lives."""
        await self.tx.run(service.beat)

    async def sweep_lots(self) -> int:
        """The worker's sweep, until it finds nothing; answers how many changes it made."""
        total = 0
        while changed := await self.tx.run(service.sweep_lots):
            total += changed
        return total

    async def pass_time_in_silence(self) -> None:
        """Call after the clock was moved: nothing has served in the time that was skipped.

        Without this, the time that a moved clock skips counts as served.
        """

        async def verb(uow: UnitOfWork) -> None:
            await uow.session.execute(
                text(
                    "UPDATE service_heartbeat SET offset_by = (SELECT offset_by FROM market_clock)"
                )
            )

        await self.tx.run(verb)

    async def deliver_facts(self) -> int:
        """Tell the deals room every fact so far; answers how many listeners ran."""

        async def facts(uow: UnitOfWork) -> list[UUID]:
            found = await uow.session.execute(text("SELECT id FROM fact ORDER BY seq"))
            return [row.id for row in found]

        return sum([await deliver(self.tx, fact, LISTENERS) for fact in await self.tx.run(facts)])

    async def _run(self, sql: str, **values: Any) -> None:
        async def verb(uow: UnitOfWork) -> None:
            await uow.session.execute(text(sql), values)

        await self.tx.run(verb)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of a SELECT, for what no verb shows."""

        async def verb(uow: UnitOfWork) -> list[Any]:
            return list((await uow.session.execute(text(sql), values)).all())

        return await self.tx.run(verb)
