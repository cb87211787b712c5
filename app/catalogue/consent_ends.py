"""Withdrawing a consent, what is shown of consents, and who may read their papers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.catalogue import access, consent_queries, consent_rules, offer_queries, queries
from app.catalogue.consent_models import CoOwnerConsent
from app.catalogue.consent_types import ConsentState, ConsentWay
from app.catalogue.consenting import (
    FILES,
    OPEN,
    check_words,
    find_missing,
    is_consent_seen,
    lock_consent,
    note_consent,
    scopes_of,
    tell_owner,
)
from app.catalogue.errors import ConsentNotFound, ConsentStateForbids
from app.catalogue.events import ConsentResolved
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer
from app.catalogue.offering import end_offer
from app.catalogue.types import AchievementContent, OfferState
from app.catalogue.views import ConsentBoard, ConsentSeat, ConsentView
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Forbidden
from app.core.i18n import _n
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.files.service import list_attached, list_attached_many
from app.files.types import FileView

PAGE_SIZE = 20


async def withdraw_consent(
    uow: UnitOfWork, *, actor: Actor, consent_id: UUID, note_text: str
) -> None:
    """Take a consent back before an offer that it covers is held; published ones that rest on it
    end.

    By the co-owner's head or manager, or by an operator for a written consent. Twice is once.
    Raises ConsentNotFound, Forbidden, ConsentStateForbids (not given, or an offer is held or
    sold), Invalid without words.
    """
    record, offer, one = await lock_consent(uow, actor, consent_id)
    if one.way == ConsentWay.workbench:
        require(actor, access.ANSWER_CONSENT, owner=one.party_id)
    else:
        require(actor, access.CHECK_PROOF)
    if one.state == ConsentState.withdrawn:
        return
    consent_rules.check_state(one.facts(), ConsentState.given)
    bound = [
        (found, held)
        for found, held in await consent_queries.list_bound_offers(uow, record.id, one.disposal)
        if found.id == one.offer_id or one.scope_hash in scopes_of(found)
    ]
    if any(held or found.state in (OfferState.reserved, OfferState.sold) for found, held in bound):
        raise ConsentStateForbids("供给信息已锁定办理或已成交，不能再撤回同意")
    one.note = check_words(note_text, needed=True)
    one.withdrawn_at = await uow.stamp()
    one.state, one.withdrawn_by = ConsentState.withdrawn, actor.person_id
    await uow.session.flush()
    content = await queries.get_content(uow, record)
    for found, _ in bound:
        if found.state == OfferState.published and await find_missing(uow, record, found, content):
            await end_offer(uow, actor, found, OfferState.withdrawn)
    uow.record(ConsentResolved(one.id, record.id, offer.id, one.state))
    await tell_owner(uow, one, record, offer, "catalogue.consent_withdrawn", _n("共有人撤回了同意"))
    await note_consent(uow, actor, "withdraw_consent", one, record)


async def show_consent(uow: UnitOfWork, *, actor: Actor, consent_id: UUID) -> ConsentView:
    """One consent with what it is about: the co-owner reads the terms, though the offer is not
    public yet. Raises ConsentNotFound."""
    one = await consent_queries.get_consent(uow, consent_id)
    if not is_consent_seen(actor, one):
        raise ConsentNotFound()
    offer = await offer_queries.get_offer_by_id(uow, one.offer_id)
    record = await queries.get_achievement_by_id(uow, one.achievement_id)
    content = await queries.get_content(uow, record)
    papers = await list_attached(uow, owner_kind=FILES, owner_id=one.id)
    return _view(actor, one, offer, record, content, papers)


async def show_consent_board(
    uow: UnitOfWork, *, actor: Actor, offer_number: str
) -> ConsentBoard | None:
    """Who of the co-owners has consented to an offer; for its house and the platform. None for
    others and where nobody owns it together."""
    offer = await offer_queries.get_offer(uow, offer_number)
    if not may(actor, access.SEE_CONSENTS, owner=offer.owner_id):
        return None
    record = await queries.get_achievement_by_id(uow, offer.achievement_id)
    content = await queries.get_content(uow, record)
    if not content.co_owners:
        return None
    on = uow.now.astimezone(SHANGHAI).date()
    need = consent_rules.find_need(
        await consent_queries.load_needs(uow, on), offer.facts().disposal, on
    )
    pinned, scopes = consent_rules.compute_co_owners_hash(content.co_owners), scopes_of(offer)
    known = [
        one.facts()
        for one in await consent_queries.list_of_achievement(uow, record.id)
        if one.co_owners_hash == pinned and one.scope_hash in scopes
    ]
    seats = []
    for place, row in enumerate(content.co_owners, 1):
        mine = [one for one in known if one.ordinal == place]
        given = [one for one in mine if one.state is ConsentState.given]
        shown = given or mine
        seats.append(ConsentSeat(row, shown[0] if shown else None))
    missing = consent_rules.find_missing(content.co_owners, known, scopes)
    waiting = {one.ordinal for one in known if one.state in OPEN}
    needed = consent_rules.needs_all(need)
    return ConsentBoard(
        needed=needed,
        need=need,
        seats=tuple(seats),
        may_ask=needed
        and offer.state not in (OfferState.reserved, OfferState.sold)
        and any(place not in waiting for place, _ in missing)
        and may(actor, access.ASK_CONSENT, owner=offer.owner_id),
    )


async def list_missing_consents(uow: UnitOfWork, *, offer_id: UUID) -> list[str]:
    """Names of the co-owners whose consent to an offer is needed and does not stand; for rooms
    above, asks no permission. Raises OfferMissing."""
    offer = await offer_queries.get_offer_by_id(uow, offer_id)
    record = await queries.get_achievement_by_id(uow, offer.achievement_id)
    missing = await find_missing(uow, record, offer, await queries.get_content(uow, record))
    return [row.name for _, row in missing]


async def list_asked_consents(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ConsentView]:
    """What the actor's organisation was asked as a co-owner, newest first. Raises Forbidden."""
    require(actor, access.SEE_CONSENTS)
    if actor.organisation_id is None:
        raise Forbidden("请先选择您代表的单位")
    rows = await consent_queries.list_of_party(
        uow, actor.organisation_id, decode_place(after), PAGE_SIZE + 1
    )
    return await _page(uow, actor, rows)


