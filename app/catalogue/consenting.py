"""Consents of co-owners (共有人同意): asked by the owner, given on the workbench or by a paper that
an operator checks, needed before an offer of what is owned together is published.

Source: 专利法 article 14, kept as dated rows (``consent_rule``). A consent is pinned to the list
of co-owners and to its scope: when either changes, it counts for nothing and is asked anew.
Everything here changes under the lock of the achievement, as publication does.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from app.accounts.service import tell_organisation, tell_platform
from app.audit.service import note
from app.catalogue import access, consent_queries, consent_rules, offer_queries, queries
from app.catalogue.consent_models import CoOwnerConsent
from app.catalogue.consent_types import ConsentBreadth, ConsentFacts, ConsentState, ConsentWay
from app.catalogue.content import MAX_EVIDENCE
from app.catalogue.errors import ConsentMissing, ConsentNotFound, ConsentStateForbids
from app.catalogue.events import ConsentAsked, ConsentResolved
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer
from app.catalogue.types import AchievementContent, CoOwner, OfferState
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Faults, FieldError, Forbidden, Invalid
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.files.service import attach_all, list_attached
from app.files.types import Staged
from app.inbox.types import Notice

FILES = "catalogue.consent"
_PROOF_SENT = _n("共有人同意的书面证明待核对")
_ASKED = _n("请贵单位作为共有人答复是否同意处置")
OPEN = (ConsentState.asked, ConsentState.proof_sent)  # the word is still waited for
_ASKABLE = (OfferState.draft, OfferState.withdrawn, OfferState.expired, OfferState.published)


async def check_consents(uow: UnitOfWork, record: Achievement, offer: Offer) -> None:
    """Raises ConsentMissing, naming who has not consented, where the rule asks for everybody."""
    missing = await find_missing(uow, record, offer, await queries.get_content(uow, record))
    if missing:
        raise ConsentMissing(
            Message(
                _n("以“%(disposal)s”方式处置共有成果须经全体共有人同意，还缺少：%(names)s。"),
                disposal=offer.facts().disposal.label,
                names="、".join(row.name for _, row in missing),
            ),
            missing=[row.name for _, row in missing],
        )


async def find_missing(
    uow: UnitOfWork, record: Achievement, offer: Offer, content: AchievementContent
) -> list[tuple[int, CoOwner]]:
    """The co-owners whose consent to this offer is needed and does not stand."""
    if not content.co_owners:
        return []
    on = uow.now.astimezone(SHANGHAI).date()
    facts = offer.facts()
    needs = await consent_queries.load_needs(uow, on)
    if not consent_rules.needs_all(consent_rules.find_need(needs, facts.disposal, on)):
        return []
    consents = [one.facts() for one in await consent_queries.list_of_achievement(uow, record.id)]
    return consent_rules.find_missing(content.co_owners, consents, scopes_of(offer))


def scopes_of(offer: Offer) -> frozenset[str]:
    """The hashes of scopes that cover an offer: these terms, or the disposal at large."""
    return frozenset(
        consent_rules.compute_scope_hash(breadth, offer.achievement_id, offer.content())
        for breadth in ConsentBreadth
    )


async def ask_consents(
    uow: UnitOfWork, *, actor: Actor, offer_number: str, breadth: ConsentBreadth
) -> list[ConsentFacts]:
    """Ask every co-owner whose consent is missing and not asked for yet; told on the workbench
    where he is a party here, else to be proved by a paper. Twice is once.

    Raises NotFound, Forbidden, ConsentStateForbids (not needed, or the offer is held or sold).
    """
    record, offer = await _lock_offer(uow, actor, offer_number)
    require(actor, access.ASK_CONSENT, owner=offer.owner_id)
    assert actor.person_id is not None, "a member is somebody"
    if offer.state not in _ASKABLE:
        raise ConsentStateForbids("供给信息已锁定或已成交，不能再征询")
    content = await queries.get_content(uow, record)
    missing = await find_missing(uow, record, offer, content)
    if not missing:
        raise ConsentStateForbids("该处置方式不需要征询，或全体共有人已经同意")
    pinned = consent_rules.compute_co_owners_hash(content.co_owners)
    scope = consent_rules.compute_scope_hash(breadth, record.id, offer.content())
    known = await consent_queries.list_of_achievement(uow, record.id)
    waiting = {
        one.ordinal
        for one in known
        if one.state in OPEN
        and (one.co_owners_hash, one.scope_hash) == (pinned, scope)
        and one.offer_id == offer.id
    }
    asked = []
    for place, row in missing:
        if place in waiting:
            continue
        one = _consent(uow, actor, record, offer, place, row, breadth, pinned, scope)
        uow.session.add(one)
        await uow.session.flush()
        await _announce(uow, actor, one, record, offer)
        asked.append(one.facts())
    return asked


async def answer_consent(
    uow: UnitOfWork, *, actor: Actor, consent_id: UUID, agrees: bool, note_text: str = ""
) -> ConsentFacts:
    """A co-owner's word, by its head or manager; the same word twice is one.

    Raises ConsentNotFound, Forbidden, ConsentStateForbids (answered otherwise, or what was asked
    has changed), Invalid (a refusal without words).
    """
    record, offer, one = await lock_consent(uow, actor, consent_id)
    if one.party_id is None or one.way != ConsentWay.workbench:
        raise Forbidden("该共有人的同意以书面证明办理")
    require(actor, access.ANSWER_CONSENT, owner=one.party_id)
    state = ConsentState.given if agrees else ConsentState.refused
    if one.state == state and one.decided_by == actor.person_id:
        return one.facts()
    consent_rules.check_state(one.facts(), ConsentState.asked)
    content = await queries.get_content(uow, record)
    consent_rules.check_answerable(
        one.facts(), consent_rules.compute_co_owners_hash(content.co_owners), scopes_of(offer)
    )
    words = check_words(note_text, needed=not agrees)
    await _decide(uow, actor, one, record, offer, state, words)
    return one.facts()


async def send_proof(
    uow: UnitOfWork, *, actor: Actor, consent_id: UUID, files: list[Staged], key: str
) -> ConsentFacts:
    """Hand in a co-owner's written consent for an operator to check.

    Raises ConsentNotFound, Forbidden, ConsentStateForbids, Invalid without a file, what ``files``
    refuses.
    """
    record, offer, one = await lock_consent(uow, actor, consent_id)
    require(actor, access.ASK_CONSENT, owner=one.owner_id)
    if one.way != ConsentWay.document:
        raise ConsentStateForbids("该共有人在平台上，请由其在工作台确认")
    if one.state == ConsentState.proof_sent:
        return one.facts()
    consent_rules.check_state(one.facts(), ConsentState.asked)
    await attach_all(uow, actor=actor, staged=files, owner_kind=FILES, owner_id=one.id, key=key)
    if not await list_attached(uow, owner_kind=FILES, owner_id=one.id):
        raise Invalid([FieldError("files", _n("请上传共有人签章的同意书。"))])
    one.state = ConsentState.proof_sent
    await uow.session.flush()
    await tell_platform(
        uow,
        roles=["operator"],
        notice=_notice("catalogue.consent_proof_sent", _PROOF_SENT, one, record, offer),
        key=f"consent-proof-{one.id}",
    )
    await note_consent(uow, actor, "send_consent_proof", one, record)
    return one.facts()


async def check_proof(
    uow: UnitOfWork, *, actor: Actor, consent_id: UUID, accepts: bool, note_text: str = ""
) -> ConsentFacts:
    """An operator's finding on a written consent; the same finding twice is one.

    Raises ConsentNotFound, Forbidden, ConsentStateForbids, Invalid (a refusal without words).
    """
    record, offer, one = await lock_consent(uow, actor, consent_id)
    require(actor, access.CHECK_PROOF)
    state = ConsentState.given if accepts else ConsentState.refused
    if one.way == ConsentWay.document and one.state == state and one.decided_by == actor.person_id:
        return one.facts()
    consent_rules.check_state(one.facts(), ConsentState.proof_sent)
    if accepts:
        content = await queries.get_content(uow, record)
        consent_rules.check_answerable(
            one.facts(), consent_rules.compute_co_owners_hash(content.co_owners), scopes_of(offer)
        )
    await _decide(uow, actor, one, record, offer, state, check_words(note_text, needed=not accepts))
    return one.facts()


# ---------------------------------------------------------------- shared with ``consent_ends``


async def lock_consent(
    uow: UnitOfWork, actor: Actor, consent_id: UUID
) -> tuple[Achievement, Offer, CoOwnerConsent]:
    """Lock the achievement of a consent, then read it again. NotFound for who may not know."""
    found = await consent_queries.get_consent(uow, consent_id)
    if not is_consent_seen(actor, found):
        raise ConsentNotFound()
    record = await queries.lock_achievement_by_id(uow, found.achievement_id)
    offer = await offer_queries.lock_offer(uow, found.offer_id)
    return record, offer, await consent_queries.get_consent(uow, consent_id)


def is_consent_seen(actor: Actor, one: CoOwnerConsent) -> bool:
    """The asking house, the asked one, and the platform."""
    return may(actor, access.SEE_CONSENTS, owner=one.owner_id) or (
        one.party_id is not None and may(actor, access.SEE_CONSENTS, owner=one.party_id)
    )


async def _lock_offer(uow: UnitOfWork, actor: Actor, number: str) -> tuple[Achievement, Offer]:
    found = await offer_queries.get_offer(uow, number)
    if not may(actor, access.SEE_HIDDEN, owner=found.owner_id):
        raise ConsentNotFound("未找到该供给信息")
    record = await queries.lock_achievement_by_id(uow, found.achievement_id)
    return record, await offer_queries.lock_offer(uow, found.id)


def _consent(
    uow: UnitOfWork,
    actor: Actor,
    record: Achievement,
    offer: Offer,
    place: int,
    row: CoOwner,
    breadth: ConsentBreadth,
    pinned: str,
    scope: str,
) -> CoOwnerConsent:
    statement = _statement(record, offer, row, breadth)
    return CoOwnerConsent(
        id=new_id(),
        achievement_id=record.id,
        offer_id=offer.id,
        owner_id=offer.owner_id,
        ordinal=place,
        party_id=row.party_id,
        co_owner_name=row.name,
        co_owners_hash=pinned,
        disposal=offer.disposal,
        breadth=breadth,
        scope_hash=scope,
        statement=statement,
        statement_sha256=hashlib.sha256(statement.encode()).hexdigest(),
        way=ConsentWay.workbench if row.party_id else ConsentWay.document,
        state=ConsentState.asked,
        asked_by=actor.person_id,
        asked_at=uow.now,
    )


_ABOUT = _n(
    "我单位%(co_owner)s是成果“%(title)s”（%(number)s）的共有人，同意由%(owner)s以“%(disposal)s”"
    "方式处置该成果。"
)
_TERMS = _n(
    "同意的范围以供给信息%(offer)s载明的条款为限，条款校验码%(terms)s，范围校验码%(scope)s。"
)
_AT_LARGE = _n("价格和其他条款由%(owner)s决定。")
_LIMIT = _n("供给信息被锁定办理前，我单位可以撤回本同意。")


def _statement(record: Achievement, offer: Offer, row: CoOwner, breadth: ConsentBreadth) -> str:
    """The words consented to, in Chinese: they are a document and are not translated."""
    about = Message(
        _ABOUT,
        co_owner=row.name,
        title=record.title,
        number=record.number,
        owner=record.holder_name,
        disposal=offer.facts().disposal.label,
    )
    if breadth is ConsentBreadth.terms:
        scope = consent_rules.compute_scope_hash(breadth, record.id, offer.content())
        extent = Message(
            _TERMS, offer=offer.number, terms=offer.price_terms_hash or "面议", scope=scope
        )
    else:
        extent = Message(_AT_LARGE, owner=record.holder_name)
    return "".join((str(about), str(extent), _LIMIT))


def check_words(text: str, *, needed: bool) -> str:
    """The words of an answer, cleaned. Raises Invalid when they are needed and missing."""
    faults = Faults()
    words = faults.limit("note", clean_text(text), MAX_EVIDENCE)
    if needed and not words:
        faults.add("note", "请写明原因。")
    faults.check()
    return words


async def _announce(
    uow: UnitOfWork, actor: Actor, one: CoOwnerConsent, record: Achievement, offer: Offer
) -> None:
    if one.party_id is not None:
        await tell_organisation(
            uow,
            organisation_id=one.party_id,
            roles=["head", "manager"],
            notice=_notice("catalogue.consent_asked", _ASKED, one, record, offer),
            key=f"consent-asked-{one.id}",
        )
    uow.record(ConsentAsked(one.id, record.id, offer.id, one.state))
    await note_consent(uow, actor, "ask_consent", one, record)


async def _decide(
    uow: UnitOfWork,
    actor: Actor,
    one: CoOwnerConsent,
    record: Achievement,
    offer: Offer,
    state: ConsentState,
    words: str,
) -> None:
    one.decided_at = await uow.stamp()
    one.state, one.note, one.decided_by = state, words, actor.person_id
    await uow.session.flush()
    uow.record(ConsentResolved(one.id, record.id, offer.id, state))
    given = state is ConsentState.given
    await tell_owner(
        uow,
        one,
        record,
        offer,
        "catalogue.consent_given" if given else "catalogue.consent_refused",
        _n("共有人已同意处置") if given else _n("共有人未同意处置"),
    )
    await note_consent(uow, actor, "give_consent" if given else "refuse_consent", one, record)


async def tell_owner(
    uow: UnitOfWork,
    one: CoOwnerConsent,
    record: Achievement,
    offer: Offer,
    kind: str,
    subject: str,
) -> None:
    """Tell the managers of the house that asked."""
    await tell_organisation(
        uow,
        organisation_id=one.owner_id,
        roles=["manager"],
        notice=_notice(kind, subject, one, record, offer),
        key=f"{kind}-{one.id}",
    )


def _notice(
    kind: str, subject: str, one: CoOwnerConsent, record: Achievement, offer: Offer
) -> Notice:
    return Notice(
        kind=kind,
        subject=subject,
        body=Message(
            _n("成果“%(title)s”，处置方式：%(disposal)s，共有人：%(co_owner)s。"),
            title=record.title,
            disposal=offer.facts().disposal.label,
            co_owner=one.co_owner_name,
        ),
        href=f"/desk/consents/{one.id}",
        facts={"consent_id": str(one.id), "achievement": record.number, "offer": offer.number},
    )


async def note_consent(
    uow: UnitOfWork, actor: Actor, verb: str, one: CoOwnerConsent, record: Achievement
) -> None:
    """The audit line of a verb on a consent."""
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="co_owner_consent",
        subject_id=one.id,
        facts={
            "achievement_id": str(record.id),
            "offer_id": str(one.offer_id),
            "ordinal": one.ordinal,
            "statement_sha256": one.statement_sha256,
            "scope_hash": one.scope_hash,
            "co_owners_hash": one.co_owners_hash,
        },
    )
