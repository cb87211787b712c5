"""What may be asked about: achievements, offers and demands that are public and have an owner."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.catalogue import service as catalogue
from app.catalogue.types import AchievementFacts, AchievementState, OfferFacts, OfferState
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound
from app.core.tx import UnitOfWork
from app.demands import service as demands
from app.demands.types import DemandState, DemandView, Origin
from app.inquiries.errors import NobodyToAsk, SubjectMissing
from app.inquiries.types import AboutKind, Subject

_OPEN_OFFERS: Final = frozenset({OfferState.published, OfferState.reserved})


def may_ask(actor: Actor, shown: AchievementFacts | OfferFacts | DemandView) -> bool:
    """Whether a page shows the way to ask: about what is public and somebody's, to who acts for
    another organisation, and to a stranger, who signs in on the way."""
    if actor.signed_in and actor.organisation_id in (None, shown.owner_id):
        return False
    match shown:
        case AchievementFacts():
            return shown.state is AchievementState.published and shown.owner_id is not None
        case OfferFacts():
            return shown.state in _OPEN_OFFERS
        case DemandView():
            # why not by its owner: a masked demand has one that this reader is not told
            return shown.state is DemandState.published and shown.origin is not Origin.imported


async def find_subject(
    uow: UnitOfWork, *, kind: AboutKind, number: str
) -> tuple[Subject, UUID | None]:
    """What is asked about, with the record it belongs to; only what is public.

    Raises SubjectMissing, NobodyToAsk for an import that nobody has claimed.
    """
    find = {
        AboutKind.achievement: _find_achievement,
        AboutKind.offer: _find_offer,
        AboutKind.demand: _find_demand,
    }[kind]
    try:
        subject, achievement_id = await find(uow, number)
    except NotFound as error:
        raise SubjectMissing() from error
    return subject, achievement_id


async def _find_achievement(uow: UnitOfWork, number: str) -> tuple[Subject, UUID]:
    shown = await catalogue.show_achievement(uow, actor=Actor.stranger(), number=number)
    facts = shown.facts
    if facts.owner_id is None:
        raise NobodyToAsk()
    return Subject(AboutKind.achievement, facts.id, number, facts.title, facts.owner_id), facts.id


async def _find_offer(uow: UnitOfWork, number: str) -> tuple[Subject, UUID]:
    offer = await catalogue.find_offer(uow, number=number)
    if offer.state not in _OPEN_OFFERS:
        raise SubjectMissing()
    record = await catalogue.get_achievement(uow, achievement_id=offer.achievement_id)
    return Subject(AboutKind.offer, offer.id, number, record.title, offer.owner_id), record.id


async def _find_demand(uow: UnitOfWork, number: str) -> tuple[Subject, None]:
    # why the system: who is behind a masked demand is asked without being told
    view, _ = await demands.show_demand(uow, actor=SYSTEM, number=number)
    if view.state is not DemandState.published:
        raise SubjectMissing()
    if view.owner_id is None:
        raise NobodyToAsk()
    return Subject(AboutKind.demand, view.id, number, view.content.title, view.owner_id), None
