"""Rows as search documents: only what everybody may see, no name of a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from app.catalogue import offer_queries, queries
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer
from app.catalogue.types import Disposal, IpRight, OfferState, Origin
from app.core.official import NationalField, Region
from app.core.tx import UnitOfWork
from search.documents import Document, Facet, Kind
from search.knowledge.ipc import ipc_codes, ipc_keys
from search.sources import Source

# Facet values are the words people see; levels stand in bands of three.
_TRL_BANDS = {1: "1-3", 2: "4-6", 3: "7-9"}


def make_achievement_document(record: Achievement, rights: Sequence[IpRight]) -> Document:
    """The document of a published achievement. The summary is the abstract, else the problem."""
    assert record.published_at is not None, "only published achievements are found"
    numbers = [
        number
        for right in rights
        for number in (right.application_number, right.publication_number)
        if number
    ]
    return Document(
        kind=Kind.achievement,
        id=record.id,
        version=record.version,
        title=record.title,
        published_at=record.published_at,
        number=record.number,
        holder=record.holder_name,
        summary="\n".join(filter(None, (record.abstract, record.problem, record.applications))),
        keywords=list(record.keywords),
        numbers=[*numbers, *ipc_keys(right.ipc for right in rights)],
        facets={
            **_common_facets(record),
            Facet.ipc: ipc_codes(" ; ".join(right.ipc for right in rights)),
        },
    )


def make_offer_document(offer: Offer, record: Achievement) -> Document:
    """The document of a published offer; it is found by what its achievement is about."""
    assert offer.published_at is not None, "only published offers are found"
    disposal = Disposal(offer.disposal)
    return Document(
        kind=Kind.offer,
        id=offer.id,
        version=offer.version,
        title=record.title,
        published_at=offer.published_at,
        number=offer.number,
        holder=record.holder_name,
        summary="\n".join(filter(None, (record.abstract, offer.conditions, offer.use_note))),
        keywords=[*record.keywords, disposal.label],
        facets={
            **_common_facets(record),
            Facet.disposal: [disposal.label],
            Facet.state: [OfferState(offer.state).label],
        },
        price_minor=offer.asking_minor,
    )


def _common_facets(record: Achievement) -> dict[Facet, Sequence[str]]:
    return {
        Facet.field: [NationalField(record.field).label] if record.field else [],
        Facet.region: [Region(record.region).label] if record.region else [],
        Facet.trl: [_TRL_BANDS[(record.trl - 1) // 3 + 1]] if record.trl else [],
        Facet.origin: [Origin(record.origin).label],
        Facet.holder: [record.holder_name] if record.holder_name else [],
    }


# ---- all of them, for the walk that compares ----------------------------------------------------


async def list_achievement_documents(
    uow: UnitOfWork, after: UUID | None, limit: int
) -> Sequence[Document]:
    """The documents of published achievements after an id, in id order."""
    found = await queries.list_found(uow, after, limit)
    return [make_achievement_document(record, content.rights) for record, content in found]


async def lock_achievement_documents(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
    """The documents of those of these that are published, kept from changing."""
    found = await queries.lock_found(uow, ids)
    return [make_achievement_document(record, content.rights) for record, content in found]


async def list_offer_documents(
    uow: UnitOfWork, after: UUID | None, limit: int
) -> Sequence[Document]:
    """The documents of open offers after an id, in id order."""
    found = await offer_queries.list_found(uow, after, limit)
    return [make_offer_document(offer, record) for offer, record in found]


async def lock_offer_documents(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
    """The documents of those of these that are open, kept from changing."""
    found = await offer_queries.lock_found(uow, ids)
    return [make_offer_document(offer, record) for offer, record in found]


SOURCES: Final = (
    Source(Kind.achievement, list_achievement_documents, lock_achievement_documents),
    Source(Kind.offer, list_offer_documents, lock_offer_documents),
)
