"""Builders of lots that ask something of their applicants, of applications, of holders' rights."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.auctions import service
from app.auctions.types import RefusalReason
from app.catalogue.types import Disposal, OfferFacts
from app.clearances import service as clearances
from app.clearances.types import ClearanceKind, RightBasis, ServiceWay
from app.core.actor import Actor
from app.core.tx import UnitOfWork
from tests.worlds.accounts import Org
from tests.worlds.auctions import AuctionBuilders, Sale
from tests.worlds.files import FilesBuilders

_serial = count(1)


class AdmissionBuilders(AuctionBuilders, FilesBuilders):
    """What stands between a party and its code."""

    async def demanding_lot(
        self,
        seller: Org | None = None,
        *,
        conditions: str = "具有隔膜生产条件",
        documents: tuple[str, ...] = ("营业执照",),
        deposit: int | None = None,
        **given: Any,
    ) -> Sale:
        """A lot whose applicants an operator decides on."""
        sale = await self.lot(seller, **given)
        await self.run_sql(
            "UPDATE lot SET admission = 'reviewed', conditions = :conditions,"
            " documents = to_jsonb(CAST(:documents AS text[])), deposit_minor = :deposit"
            " WHERE id = :id",
            conditions=conditions,
            documents=list(documents),
            deposit=deposit,
            id=sale.id,
        )
        return sale

    async def run_sql(self, sql: str, **values: Any) -> None:
        """Bring a row to where no verb brings it in a test's time."""

        async def verb(uow: UnitOfWork) -> None:
            await uow.session.execute(text(sql), values)

        await self.tx.run(verb)

    async def application(
        self, sale: Sale, org: Org, *, key: str | None = None, documents: int = 1
    ) -> UUID:
        """A whole application of an organisation."""
        return await self.tx.run(
            service.apply_to_lot,
            actor=org.head,
            number=sale.number,
            statement="现有两条产线",
            confirmed=True,
            documents={place: [await self.staged()] for place in range(documents)},
            key=key or f"world-application-{next(_serial):04d}",
        )

    async def decide(
        self,
        operator: Actor,
        application_id: UUID,
        *,
        accept: bool = True,
        reason: RefusalReason | None = None,
        note: str = "",
    ) -> None:
        """An operator's decision; a refusal for a condition unless another reason is given."""
        if not accept:
            reason, note = reason or RefusalReason.condition_not_met, note or "没有生产条件"
        await self.tx.run(
            service.decide_application,
            actor=operator,
            application_id=application_id,
            accept_it=accept,
            reason=reason,
            note_text=note,
        )

    async def admitted(self, sale: Sale, operator: Actor, name: str | None = None) -> Org:
        """An organisation that applied and was accepted."""
        org = await self.organisation(name)
        await self.decide(operator, await self.application(sale, org))
        return org

    async def transfer(self, seller: Org) -> OfferFacts:
        """A published offer of the whole achievement."""
        return await self.offer(seller, disposal=Disposal.transfer)

    async def right(
        self,
        seller: Org,
        offer: OfferFacts,
        holder: UUID | None,
        *,
        rank: int = 1,
        way: ServiceWay = ServiceWay.workbench,
        name: str = "",
        key: str | None = None,
    ) -> UUID:
        """A holder on record, told."""
        return await self.tx.run(
            clearances.record_right,
            actor=seller.head,
            offer_number=offer.number,
            holder_id=holder,
            holder_name=name,
            basis=RightBasis.commissioner,
            rank=rank,
            way=way,
            staged=[await self.staged()] if way is ServiceWay.paper else [],
            key=key or f"world-right-{next(_serial):04d}",
        )

    async def settle_preemption(self, seller: Org, offer: OfferFacts) -> None:
        """The gate of a transfer without holders, settled on a paper."""
        gate = await self.tx.run(
            clearances.open_clearance,
            actor=seller.head,
            offer_number=offer.number,
            kind=ClearanceKind.preemption,
        )
        await self.tx.run(
            clearances.settle_clearance,
            actor=seller.head,
            clearance_id=gate.id,
            basis="非职务成果，无共有人，2026 年 3 月 1 日声明",
            staged=[await self.staged()],
            key=f"world-gate-{next(_serial):04d}",
        )
