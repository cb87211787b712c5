"""A published demand as search sees it: only what everybody may know."""

from __future__ import annotations

from app.demands.models import Demand
from app.demands.types import Confidentiality, Origin
from search.documents import Document, Facet, Kind


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
