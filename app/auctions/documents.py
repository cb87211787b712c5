"""A lot as search sees it. The price in it is the start price until the lot has closed: bids are
too many to be indexed one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.auctions import document_queries
from app.auctions.models import Lot
from app.auctions.types import LotOutcome
from app.core.tx import UnitOfWork
from search.documents import Document, Facet, Kind
from search.service import index_documents
from search.sources import Source


async def index_lot(uow: UnitOfWork, lot: Lot) -> None:
    """Write the lot's document, in the transaction that changed its state."""
    seller = (await accounts.get_organisations(uow, ids=[lot.seller_id])).get(lot.seller_id)
    await index_documents(uow, [make_lot_document(lot, seller.name if seller else "")])


def make_lot_document(lot: Lot, holder: str) -> Document:
    """The document of a lot; its version is the lot's, which grows with each change of state."""
    particulars = dict(lot.particulars)
    won = lot.outcome == LotOutcome.won
    return Document(
        kind=Kind.lot,
        id=lot.id,
        version=lot.version + 1,
        title=lot.title,
        published_at=lot.announced_at,
        number=lot.number,
        holder=holder,
        summary="\n".join(text for _, text in lot.particulars),
        numbers=[lot.offer_number],
        facets={
            Facet.state: [str(lot.outcome or lot.state)],
            Facet.disposal: [particulars["处置方式"]],
            Facet.holder: [holder] if holder else [],
        },
        price_minor=lot.price_minor if won else lot.start_minor,
    )


async def list_documents(uow: UnitOfWork, after: UUID | None, limit: int) -> Sequence[Document]:
    """The documents of lots after an id, in id order."""
    return await _make_documents(uow, await document_queries.list_lots(uow, after, limit))


async def lock_documents(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
    """The documents of these lots, which are kept from changing."""
    return await _make_documents(uow, await document_queries.share_lots(uow, ids))


async def _make_documents(uow: UnitOfWork, lots: Sequence[Lot]) -> Sequence[Document]:
    sellers = await accounts.get_organisations(uow, ids={lot.seller_id for lot in lots})
    names = {seller_id: seller.name for seller_id, seller in sellers.items()}
    return [make_lot_document(lot, names.get(lot.seller_id, "")) for lot in lots]


SOURCES: Final = (Source(Kind.lot, list_documents, lock_documents),)
