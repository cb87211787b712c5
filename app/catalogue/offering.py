"""The verbs of an offer's owner: draft, edit, publish, renew, withdraw; the sweep that ends it."""

from __future__ import annotations

from datetime import datetime

from app.audit.service import note
from app.catalogue import access, offer_queries, queries, rules
from app.catalogue.consenting import check_consents
from app.catalogue.content import check_offer
from app.catalogue.documents import make_offer_document
from app.catalogue.entry import home_of, is_seen
from app.catalogue.errors import OfferExcluded, OfferMissing
from app.catalogue.events import OfferExpired, OfferPublished, OfferWithdrawn
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer
from app.catalogue.types import Answer, Disposal, OfferContent, OfferFacts, OfferState
from app.core.access import may, require
from app.core.actor import SYSTEM, Actor
from app.core.clock import SHANGHAI
from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.tx import UnitOfWork
from search.documents import Kind
from search.service import index_documents, remove_documents

_PUBLIC = frozenset({OfferState.published, OfferState.reserved, OfferState.sold})
_GONE = frozenset({Disposal.transfer, Disposal.equity})


async def draft_offer(
    uow: UnitOfWork, *, actor: Actor, achievement_number: str, content: OfferContent, key: str
) -> OfferFacts:
    """Save an offer of a published achievement; the same key returns the same offer.

    Raises NotFound, Forbidden, NotClaimedYet (an import nobody claimed), NotPublishedYet,
    Invalid, KeyReused.
    """
    record = await queries.lock_achievement(uow, achievement_number)
    require(actor, access.DRAFT_OFFER, owner=home_of(record), visible=is_seen(actor, record))
    if actor.person_id is None:
        raise Forbidden("请先选择您代表的单位")
    cleaned = check_offer(content, uow.now)
    if (seen := await offer_queries.find_drafted(uow, actor.person_id, key)) is not None:
        was = seen.content() if seen.version == 1 else cleaned
        rules.check_same_request((seen.achievement_id, was), (record.id, cleaned))
        return seen.facts()
    rules.check_offerable(record.facts())
    assert record.owner_id is not None, "offerable records have an owner"
    offer = Offer(
        id=new_id(),
        number=await next_number(uow, "GX"),
        achievement_id=record.id,
        owner_id=record.owner_id,
        state=OfferState.draft,
        version=1,
        created_by=actor.person_id,
        idempotency_key=key,
        created_at=uow.now,
        updated_at=uow.now,
    )
    offer.write(cleaned)
    uow.session.add(offer)
    await uow.session.flush()
    await note_offer(uow, actor, "draft_offer", offer)
    return offer.facts()


async def edit_offer(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, content: OfferContent
) -> OfferFacts:
    """Change a draft, or an offer that was withdrawn or ran out. Terms that people can see now
    do not change under their eyes: withdraw first.

    Raises NotFound, Forbidden, OfferStateForbids, StaleVersion, Invalid.
    """
    _, offer = await lock_with_achievement(uow, actor, number)
    require(actor, access.DRAFT_OFFER, owner=offer.owner_id)
    rules.check_offer_state(
        offer.facts(), OfferState.draft, OfferState.withdrawn, OfferState.expired
    )
    rules.check_version(version, offer.version)
    offer.write(check_offer(content, uow.now))
    offer.expires_at = None
    touch(uow, offer)
    if offer.state == OfferState.expired:
        offer.state = OfferState.withdrawn
    await note_offer(uow, actor, "edit_offer", offer)
    return offer.facts()


async def publish_offer(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int
) -> tuple[OfferFacts, list[str]]:
    """Make an offer public for six months; answers also what stands in its way by now.

    Warnings (Chinese sentences) name rights already given or reserved that would have this offer
    refused when somebody takes it. Raises NotFound, Forbidden (also while the organisation is not
    verified), OfferStateForbids, StaleVersion, NotClaimedYet, NotPublishedYet, Invalid (a start in
    the past is moved to now), ConsentMissing (a co-owner has not consented), OfferExcluded when
    the achievement was sold altogether.
    """
    record, offer = await lock_with_achievement(uow, actor, number)
    require(actor, access.PUBLISH_OFFER, owner=offer.owner_id)
    rules.check_offer_state(
        offer.facts(), OfferState.draft, OfferState.withdrawn, OfferState.expired
    )
    rules.check_version(version, offer.version)
    rules.check_offerable(record.facts())
    now = await uow.stamp()
    offer.valid_from = max(offer.valid_from or now, now)
    offer.expires_at = rules.compute_expiry(offer.valid_from)
    await check_consents(uow, record, offer)
    warnings = await _check_unsold(uow, record, offer, offer.valid_from)
    offer.state, offer.published_at = OfferState.published, now
    touch(uow, offer)
    await uow.session.flush()
    await index_documents(uow, [make_offer_document(offer, record)])
    uow.record(_fact(OfferPublished, offer))
    await note_offer(uow, actor, "publish_offer", offer)
    return offer.facts(), warnings


