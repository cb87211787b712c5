"""The verbs of rooms above: reserve an offer for a lot or deal, release it, complete it.

They ask no permission: the caller is another room's verb, which has asked its own. All of them
lock the achievement first and the offer second, so everything given of one achievement has one
order.
"""

from __future__ import annotations

from uuid import UUID

from app.catalogue import offer_queries, queries, rules
from app.catalogue.documents import make_offer_document
from app.catalogue.errors import OfferExcluded, ReservationMissing
from app.catalogue.events import OfferSold
from app.catalogue.models import Achievement
from app.catalogue.offer_models import AchievementGrant, GrantEnd, Offer, OfferReservation
from app.catalogue.offering import end_offer, note_offer, touch
from app.catalogue.types import Grant, OfferFacts, OfferState
from app.core.actor import SYSTEM, Actor
from app.core.clock import SHANGHAI
from app.core.i18n import Message
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from search.documents import Kind
from search.service import index_documents, remove_documents


async def reserve_offer(
    uow: UnitOfWork, *, offer_id: UUID, for_kind: str, for_id: UUID, actor: Actor = SYSTEM
) -> OfferFacts:
    """Keep an offer for one thing (``for_kind`` "lot" or "deal"); twice for the same is once.

    An ordinary licence stays published and may be reserved any number of times. Raises NotFound,
    NotClaimedYet, NotPublishedYet, OfferStateForbids (not published, run out, not begun),
    OfferExcluded when a living right or another reservation forbids it by the matrix.
    """
    record, offer = await _lock(uow, offer_id)
    if await offer_queries.find_open_reservation(uow, offer_id, for_kind, for_id) is not None:
        return offer.facts()
    now = await uow.stamp()
    rules.check_offerable(record.facts())
    rules.check_reservable(offer.facts(), now)
    grant = rules.compute_grant(offer.facts(), now)
    await _check_given(uow, record, grant)
    await _check_reserved(uow, record, grant)
    uow.session.add(
        OfferReservation(
            id=new_id(),
            offer_id=offer.id,
            achievement_id=record.id,
            for_kind=for_kind,
            for_id=for_id,
            reserved_at=now,
        )
    )
    if not rules.stays_on_offer(grant.disposal):
        offer.state = OfferState.reserved
        touch(uow, offer)
        await index_documents(uow, [make_offer_document(offer, record)])
    await uow.session.flush()
    await note_offer(uow, actor, "reserve_offer", offer, for_kind=for_kind, for_id=str(for_id))
    return offer.facts()


async def release_offer(
    uow: UnitOfWork, *, offer_id: UUID, for_kind: str, for_id: UUID, actor: Actor = SYSTEM
) -> OfferFacts:
    """Give an offer back: published again, or expired when its time is over. Twice is once.

    Raises NotFound, ReservationMissing when it was never reserved for this.
    """
    record, offer = await _lock(uow, offer_id)
    reservation = await offer_queries.find_open_reservation(uow, offer_id, for_kind, for_id)
    if reservation is None:
        if not await offer_queries.was_released(uow, offer_id, for_kind, for_id):
            raise ReservationMissing(number=offer.number)
        return offer.facts()
    reservation.released_at = now = await uow.stamp()
    if offer.state == OfferState.reserved:
        state = rules.next_state_after_release(offer.facts(), now)
        if state is OfferState.expired:
            await end_offer(uow, SYSTEM, offer, state)
        else:
            offer.state = state
            touch(uow, offer)
            await index_documents(uow, [make_offer_document(offer, record)])
    await uow.session.flush()
    await note_offer(uow, actor, "release_offer", offer, for_kind=for_kind, for_id=str(for_id))
    return offer.facts()


async def complete_offer(
    uow: UnitOfWork,
    *,
    offer_id: UUID,
    for_kind: str,
    for_id: UUID,
    holder_id: UUID,
    deal_id: UUID,
    price_terms_hash: str | None = None,
    actor: Actor = SYSTEM,
) -> Grant:
    """Give the reserved right to ``holder_id`` by a deal; the same deal gives it once.

    An offer that stays on offer stays published; any other is sold. Published offers that the
    new right forbids are withdrawn. Raises NotFound, ReservationMissing, OfferExcluded when a
    right given meanwhile forbids it.
    """
    record, offer = await _lock(uow, offer_id)
    if (given := await offer_queries.find_grant(uow, offer_id, deal_id)) is not None:
        return given.value()
    reservation = await offer_queries.find_open_reservation(uow, offer_id, for_kind, for_id)
    if reservation is None:
        raise ReservationMissing(number=offer.number)
    now = await uow.stamp()
    grant = rules.compute_grant(offer.facts(), now)
    await _check_given(uow, record, grant)
    reservation.completed_at = now
    uow.session.add(_row(uow, offer, grant, holder_id, deal_id, price_terms_hash))
    if not rules.stays_on_offer(grant.disposal):
        offer.state = OfferState.sold
        touch(uow, offer)
        await remove_documents(uow, kind=Kind.offer, ids=[offer.id])
    await uow.session.flush()
    await _withdraw_forbidden(uow, record, grant)
    uow.record(OfferSold(offer.id, record.id, offer.owner_id, offer.number, offer.version))
    await note_offer(uow, actor, "complete_offer", offer, deal_id=str(deal_id))
    return grant


