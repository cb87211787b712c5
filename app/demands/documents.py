"""A published demand as search sees it: only what everybody may know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from app.core.tx import UnitOfWork
from app.demands import queries
from app.demands.models import Demand
from app.demands.types import Confidentiality, Origin
from search.documents import Document, Facet, Kind
from search.sources import Source


def make_document(demand: Demand) -> Document:
    """The document of a published demand; a masked name is left out."""
    assert demand.published_at is not None, "only published demands are found"
    content = demand.content()
    masked = content.confidentiality is Confidentiality.masked
    holder = "" if masked else demand.holder_name
    texts = (content.problem, content.targets, content.background)
    return Document(
        kind=Kind.demand,
        id=demand.id,
        version=demand.version,
        title=content.title,
        published_at=demand.published_at,
        number=demand.number,
        holder=holder,
        summary="\n".join(filter(None, texts)),
        keywords=[content.need.label, *(mode.label for mode in content.cooperation)],
        facets={
            Facet.field: [content.field.label] if content.field else [],
            Facet.region: [content.region.label] if content.region else [],
            Facet.disposal: [mode.label for mode in content.cooperation],
            Facet.origin: [Origin(demand.origin).label],
            Facet.holder: [holder] if holder else [],
        },
        price_minor=content.budget_minor,
    )


async def list_documents(uow: UnitOfWork, after: UUID | None, limit: int) -> Sequence[Document]:
    """The documents of published demands after an id, in id order."""
    return [make_document(demand) for demand in await queries.list_found(uow, after, limit)]


async def lock_documents(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Document]:
    """The documents of those of these that are published, kept from changing."""
    return [make_document(demand) for demand in await queries.lock_found(uow, ids)]


SOURCES: Final = (Source(Kind.demand, list_documents, lock_documents),)
