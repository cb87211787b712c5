"""What is shown of disclosures, to one actor; nothing is changed here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.accounts.service import get_organisations, get_person_names
from app.accounts.types import OrganisationKind
from app.catalogue import service as catalogue
from app.catalogue.types import Origin
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.i18n import _n
from app.core.official import NationalField
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.disclosures import access, queries, rules
from app.disclosures.deciding import is_recused
from app.disclosures.entry import OWNER_KIND, get_seen, is_seen
from app.disclosures.models import (
    Disclosure,
    DisclosureDecision,
    DisclosureVersion,
    read_publication,
)
from app.disclosures.types import (
    AchievementLink,
    Actions,
    Completer,
    Decision,
    DisclosureContent,
    DisclosureLine,
    DisclosureState,
    DisclosureView,
    DueRule,
    Empowerment,
    Funding,
    Secrecy,
    Submission,
    UnitView,
    Wish,
)
from app.files import service as files
from app.files.types import FileView

PAGE_SIZE: Final = 20
ERASED: Final = _n("（已注销）")
# Public units: they answer for service achievements (职务科技成果) with public money.
_PUBLIC: Final = frozenset(
    {
        OrganisationKind.university,
        OrganisationKind.institute,
        OrganisationKind.hospital,
        OrganisationKind.state_enterprise,
    }
)
_SETTLED: Final = frozenset(DisclosureState) - {DisclosureState.draft, DisclosureState.submitted}


async def show_disclosure(
    uow: UnitOfWork, *, actor: Actor, disclosure_id: UUID
) -> tuple[DisclosureView, list[FileView]]:
    """One disclosure with its history and its attachments. Raises DisclosureMissing."""
    record = await get_seen(uow, actor, disclosure_id)
    content = await queries.get_content(uow, record)
    versions = await queries.list_versions(uow, record.id)
    decisions = await queries.list_decisions(uow, record.id)
    involved = {row.person_id for row in content.completers if row.person_id} | {record.author_id}
    names = await _names(uow, involved | {row.decided_by for row in decisions})
    organisations = await get_organisations(uow, ids=[record.organisation_id])
    number = ""
    if record.achievement_id is not None:
        made = await catalogue.get_achievement(uow, achievement_id=record.achievement_id)
        number = made.number
    today = uow.now.astimezone(SHANGHAI).date()
    view = DisclosureView(
        facts=record.facts(),
        content=content,
        organisation_name=organisations[record.organisation_id].name,
        author=names[record.author_id],
        completers=tuple(
            (names[row.person_id] if row.person_id else row.name, row) for row in content.completers
        ),
        created_at=record.created_at,
        updated_at=record.updated_at,
        submitted_at=record.submitted_at,
        due_at=record.due_at,
        due_on=rules.last_day_of(record.due_at) if record.due_at else None,
        due_provisional=record.due_provisional,
        due_rule=record.due_rule(),
        overdue=_is_overdue(record, uow.now),
        decided_at=record.decided_at,
        submissions=_submissions(versions, decisions, names),
        warnings=tuple(rules.find_warnings(content, today)),
        achievement_number=number,
        actions=await _actions(uow, actor, record, involved),
    )
    attached = await files.list_attached(uow, owner_kind=OWNER_KIND, owner_id=record.id)
    return view, attached


async def list_own_disclosures(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DisclosureLine]:
    """What the actor wrote or completed in the unit he acts for, last changed first.

    Raises Forbidden.
    """
    require(actor, access.LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    assert actor.person_id is not None, "members are somebody"
    rows = await queries.list_own(
        uow, actor.organisation_id, actor.person_id, decode_place(after), limit + 1
    )
    return await _page(uow, rows, limit, lambda row: row.updated_at)


async def list_waiting_disclosures(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DisclosureLine]:
    """What waits for the unit's decision, the most urgent first. Raises Forbidden."""
    require(actor, access.LIST_UNIT)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_waiting(uow, actor.organisation_id, decode_place(after), limit + 1)
    return await _page(uow, rows, limit, lambda row: row.due_at)


async def list_settled_disclosures(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DisclosureLine]:
    """What the unit decided on or was taken back, last changed first. Raises Forbidden."""
    require(actor, access.LIST_UNIT)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_of_unit(
        uow, actor.organisation_id, _SETTLED, decode_place(after), limit + 1
    )
    return await _page(uow, rows, limit, lambda row: row.updated_at)


async def show_unit(uow: UnitOfWork, *, actor: Actor) -> UnitView:
    """Counts of the actor's unit, and the period in force. Raises Forbidden."""
    require(actor, access.LIST_UNIT)
    assert actor.organisation_id is not None, "members act for an organisation"
    waiting, overdue, accepted = await queries.count_of_unit(uow, actor.organisation_id)
    return UnitView(
        waiting=waiting,
        overdue=overdue,
        accepted=accepted,
        rule=await get_period(uow, organisation_id=actor.organisation_id),
        may_set_rule=may(actor, access.SET_PERIOD),
    )


