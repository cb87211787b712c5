"""What is laid side by side (对比): public achievements and offers, as everybody may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.catalogue import offer_queries, queries
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer
from app.catalogue.types import (
    AchievementContent,
    AchievementState,
    OfferContent,
    OfferFacts,
    Origin,
)
from app.core.tx import UnitOfWork


@dataclass(frozen=True, slots=True)
class Compared:
    """An achievement, or an offer with the achievement that it is of.

    ``offers`` are the terms on which it may be had: of an offer its own alone. ``content`` is
    empty for an offer whose achievement is not public (any more).
    """

    number: str
    title: str
    holder_name: str
    origin: Origin
    published_at: datetime | None
    content: AchievementContent
    offers: tuple[OfferContent, ...]
    offer: OfferFacts | None = None


async def list_compared(
    uow: UnitOfWork, *, achievements: Collection[str], offers: Collection[str]
) -> dict[str, Compared]:
    """Public achievements and offers by case number; what is missing or hidden is left out.

    Asks the same few statements for any number of them.
    """
    pairs = await offer_queries.list_public_by_number(uow, offers)
    records = {record.id: record for _, record in pairs}
    asked = await queries.list_published_by_number(uow, achievements)
    records |= {record.id: record for record in asked}
    public = {
        key: record for key, record in records.items() if record.state == AchievementState.published
    }
    contents = await queries.load_contents(uow, public) if public else {}
    live = await _live_offers(uow, [record.id for record in asked])
    found = [_achievement(record, contents[record.id], live.get(record.id, ())) for record in asked]
    found += [_offer(offer, record, contents.get(record.id)) for offer, record in pairs]
    return {compared.number: compared for compared in found}


async def _live_offers(uow: UnitOfWork, ids: Collection[UUID]) -> Mapping[UUID, list[Offer]]:
    live: dict[UUID, list[Offer]] = {}
    for offer in await offer_queries.list_live_of_all(uow, ids):
        live.setdefault(offer.achievement_id, []).append(offer)
    return live


def _achievement(
    record: Achievement, content: AchievementContent, offers: Sequence[Offer]
) -> Compared:
    return Compared(
        record.number,
        record.title,
        record.holder_name,
        Origin(record.origin),
        record.published_at,
        content,
        tuple(offer.content() for offer in offers),
    )


def _offer(offer: Offer, record: Achievement, content: AchievementContent | None) -> Compared:
    return Compared(
        offer.number,
        record.title,
        record.holder_name,
        Origin(record.origin),
        offer.published_at,
        content or AchievementContent(owner_number="", title=record.title),
        (offer.content(),),
        offer.facts(),
    )
