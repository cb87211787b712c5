"""What is shown of achievements, offers and claims, to one actor; nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from app.accounts.service import get_organisations, get_person_names
from app.catalogue import access, consent_queries, offer_queries, queries, rules
from app.catalogue.confirming import may_mend
from app.catalogue.consent_models import AchievementConfirmation
from app.catalogue.consent_types import ConfirmationState
from app.catalogue.entry import home_of, is_seen
from app.catalogue.errors import AchievementMissing, OfferMissing
from app.catalogue.lint import lint_achievement
from app.catalogue.models import Achievement, AchievementClaim
from app.catalogue.offer_models import Offer
from app.catalogue.offering import find_obstacles, is_offer_seen
from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    AchievementState,
    ClaimState,
    OfferFacts,
    OfferState,
    ReturnReason,
)
from app.catalogue.version_show import find_review_base
from app.catalogue.views import (
    AchievementLine,
    AchievementView,
    Actions,
    ClaimView,
    ConfirmationView,
    OfferView,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.official import NationalField
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork

PAGE_SIZE = 20
ERASED = "（已注销）"


async def show_achievement(uow: UnitOfWork, *, actor: Actor, number: str) -> AchievementView:
    """One achievement as this actor may see it, with its offers and rights given.

    Raises AchievementMissing for a hidden record of others.
    """
    record = await queries.get_achievement(uow, number)
    if not is_seen(actor, record):
        raise AchievementMissing()
    inside = may(actor, access.SEE_HIDDEN, owner=home_of(record))
    content = await queries.get_content(uow, record)
    offers = await offer_queries.list_of_achievement(uow, record.id, hidden=inside)
    claims = await queries.list_claims_of(uow, record.id)
    confirmation = await consent_queries.find_confirmation(uow, record.id) if inside else None
    seen_claims = [
        claim for claim in claims if inside or claim.organisation_id == actor.organisation_id
    ]
    behalf = await view_confirmations(uow, actor, [confirmation] if confirmation else [])
    care = await get_organisations(uow, ids=[record.care_id])
    return AchievementView(
        facts=record.facts(),
        content=content,
        care_name=care[record.care_id].name if record.care_id in care else "",
        completers=await _name_completers(uow, content),
        created_at=record.created_at,
        updated_at=record.updated_at,
        submitted_at=record.submitted_at,
        published_at=record.published_at,
        actions=_actions(actor, record, claims, confirmation),
        offers=tuple(_offer_view(actor, offer, record) for offer in offers),
        grants=tuple(
            row.value() for row in await offer_queries.list_grants(uow, record.id, uow.now)
        ),
        hints=tuple(lint_achievement(content)) if inside else (),
        claims=tuple(await _claim_views(uow, [(claim, record) for claim in seen_claims])),
        return_reasons=tuple(map(ReturnReason, record.return_reasons)) if inside else (),
        return_note=record.return_note if inside else "",
        inside=inside,
        review_base=await find_review_base(uow, record) if inside else None,
        confirmation=behalf[0] if behalf else None,
    )


async def show_offer(uow: UnitOfWork, *, actor: Actor, number: str) -> OfferView:
    """One offer as this actor may see it. Raises OfferMissing for a hidden offer of others."""
    offer = await offer_queries.get_offer(uow, number)
    if not is_offer_seen(actor, offer):
        raise OfferMissing()
    record = await queries.get_achievement_by_id(uow, offer.achievement_id)
    view = _offer_view(actor, offer, record)
    if offer.state == OfferState.sold or not may(actor, access.SEE_HIDDEN, owner=offer.owner_id):
        return view
    _, warnings = await find_obstacles(uow, record, offer, uow.now)
    return replace(view, warnings=tuple(warnings))


async def get_achievement(uow: UnitOfWork, *, achievement_id: UUID) -> AchievementFacts:
    """Snapshot for rooms above; asks no permission. Raises AchievementMissing."""
    return (await queries.get_achievement_by_id(uow, achievement_id)).facts()


async def get_offer(uow: UnitOfWork, *, offer_id: UUID) -> OfferFacts:
    """Snapshot for rooms above; asks no permission. Raises OfferMissing."""
    return (await offer_queries.get_offer_by_id(uow, offer_id)).facts()


async def find_offer(uow: UnitOfWork, *, number: str) -> OfferFacts:
    """Snapshot for rooms above, by case number; asks no permission. Raises OfferMissing."""
    return (await offer_queries.get_offer(uow, number)).facts()


async def list_achievements(
    uow: UnitOfWork, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[AchievementLine]:
    """Published achievements, newest first. Raises Invalid for a broken cursor."""
    rows = await queries.list_published(uow, decode_place(after), limit + 1)
    return _page(rows, limit, "published_at")


async def list_own_achievements(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[AchievementLine]:
    """What the actor's organisation owns or cares for, last changed first. Raises Forbidden."""
    require(actor, access.LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_own(uow, actor.organisation_id, decode_place(after), limit + 1)
    return _page(rows, limit, "updated_at")


async def list_waiting_achievements(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[AchievementLine]:
    """The operator's review queue, oldest first. Raises Forbidden."""
    require(actor, access.SEE_REVIEW)
    rows = await queries.list_submitted(uow, decode_place(after), limit + 1)
    return _page(rows, limit, "submitted_at")


async def list_waiting_claims(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[ClaimView]:
    """Open claims, oldest first. Raises Forbidden."""
    require(actor, access.SEE_REVIEW)
    rows = await queries.list_waiting_claims(uow, decode_place(after), limit + 1)
    views = await _claim_views(uow, rows[:limit])
    if len(rows) <= limit:
        return Page(views)
    last = views[-1].facts
    return Page(views, encode_cursor(last.created_at, last.id))


async def list_own_offers(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[OfferView]:
    """The offers of the actor's organisation, last changed first. Raises Forbidden."""
    require(actor, access.LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await offer_queries.list_of_owner(
        uow, actor.organisation_id, decode_place(after), limit + 1
    )
    views = [_offer_view(actor, offer, record) for offer, record in rows[:limit]]
    if len(rows) <= limit:
        return Page(views)
    last = views[-1]
    return Page(views, encode_cursor(last.updated_at, last.facts.id))


def _page(rows: Sequence[Achievement], limit: int, order: str) -> Page[AchievementLine]:
    """Cut the one row too many that says whether there is a next page."""
    lines = [
        AchievementLine(
            facts=row.facts(),
            owner_number=row.owner_number,
            field=NationalField(row.field) if row.field else None,
            updated_at=row.updated_at,
            submitted_at=row.submitted_at,
            published_at=row.published_at,
        )
        for row in rows[:limit]
    ]
    if len(rows) <= limit:
        return Page(lines)
    last = rows[limit - 1]
    return Page(lines, encode_cursor(getattr(last, order), last.id))


def _actions(
    actor: Actor,
    record: Achievement,
    claims: Iterable[AchievementClaim],
    confirmation: AchievementConfirmation | None,
) -> Actions:
    facts, home = record.facts(), home_of(record)
    published = facts.state is AchievementState.published
    editing = access.EDIT_PUBLISHED if published else access.EDIT
    waiting = any(
        claim.organisation_id == actor.organisation_id and claim.state == ClaimState.pending
        for claim in claims
    )
    return Actions(
        edit=_allows(rules.check_edit, facts)
        and (may(actor, editing, owner=home) or may_mend(actor, confirmation)),
        submit=_allows(rules.check_submit, facts)
        and may(actor, access.SUBMIT, owner=home)
        and (confirmation is None or confirmation.state == ConfirmationState.confirmed),
        review=_allows(rules.check_review, facts) and may(actor, access.REVIEW),
        withdraw=_allows(rules.check_withdraw, facts) and may(actor, access.WITHDRAW, owner=home),
        claim=_allows(rules.check_claimable, facts) and may(actor, access.CLAIM) and not waiting,
        offer=_allows(rules.check_offerable, facts) and may(actor, access.DRAFT_OFFER, owner=home),
    )


def _offer_actions(actor: Actor, facts: OfferFacts) -> Actions:
    writable = facts.state in (OfferState.draft, OfferState.withdrawn, OfferState.expired)
    owner = facts.owner_id
    published = facts.state is OfferState.published
    publishes = may(actor, access.PUBLISH_OFFER, owner=owner)
    return Actions(
        edit=writable and may(actor, access.DRAFT_OFFER, owner=owner),
        publish=writable and publishes,
        renew=(published or facts.state is OfferState.expired) and publishes,
        withdraw=published and may(actor, access.WITHDRAW_OFFER, owner=owner),
    )


def _allows(check: rules.AchievementCheck, facts: AchievementFacts) -> bool:
    try:
        check(facts)
    except DomainError:
        return False
    return True


def _offer_view(actor: Actor, offer: Offer, record: Achievement) -> OfferView:
    facts = offer.facts()
    return OfferView(
        facts=facts,
        content=offer.content(),
        achievement_number=record.number,
        achievement_title=record.title,
        holder_name=record.holder_name,
        created_at=offer.created_at,
        updated_at=offer.updated_at,
        published_at=offer.published_at,
        actions=_offer_actions(actor, facts),
    )


async def _claim_views(
    uow: UnitOfWork, rows: Sequence[tuple[AchievementClaim, Achievement]]
) -> list[ClaimView]:
    names = await get_organisations(uow, ids={claim.organisation_id for claim, _ in rows})
    return [
        ClaimView(
            facts=claim.facts(),
            organisation_name=names[claim.organisation_id].name,
            achievement_number=record.number,
            achievement_title=record.title,
            holder_name=record.holder_name,
        )
        for claim, record in rows
    ]


async def view_confirmations(
    uow: UnitOfWork, actor: Actor, rows: Sequence[AchievementConfirmation]
) -> list[ConfirmationView]:
    """Entries on behalf with the names a reader inside needs."""
    people = {row.person_id for row in rows} | {row.entered_by for row in rows}
    names = await get_person_names(uow, ids=people) if people else {}
    return [
        ConfirmationView(
            row.facts(),
            names.get(row.person_id) or ERASED,
            names.get(row.entered_by) or ERASED,
            may_decide=row.person_id == actor.person_id and row.state == ConfirmationState.pending,
        )
        for row in rows
    ]


async def _name_completers(
    uow: UnitOfWork, content: AchievementContent
) -> tuple[tuple[str, str], ...]:
    """(name, role) in order; members' names are read from accounts, where they may be erased."""
    ids = {row.person_id for row in content.completers if row.person_id}
    names = await get_person_names(uow, ids=ids) if ids else {}
    return tuple(
        ((names.get(row.person_id) or ERASED) if row.person_id else row.name, row.role)
        for row in content.completers
    )