async def get_period(uow: UnitOfWork, *, organisation_id: UUID | None) -> DueRule:
    """The period in force today: the unit's own, else the market's default."""
    today = uow.now.astimezone(SHANGHAI).date()
    row = await queries.get_rule(uow, "decide_working_days", organisation_id, today)
    return DueRule(row.value, row.source, row.trust)


async def link_of_achievement(
    uow: UnitOfWork, *, actor: Actor, achievement_id: UUID
) -> AchievementLink:
    """What the page of an achievement says of its disclosure: its number to those who may read
    it; to insiders of a public unit without one, advice to disclose first. Else nothing."""
    record = await queries.find_of_achievement(uow, achievement_id)
    if record is not None:
        if not await is_seen(uow, actor, record):
            return AchievementLink()
        return AchievementLink(record.id, record.number or "")
    facts = await catalogue.get_achievement(uow, achievement_id=achievement_id)
    if facts.origin is not Origin.entered or facts.owner_id is None:
        return AchievementLink()
    if not may(actor, access.LIST_OWN, owner=facts.owner_id):
        return AchievementLink()
    owner = (await get_organisations(uow, ids=[facts.owner_id])).get(facts.owner_id)
    return AchievementLink(advise=owner is not None and owner.kind in _PUBLIC)


def _is_overdue(record: Disclosure, now: datetime) -> bool:
    waits = record.state == DisclosureState.submitted
    return waits and record.due_at is not None and record.due_at <= now


async def _actions(
    uow: UnitOfWork, actor: Actor, record: Disclosure, involved: Collection[UUID]
) -> Actions:
    facts = record.facts()
    writes = actor.person_id == record.author_id and may(
        actor, access.WRITE_OWN, owner=record.organisation_id
    )
    decides = facts.state is DisclosureState.submitted and may(
        actor, access.DECIDE, owner=record.organisation_id
    )
    recused = decides and await is_recused(uow, actor, record, involved)
    editable = rules.is_editable(facts.state)
    return Actions(
        edit=writes and editable,
        submit=writes and editable,
        withdraw=writes and rules.is_withdrawable(facts.state),
        decide=decides and not recused,
        recused=recused,
        draft_achievement=facts.state is DisclosureState.accepted
        and facts.achievement_id is None
        and may(actor, access.DRAFT_ACHIEVEMENT, owner=record.organisation_id),
    )


async def _names(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, str]:
    found = await get_person_names(uow, ids=ids)
    return {person_id: found.get(person_id) or ERASED for person_id in ids}


def _submissions(
    versions: Sequence[DisclosureVersion],
    decisions: Sequence[DisclosureDecision],
    names: Mapping[UUID, str],
) -> tuple[Submission, ...]:
    """Newest first."""
    by_ordinal = {row.ordinal: row for row in decisions}
    found = []
    for version in reversed(versions):
        submission = Submission(
            ordinal=version.ordinal,
            submitted_at=version.submitted_at,
            sha256=version.sha256,
            content=read_content(version.content) if version.content else None,
        )
        if (decided := by_ordinal.get(version.ordinal)) is not None:
            submission = replace(
                submission,
                decision=Decision(decided.decision),
                note=decided.note,
                empowerment=Empowerment(decided.empowerment) if decided.empowerment else None,
                share_bp=decided.share_bp,
                years=decided.years,
                own=decided.own,
                decided_at=decided.decided_at,
                decider=names[decided.decided_by],
            )
        found.append(submission)
    return tuple(found)


def read_content(kept: Mapping[str, Any]) -> DisclosureContent:
    """A submitted version as a plain value."""

    def word(name: str, words: Any) -> Any:
        return words(kept[name]) if kept[name] else None

    return DisclosureContent(
        title=kept["title"],
        summary=kept["summary"],
        problem=kept["problem"],
        novelty=kept["novelty"],
        field=word("field", NationalField),
        funding=word("funding", Funding),
        fiscal=kept["fiscal"],
        project_name=kept["project_name"],
        project_number=kept["project_number"],
        publications=tuple(read_publication(row) for row in kept["publications"]),
        secrecy=word("secrecy", Secrecy),
        obligations=kept["obligations"],
        wish=word("wish", Wish),
        completers=tuple(
            Completer(
                row["name"],
                UUID(row["person_id"]) if row["person_id"] else None,
                row["contribution"],
                row["share_bp"],
            )
            for row in kept["completers"]
        ),
    )


async def _page(
    uow: UnitOfWork, rows: Sequence[Disclosure], limit: int, order: Any
) -> Page[DisclosureLine]:
    names = await _names(uow, {row.author_id for row in rows[:limit]})
    lines = [
        DisclosureLine(
            facts=row.facts(),
            author=names[row.author_id],
            updated_at=row.updated_at,
            submitted_at=row.submitted_at,
            due_on=rules.last_day_of(row.due_at) if row.due_at else None,
            overdue=_is_overdue(row, uow.now),
        )
        for row in rows[:limit]
    ]
    if len(rows) <= limit:
        return Page(lines)
    last = rows[limit - 1]
    return Page(lines, encode_cursor(order(last), last.id))
