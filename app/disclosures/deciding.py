"""The verbs of the unit: decide, set its own period, turn an accepted disclosure into a draft."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.accounts.service import get_person_names, list_members, tell_person
from app.audit.service import note
from app.catalogue import service as catalogue
from app.catalogue.types import AchievementContent, AchievementFacts
from app.catalogue.types import Completer as AchievementCompleter
from app.core.access import require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Faults, Forbidden
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.plaintext import clean_line
from app.core.tx import UnitOfWork
from app.disclosures import access, queries, rules
from app.disclosures.entry import empty, is_seen, note_disclosure, touch
from app.disclosures.errors import Recused
from app.disclosures.events import DisclosureDecided
from app.disclosures.models import Disclosure, DisclosureDecision, DisclosureRule
from app.disclosures.notices import href
from app.disclosures.types import (
    STATE_AFTER,
    Decision,
    DecisionContent,
    DisclosureContent,
    DisclosureFacts,
    DueRule,
)
from app.inbox.types import Notice

_DECIDED = _n("您的职务科技成果披露 %(number)s 已有决定")
_DECIDED_BODY = _n("单位的决定：%(decision)s。理由和办理记录请在平台内查看。")
_ABSTRACT = 2000  # what an achievement's abstract holds
_ANSWER = 1000  # what its answers hold


async def decide_disclosure(
    uow: UnitOfWork,
    *,
    actor: Actor,
    disclosure_id: UUID,
    version: int,
    decision: DecisionContent,
) -> DisclosureFacts:
    """Decide on what was submitted, once, with reasons; its completers are told.

    A completer who could decide leaves it to another manager or head (回避); where there is no
    other, he decides and the record says so. Raises DisclosureMissing, Forbidden, Recused,
    DisclosureStateForbids, StaleVersion, Invalid.
    """
    record = await queries.lock_disclosure(uow, disclosure_id)
    require(
        actor,
        access.DECIDE,
        owner=record.organisation_id,
        visible=await is_seen(uow, actor, record),
    )
    assert actor.person_id is not None, "who decides is somebody"
    rules.check_decide(record.facts())
    rules.check_version(version, record.version)
    completers = await queries.list_completers(uow, record.id)
    involved = {row.person_id for row in completers if row.person_id} | {record.author_id}
    if await is_recused(uow, actor, record, involved):
        raise Recused()
    own = actor.person_id in involved
    today = uow.now.astimezone(SHANGHAI).date()
    least = await queries.get_rule(uow, "use_right_min_years", record.organisation_id, today)
    given = rules.check_decision(decision, least_years=least.value)
    now = await uow.stamp()
    uow.session.add(
        DisclosureDecision(
            disclosure_id=record.id,
            ordinal=record.submissions,
            decision=given.decision,
            note=given.note,
            empowerment=given.empowerment,
            share_bp=given.share_bp,
            years=given.years,
            own=own,
            decided_by=actor.person_id,
            decided_at=now,
        )
    )
    record.state, record.decided_at = STATE_AFTER[given.decision], now
    record.remind_at = None
    touch(uow, record)
    if given.decision is Decision.move_offline:
        await empty(uow, record)
    await uow.session.flush()
    uow.record(
        DisclosureDecided(record.id, record.organisation_id, record.submissions, record.state)
    )
    await note_disclosure(
        uow, actor, "decide_disclosure", record, decision=given.decision, own=str(own).lower()
    )
    await _tell_involved(uow, record, given.decision, involved)
    return record.facts()


async def draft_achievement(
    uow: UnitOfWork, *, actor: Actor, disclosure_id: UUID
) -> AchievementFacts:
    """Turn an accepted disclosure into a draft of an achievement, filled with what was disclosed;
    asked again it answers the draft that was made.

    What was told in confidence (obligations, project, shares) stays behind.
    Raises DisclosureMissing, Forbidden, DisclosureStateForbids, OwnerNumberTaken.
    """
    record = await queries.lock_disclosure(uow, disclosure_id)
    require(
        actor,
        access.DRAFT_ACHIEVEMENT,
        owner=record.organisation_id,
        visible=await is_seen(uow, actor, record),
    )
    if record.achievement_id is not None:
        return await catalogue.get_achievement(uow, achievement_id=record.achievement_id)
    rules.check_convertible(record.facts())
    assert record.number is not None, "what was accepted was submitted"
    content = await queries.get_content(uow, record)
    made = await catalogue.draft_achievement(
        uow,
        actor=actor,
        content=await _prefill(uow, actor, content, record.number),
        key=f"disclosure-{record.id}",
    )
    record.achievement_id = made.id
    touch(uow, record)
    await note_disclosure(uow, actor, "draft_achievement", record, achievement_id=str(made.id))
    return made


async def set_period(uow: UnitOfWork, *, actor: Actor, days: int, source: str) -> DueRule:
    """Set the working days in which the actor's own unit decides, from today on, by a head; what
    was submitted before keeps its period. Raises Forbidden, Invalid."""
    require(actor, access.SET_PERIOD)
    if actor.organisation_id is None:
        raise Forbidden(_n("请先选择您代表的单位"))
    faults = Faults()
    named = faults.limit("source", clean_line(source), rules.MAX_LINE)
    if not named:
        faults.add("source", _n("请写明本单位规定的名称。"))
    if not 1 <= days <= rules.MAX_PERIOD:
        faults.add("days", Message(_n("请填写 1 至 %(most)s 个工作日。"), most=rules.MAX_PERIOD))
    faults.check()
    row = DisclosureRule(
        id=new_id(),
        name="decide_working_days",
        organisation_id=actor.organisation_id,
        value=days,
        in_force_from=uow.now.astimezone(SHANGHAI).date(),
        source=named,
        trust="own_default",
    )
    uow.session.add(row)
    await uow.session.flush()
    await note(
        uow,
        actor=actor,
        action="disclosures.set_period",
        subject_kind="organisation",
        subject_id=actor.organisation_id,
        facts={"days": days, "rule_id": str(row.id)},
    )
    return DueRule(row.value, row.source, row.trust)


# ---------------------------------------------------------------- shared with what is shown


async def is_recused(
    uow: UnitOfWork, actor: Actor, record: Disclosure, involved: Collection[UUID]
) -> bool:
    """Whether this decider leaves it to another (回避): he is one of those ``involved``, its author
    and its completers, and there is a manager or head who is not."""
    if actor.person_id not in involved:
        return False
    members = await list_members(uow, actor=actor, organisation_id=record.organisation_id)
    others = [
        member
        for member in members
        if member.roles & access.DECIDE.members and member.person_id not in involved
    ]
    return rules.is_recused(own=True, other_deciders=len(others))


async def _tell_involved(
    uow: UnitOfWork, record: Disclosure, decision: Decision, people: Collection[UUID]
) -> None:
    notice = Notice(
        kind="disclosures.decided",
        subject=Message(_DECIDED, number=record.number),
        body=Message(_DECIDED_BODY, decision=decision.label),
        href=href(record),
        facts={"disclosure_id": str(record.id), "number": record.number},
        urgent=True,
    )
    for person_id in sorted(people):
        await tell_person(
            uow,
            person_id=person_id,
            notice=notice,
            key=f"disclosure-decided-{record.id}-{record.submissions}",
        )


async def _prefill(
    uow: UnitOfWork, actor: Actor, content: DisclosureContent, number: str
) -> AchievementContent:
    """What may become public of a disclosure. A completer who has left the unit is named."""
    assert actor.organisation_id is not None, "who drafts acts for the unit"
    members = await list_members(uow, actor=actor, organisation_id=actor.organisation_id)
    here = {member.person_id for member in members}
    left = {row.person_id for row in content.completers if row.person_id} - here
    names = await get_person_names(uow, ids=left) if left else {}
    completers = [
        AchievementCompleter(names.get(row.person_id, ""), None, row.contribution)
        if row.person_id in left and row.person_id is not None
        else AchievementCompleter(row.name, row.person_id, row.contribution)
        for row in content.completers
    ]
    return AchievementContent(
        owner_number=number,
        title=content.title,
        abstract=content.summary[:_ABSTRACT],
        field=content.field,
        problem=content.problem[:_ANSWER],
        alternative=content.novelty[:_ANSWER],
        completers=tuple(row for row in completers if row.name or row.person_id),
    )