async def renew_offer(uow: UnitOfWork, *, actor: Actor, number: str, version: int) -> OfferFacts:
    """Let a published or expired offer run six months from now.

    Raises NotFound, Forbidden, OfferStateForbids, StaleVersion, NotClaimedYet, NotPublishedYet,
    ConsentMissing (renewing offers it anew), OfferExcluded when the achievement was sold
    altogether.
    """
    record, offer = await lock_with_achievement(uow, actor, number)
    require(actor, access.PUBLISH_OFFER, owner=offer.owner_id)
    rules.check_offer_state(offer.facts(), OfferState.published, OfferState.expired)
    rules.check_version(version, offer.version)
    rules.check_offerable(record.facts())
    now = await uow.stamp()
    offer.valid_from = offer.valid_from or now
    offer.expires_at = rules.compute_expiry(max(offer.valid_from, now))
    await check_consents(uow, record, offer)
    await _check_unsold(uow, record, offer, now)
    offer.state = OfferState.published
    touch(uow, offer)
    await uow.session.flush()
    await index_documents(uow, [make_offer_document(offer, record)])
    await note_offer(uow, actor, "renew_offer", offer)
    return offer.facts()


async def withdraw_offer(uow: UnitOfWork, *, actor: Actor, number: str, version: int) -> OfferFacts:
    """Take a published offer back (its owner, or the operator).

    Raises NotFound, Forbidden, OfferStateForbids (also while a lot or a deal holds it),
    StaleVersion.
    """
    _, offer = await lock_with_achievement(uow, actor, number)
    require(actor, access.WITHDRAW_OFFER, owner=offer.owner_id)
    rules.check_offer_state(offer.facts(), OfferState.published)
    rules.check_version(version, offer.version)
    reserved = await offer_queries.list_reserved(uow, offer.achievement_id)
    rules.check_unreserved(any(held.id == offer.id for _, held in reserved))
    await end_offer(uow, actor, offer, OfferState.withdrawn)
    return offer.facts()


async def sweep_expired_offers(uow: UnitOfWork, *, limit: int = 100) -> int:
    """End published offers whose time is over; returns how many. A reserved one waits for its
    lot or deal."""
    expired = await offer_queries.lock_expired(uow, await uow.stamp(), limit)
    for offer in expired:
        await end_offer(uow, SYSTEM, offer, OfferState.expired)
    return len(expired)


# ---------------------------------------------------------------- shared with ``disposing``


async def end_offer(uow: UnitOfWork, actor: Actor, offer: Offer, state: OfferState) -> None:
    """Take an open offer away: withdrawn or expired."""
    offer.state = state
    touch(uow, offer)
    await remove_documents(uow, kind=Kind.offer, ids=[offer.id])
    uow.record(_fact(OfferExpired if state is OfferState.expired else OfferWithdrawn, offer))
    verb = "expire_offer" if state is OfferState.expired else "withdraw_offer"
    await note_offer(uow, actor, verb, offer)


def is_offer_seen(actor: Actor, offer: Offer) -> bool:
    """Whether this actor may know that the offer is there."""
    return offer.state in _PUBLIC or may(actor, access.SEE_HIDDEN, owner=offer.owner_id)


async def lock_with_achievement(
    uow: UnitOfWork, actor: Actor, number: str
) -> tuple[Achievement, Offer]:
    """Lock an offer after its achievement; NotFound for who may not know of it."""
    found = await offer_queries.get_offer(uow, number)
    if not is_offer_seen(actor, found):
        raise OfferMissing()
    record = await queries.lock_achievement_by_id(uow, found.achievement_id)
    return record, await offer_queries.lock_offer(uow, found.id)


async def find_obstacles(
    uow: UnitOfWork, record: Achievement, offer: Offer, at: datetime
) -> tuple[Answer | None, list[str]]:
    """What forbids taking this offer at an instant: the sale of the whole, then sentences about
    other rights that live and offers that are held."""
    grant = rules.compute_grant(offer.facts(), at)
    on = at.astimezone(SHANGHAI).date()
    matrix = await offer_queries.load_matrix(uow, on)
    given = [row.value() for row in await offer_queries.list_grants(uow, record.id, at)]
    held = [
        rules.compute_grant(other.facts(), at)
        for _, other in await offer_queries.list_reserved(uow, record.id)
        if other.id != offer.id
    ]
    whole = [right for right in given if right.disposal in _GONE]
    sold = rules.find_first_exclusion(whole, grant, matrix, on)
    reasons = [
        answer.reason
        for earlier in (*given, *held)
        if (answer := rules.find_exclusion(earlier, grant, matrix, on)).excludes
    ]
    return (sold[1] if sold else None), list(dict.fromkeys(reasons))


async def _check_unsold(
    uow: UnitOfWork, record: Achievement, offer: Offer, at: datetime
) -> list[str]:
    """What else stands in the way. Raises OfferExcluded when ownership itself was given away."""
    sold, warnings = await find_obstacles(uow, record, offer, at)
    if sold is not None:
        raise OfferExcluded(sold.reason, source=sold.source)
    return warnings


def touch(uow: UnitOfWork, offer: Offer) -> None:
    """A new version."""
    offer.version += 1
    offer.updated_at = uow.now


def _fact(
    kind: type[OfferPublished] | type[OfferWithdrawn] | type[OfferExpired], offer: Offer
) -> OfferPublished | OfferWithdrawn | OfferExpired:
    return kind(offer.id, offer.achievement_id, offer.owner_id, offer.number, offer.version)


async def note_offer(
    uow: UnitOfWork, actor: Actor, verb: str, offer: Offer, **facts: str | None
) -> None:
    """The audit line of a verb on an offer."""
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="offer",
        subject_id=offer.id,
        facts={
            "number": offer.number,
            "version": offer.version,
            "price_terms_hash": offer.price_terms_hash,
            **facts,
        },
    )
