"""Builders of lots that ask for a deposit, of bidders who pay one, and of what listens to money."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.auctions import deposit_handlers, service
from app.auctions.types import LotTerms
from app.catalogue.types import Disposal
from app.core.facts import deliver
from app.core.tx import UnitOfWork
from app.payments import service as payments
from app.payments.types import OrderView
from tests.worlds.accounts import Org
from tests.worlds.auctions import AuctionBuilders, Sale
from tests.worlds.payments import PaymentsBuilders

_serial = count(1)


class DepositBuilders(AuctionBuilders, PaymentsBuilders):
    """Deposits at any point of their life, through the public verbs."""

    async def lot_with_deposit(
        self,
        *,
        deposit: int = 20_000_00,
        due_in: float | None = None,
        free_s: float = 3600,
        start: int = 100_000_00,
        **terms: Any,
    ) -> Sale:
        """An announced lot that asks for a deposit, due in so many seconds. ``terms``: further ones
        of ``LotTerms``."""
        seller = await self.organisation(kind="university")
        offer = await self.offer(seller, disposal=Disposal.exclusive)
        now = await self.market_now()
        number = await self.tx.run(
            service.announce_lot,
            actor=seller.head,
            offer_number=offer.number,
            terms=LotTerms(
                start_minor=start,
                step_minor=5_000_00,
                free_starts_at=None,
                free_ends_at=now + timedelta(seconds=free_s),
                window_s=60,
                deposit_minor=deposit,
                deposit_due_at=None if due_in is None else now + timedelta(seconds=due_in),
                **terms,
            ),
            key=f"world-deposit-lot-{next(_serial):06d}",
            rulebook_version="demo-2",
        )
        view = await self.show_lot(number)
        return Sale(number, view.id, seller, offer)

    async def applicant(self, sale: Sale, name: str | None = None) -> tuple[Org, str]:
        """Whoever applied and has to pay now; with the number of his verified account."""
        org = await self.organisation(name)
        number = await self.bank_account(org)
        await self.apply(sale, org)
        return org, number

    async def apply(self, sale: Sale, org: Org) -> None:
        """The organisation applies, and is asked to pay."""
        await self.tx.run(
            service.apply_to_lot,
            actor=org.head,
            number=sale.number,
            confirmed=True,
            key=f"world-apply-{next(_serial):06d}",
        )

    async def deposit_order(self, sale: Sale, org: Org) -> OrderView:
        """What the organisation is asked to pay for the lot."""
        sql = "SELECT order_id FROM deposit WHERE lot_id = :lot AND party_id = :party"
        found = await self.rows(f"{sql} ORDER BY id DESC LIMIT 1", lot=sale.id, party=org.id)
        return await self.tx.run(payments.show_order, order_id=found[0].order_id)

    async def paying_bidder(self, sale: Sale, name: str | None = None) -> Org:
        """A bidder whose deposit is locked."""
        org = await self.organisation(name)
        return await self.apply_and_pay(sale, org, await self.bank_account(org))

    async def apply_and_pay(self, sale: Sale, org: Org, number: str) -> Org:
        """The organisation applies and pays from its account, and its deposit is locked."""
        await self.apply(sale, org)
        await self.arrive(await self.payment(await self.deposit_order(sale, org), org, number))
        await self.hear_money()
        return org

    async def hear_money(self) -> int:
        """Tell deposits every fact so far; answers how many listeners ran."""

        async def facts(uow: UnitOfWork) -> list[UUID]:
            query = text("SELECT id FROM fact WHERE topic = ANY(:topics) ORDER BY seq")
            found = await uow.session.execute(query, {"topics": list(listeners)})
            return [row.id for row in found]

        listeners = deposit_handlers.LISTENERS
        return sum([await deliver(self.tx, one, listeners) for one in await self.tx.run(facts)])

    async def sweep_deposits(self) -> int:
        """The worker's sweep, until it finds nothing."""
        total = 0
        while changed := await self.tx.run(service.sweep_deposits):
            total += changed
        return total

    async def deposit_states(self, sale: Sale) -> dict[UUID, str]:
        """The state of each organisation's deposit for a lot."""
        found = await self.rows(
            "SELECT party_id, state FROM deposit WHERE lot_id = :lot ORDER BY id", lot=sale.id
        )
        return {one.party_id: one.state for one in found}