async def take_back_offer(
    uow: UnitOfWork, *, offer_id: UUID, deal_id: UUID, reason: str, actor: Actor = SYSTEM
) -> OfferFacts:
    """Take back what a deal gave that came to nothing: its right ends, the offer is published
    again, or expired. Twice is once. Offers that the right had withdrawn stay so: their owner
    publishes them anew. Raises NotFound, ReservationMissing when the deal gave nothing.
    """
    record, offer = await _lock(uow, offer_id)
    given = await offer_queries.find_grant(uow, offer_id, deal_id)
    if given is None:
        raise ReservationMissing(number=offer.number)
    if await uow.session.get(GrantEnd, given.id) is not None:
        return offer.facts()
    now = await uow.stamp()
    uow.session.add(GrantEnd(grant_id=given.id, reason=reason, ended_at=now))
    if offer.state == OfferState.sold:
        state = rules.next_state_after_release(offer.facts(), now)
        if state is OfferState.expired:
            await end_offer(uow, SYSTEM, offer, state)
        else:
            offer.state = state
            touch(uow, offer)
            await index_documents(uow, [make_offer_document(offer, record)])
    await uow.session.flush()
    await note_offer(uow, actor, "take_back_offer", offer, deal_id=str(deal_id), reason=reason)
    return offer.facts()


async def _lock(uow: UnitOfWork, offer_id: UUID) -> tuple[Achievement, Offer]:
    found = await offer_queries.get_offer_by_id(uow, offer_id)
    record = await queries.lock_achievement_by_id(uow, found.achievement_id)
    return record, await offer_queries.lock_offer(uow, offer_id)


async def _check_given(uow: UnitOfWork, record: Achievement, grant: Grant) -> None:
    """No living right forbids this one."""
    on = grant.starts_at.astimezone(SHANGHAI).date()
    given = [
        row.value() for row in await offer_queries.list_grants(uow, record.id, grant.starts_at)
    ]
    matrix = await offer_queries.load_matrix(uow, on)
    if (found := rules.find_first_exclusion(given, grant, matrix, on)) is not None:
        _, answer = found
        raise OfferExcluded(answer.reason, source=answer.source)


async def _check_reserved(uow: UnitOfWork, record: Achievement, grant: Grant) -> None:
    """No open reservation forbids this one, nor this one it: nobody knows which ends first.

    Two reservations of one offer that stays on offer never meet here as rivals: the matrix lets
    ordinary licences stand side by side.
    """
    on = grant.starts_at.astimezone(SHANGHAI).date()
    matrix = await offer_queries.load_matrix(uow, on)
    for _, held in await offer_queries.list_reserved(uow, record.id):
        other = rules.compute_grant(held.facts(), grant.starts_at)
        for earlier, later in ((other, grant), (grant, other)):
            answer = rules.find_exclusion(earlier, later, matrix, on)
            if answer.excludes:
                raise OfferExcluded(
                    Message(
                        "正在办理的供给信息 %(number)s 与之冲突：%(reason)s",
                        number=held.number,
                        reason=answer.reason,
                    ),
                    source=answer.source,
                )


async def _withdraw_forbidden(uow: UnitOfWork, record: Achievement, grant: Grant) -> None:
    """Take away the open offers that the right just given has made impossible."""
    on = grant.starts_at.astimezone(SHANGHAI).date()
    matrix = await offer_queries.load_matrix(uow, on)
    for other in await offer_queries.lock_published_of(uow, record.id):
        offered = rules.compute_grant(other.facts(), grant.starts_at)
        if rules.find_exclusion(grant, offered, matrix, on).excludes:
            await end_offer(uow, SYSTEM, other, OfferState.withdrawn)


def _row(
    uow: UnitOfWork,
    offer: Offer,
    grant: Grant,
    holder_id: UUID,
    deal_id: UUID,
    price_terms_hash: str | None,
) -> AchievementGrant:
    return AchievementGrant(
        id=new_id(),
        achievement_id=offer.achievement_id,
        offer_id=offer.id,
        holder_id=holder_id,
        disposal=grant.disposal,
        fields_of_use=sorted(grant.fields),
        territory=sorted(grant.territory),
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        price_terms_hash=price_terms_hash,
        deal_id=deal_id,
        granted_at=uow.now,
    )