async def list_consent_proofs(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ConsentView]:
    """Written consents to be checked, oldest first. Raises Forbidden."""
    require(actor, access.SEE_REVIEW)
    rows = await consent_queries.list_proofs(uow, decode_place(after), PAGE_SIZE + 1)
    return await _page(uow, actor, rows)


async def guard_consent_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """Who reads the paper of a consent: both houses and the platform. Raises ConsentNotFound."""
    one = await consent_queries.get_consent(uow, file.owner_id)
    if not is_consent_seen(actor, one):
        raise ConsentNotFound()


def _view(
    actor: Actor,
    one: CoOwnerConsent,
    offer: Offer,
    record: Achievement,
    content: AchievementContent,
    papers: Sequence[FileView],
) -> ConsentView:
    facts = one.facts()
    pinned = consent_rules.compute_co_owners_hash(content.co_owners)
    stale = facts.co_owners_hash != pinned or facts.scope_hash not in scopes_of(offer)
    on_paper = facts.way is ConsentWay.document
    answers = one.party_id is not None and may(actor, access.ANSWER_CONSENT, owner=one.party_id)
    checks = may(actor, access.CHECK_PROOF)
    return ConsentView(
        facts=facts,
        achievement_number=record.number,
        achievement_title=record.title,
        owner_name=record.holder_name,
        offer_number=offer.number,
        offer=offer.content(),
        stale=stale,
        files=tuple(papers),
        may_answer=answers and not on_paper and facts.state is ConsentState.asked and not stale,
        may_prove=on_paper
        and facts.state is ConsentState.asked
        and may(actor, access.ASK_CONSENT, owner=one.owner_id),
        may_check=on_paper and facts.state is ConsentState.proof_sent and checks,
        may_withdraw=facts.state is ConsentState.given
        and offer.state not in (OfferState.reserved, OfferState.sold)
        and (checks if on_paper else answers),
    )


async def _page(
    uow: UnitOfWork, actor: Actor, rows: Sequence[tuple[CoOwnerConsent, Offer, Achievement]]
) -> Page[ConsentView]:
    shown = rows[:PAGE_SIZE]
    contents = await queries.load_contents(uow, {record.id: record for _, _, record in shown})
    papers = await list_attached_many(
        uow, owner_kind=FILES, owner_ids=[one.id for one, _, _ in shown]
    )
    views = [
        _view(actor, one, offer, record, contents[record.id], papers[one.id])
        for one, offer, record in shown
    ]
    if len(rows) <= PAGE_SIZE:
        return Page(views)
    last = views[-1].facts
    return Page(views, encode_cursor(last.asked_at, last.id))
