"""Entry on behalf (代录): somebody enters a record for a researcher, who confirms or refuses it.

Who entered and who confirmed stay on record (``achievement_confirmation``, versions, audit).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts.service import get_organisations, list_members, tell_person
from app.accounts.types import OrganisationView
from app.catalogue import access, consent_queries, queries, rules, version_queries
from app.catalogue.confirming import tell_researcher
from app.catalogue.consent_models import AchievementConfirmation
from app.catalogue.consent_types import ConfirmationState
from app.catalogue.content import compute_content_hash
from app.catalogue.diffing import describe_content
from app.catalogue.entry import MAX_NOTE, home_of, is_seen, make_draft, note_achievement
from app.catalogue.errors import AchievementMissing, ConfirmationDecided
from app.catalogue.events import EntryResolved
from app.catalogue.models import Achievement
from app.catalogue.show import PAGE_SIZE, view_confirmations
from app.catalogue.types import AchievementContent, AchievementFacts
from app.catalogue.version_show import name_completers
from app.catalogue.views import ConfirmationLine, ConfirmationPage
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import Faults, FieldError, Forbidden, Invalid, NotFound, Unauthenticated
from app.core.i18n import Message, _n
from app.core.paging import Page, decode_place, encode_cursor
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

_RESEARCHERS = frozenset({"inventor", "manager"})


async def enter_for_person(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    person_id: UUID,
    content: AchievementContent,
    key: str,
) -> AchievementFacts:
    """Save a draft for a researcher of an organisation; it waits for his word. The same key
    returns the same draft.

    Raises Unauthenticated, Forbidden (operators, and managers for their own house), NotFound,
    Invalid (the person is no researcher of the organisation, or the actor himself), what
    ``draft_achievement`` raises.
    """
    require(actor, access.ENTER_FOR, owner=organisation_id)
    assert actor.person_id is not None, "who enters is somebody"
    asked = compute_content_hash(content)
    await queries.lock_key(uow, actor.person_id, key)
    if (seen := await queries.find_drafted(uow, actor.person_id, key)) is not None:
        rules.check_same_request((seen.owner_id, seen.content_hash), (organisation_id, asked))
        return seen.facts()
    house = await find_house(uow, actor=actor, organisation_id=organisation_id)
    people = await list_researchers(uow, actor=actor, organisation_id=organisation_id)
    if person_id not in {found for found, _ in people}:
        raise Invalid([FieldError("person_id", _n("请选择该单位的一位科研人员（不能是您本人）。"))])
    record = await make_draft(uow, actor, organisation_id, house.name, content, key, "behalf")
    by_operator = may(actor, access.REVIEW)
    found = AchievementConfirmation(
        achievement_id=record.id,
        entered_by=actor.person_id,
        entered_as="operator" if by_operator else "manager",
        person_id=person_id,
        state=ConfirmationState.pending,
        entered_at=uow.now,
    )
    uow.session.add(found)
    await uow.session.flush()
    await tell_researcher(uow, found, record)
    await note_achievement(uow, actor, "enter_on_behalf", record, person_id=str(person_id))
    return record.facts()


async def confirm_entry(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int
) -> AchievementFacts:
    """The researcher's word that a record entered for him is right; twice is once.

    Raises NotFound, Forbidden (another person), StaleVersion, ConfirmationDecided.
    """
    record, found = await _lock(uow, actor, number)
    if found.state == ConfirmationState.confirmed and found.confirmed_version == version:
        return record.facts()
    rules.check_version(version, record.version)
    if found.state == ConfirmationState.confirmed:
        raise ConfirmationDecided()
    newest = await version_queries.find_newest(uow, record.id)
    assert newest is not None, "an entry on behalf keeps its versions from the first"
    found.decided_at = await uow.stamp()
    found.state, found.reason = ConfirmationState.confirmed, ""
    found.confirmed_version, found.content_hash = record.version, newest.sha256
    await _resolve(uow, actor, record, found, "confirm_entry", sha256=newest.sha256)
    return record.facts()


async def refuse_entry(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, reason: str
) -> AchievementFacts:
    """The researcher's word that it is not his, or not right, with the reason.

    Raises NotFound, Forbidden, StaleVersion, ConfirmationDecided, Invalid without words.
    """
    record, found = await _lock(uow, actor, number)
    words = clean_text(reason)
    if found.state == ConfirmationState.refused and found.reason == words:
        return record.facts()
    rules.check_version(version, record.version)
    if found.state != ConfirmationState.pending:
        raise ConfirmationDecided()
    faults = Faults()
    faults.limit("reason", words, MAX_NOTE)
    if not words:
        faults.add("reason", "请写明不认可的原因。")
    faults.check()
    found.decided_at = await uow.stamp()
    found.state, found.reason = ConfirmationState.refused, words
    await _resolve(uow, actor, record, found, "refuse_entry")
    return record.facts()


# ---------------------------------------------------------------- showing


async def list_researchers(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID
) -> list[tuple[UUID, str]]:
    """(id, name) of the people of a house for whom the actor may enter a record."""
    require(actor, access.ENTER_FOR, owner=organisation_id)
    members = await list_members(uow, actor=actor, organisation_id=organisation_id)
    return [
        (member.person_id, member.name)
        for member in members
        if {str(role) for role in member.roles} & _RESEARCHERS
        and member.person_id != actor.person_id
    ]


async def find_house(uow: UnitOfWork, *, actor: Actor, organisation_id: UUID) -> OrganisationView:
    """The organisation a record is entered for. Raises Unauthenticated, Forbidden, NotFound."""
    require(actor, access.ENTER_FOR, owner=organisation_id)
    houses = await get_organisations(uow, ids=[organisation_id])
    if organisation_id not in houses:
        raise NotFound("未找到该单位")
    return houses[organisation_id]


async def show_confirmation(uow: UnitOfWork, *, actor: Actor, number: str) -> ConfirmationPage:
    """A record entered on behalf, whole, as it waits for its person. Raises NotFound."""
    record = await queries.get_achievement(uow, number)
    found = await consent_queries.find_confirmation(uow, record.id)
    if found is None or not may(actor, access.SEE_HIDDEN, owner=home_of(record)):
        raise AchievementMissing()
    (view,) = await view_confirmations(uow, actor, [found])
    content = await name_completers(uow, await queries.get_content(uow, record))
    return ConfirmationPage(record.facts(), describe_content(content), view)


async def list_confirmations(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ConfirmationLine]:
    """What was entered for the actor, newest first. Raises Unauthenticated."""
    if actor.person_id is None:
        raise Unauthenticated()
    rows = await consent_queries.list_confirmations(
        uow, actor.person_id, decode_place(after), PAGE_SIZE + 1
    )
    return await _page(uow, actor, rows)


async def list_entered(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ConfirmationLine]:
    """What the actor entered for others, newest first. Raises Unauthenticated, Forbidden."""
    require(actor, access.ENTER_FOR)
    assert actor.person_id is not None, "who enters is somebody"
    rows = await consent_queries.list_entered(
        uow, actor.person_id, decode_place(after), PAGE_SIZE + 1
    )
    return await _page(uow, actor, rows)


async def _page(
    uow: UnitOfWork,
    actor: Actor,
    found: Sequence[tuple[AchievementConfirmation, Achievement]],
) -> Page[ConfirmationLine]:
    shown = found[:PAGE_SIZE]
    views = await view_confirmations(uow, actor, [one for one, _ in shown])
    lines = [
        ConfirmationLine(record.facts(), view)
        for (_, record), view in zip(shown, views, strict=True)
    ]
    if len(found) <= PAGE_SIZE:
        return Page(lines)
    last = lines[-1].confirmation.facts
    return Page(lines, encode_cursor(last.entered_at, last.achievement_id))


async def _lock(
    uow: UnitOfWork, actor: Actor, number: str
) -> tuple[Achievement, AchievementConfirmation]:
    record = await queries.lock_achievement(uow, number)
    found = await consent_queries.find_confirmation(uow, record.id)
    if found is None or not is_seen(actor, record):
        raise AchievementMissing()
    if not actor.signed_in:
        raise Unauthenticated()
    if found.person_id != actor.person_id:
        raise Forbidden("只有成果登记的本人可以确认")
    return record, found


async def _resolve(
    uow: UnitOfWork,
    actor: Actor,
    record: Achievement,
    found: AchievementConfirmation,
    verb: str,
    **facts: str,
) -> None:
    await uow.session.flush()
    uow.record(EntryResolved(record.id, record.owner_id, record.number, record.version))
    confirmed = found.state == ConfirmationState.confirmed
    await tell_person(
        uow,
        person_id=found.entered_by,
        notice=Notice(
            kind="catalogue.entry_confirmed" if confirmed else "catalogue.entry_refused",
            subject=Message(
                _n("代录的成果已由本人确认：%(title)s")
                if confirmed
                else _n("代录的成果被本人退回：%(title)s"),
                title=record.title,
            ),
            body=Message(_n("编号 %(number)s。"), number=record.number),
            href=f"/achievements/{record.number}",
            facts={"number": record.number, "version": record.version},
        ),
        key=f"{verb}-{record.id}-{record.version}",
    )
    await note_achievement(uow, actor, verb, record, **facts)
