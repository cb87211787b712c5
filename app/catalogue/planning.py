"""The verb of conversion plans: what a unit means to do with an achievement, and who sees to it."""

from __future__ import annotations

from app.accounts.service import list_members
from app.audit.service import note
from app.catalogue import access, edition_queries, edition_rules, queries, rules
from app.catalogue.edition_models import ConversionPlan
from app.catalogue.edition_types import ConversionPlanContent
from app.catalogue.entry import is_seen
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import Faults, Forbidden
from app.core.i18n import _n
from app.core.tx import UnitOfWork


async def set_plan(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, content: ConversionPlanContent
) -> int:
    """Set the plan of one's own achievement; ``version`` is the one seen, 0 for none.

    Answers the new version. Raises AchievementMissing, Forbidden, StaleVersion, Invalid (who is
    responsible is a member).
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.PLAN, owner=record.owner_id, visible=is_seen(actor, record))
    if actor.person_id is None or record.owner_id is None:
        raise Forbidden(_n("该成果尚未认领，没有权利单位"))
    plan = await edition_queries.find_plan(uow, record.id)
    rules.check_version(version, plan.version if plan else 0)
    cleaned = edition_rules.check_plan(content)
    before = plan.responsible_id if plan else None
    if cleaned.responsible_id not in (None, before):
        members = await list_members(uow, actor=actor, organisation_id=record.owner_id)
        if cleaned.responsible_id not in {member.person_id for member in members}:
            faults = Faults()
            faults.add("responsible_id", _n("只能选择本单位的成员。"))
            faults.check()
    if plan is None:
        plan = ConversionPlan(achievement_id=record.id, owner_id=record.owner_id, version=0)
        uow.session.add(plan)
    plan.owner_id = record.owner_id
    plan.route, plan.responsible_id = cleaned.route, cleaned.responsible_id
    plan.next_step, plan.target_on = cleaned.next_step, cleaned.target_on
    plan.negotiating = cleaned.negotiating
    plan.version += 1
    plan.updated_by, plan.updated_at = actor.person_id, uow.now
    await uow.session.flush()
    await note(
        uow,
        actor=actor,
        action="catalogue.set_plan",
        subject_kind="achievement",
        subject_id=record.id,
        facts={
            "number": record.number,
            "version": plan.version,
            "route": cleaned.route,
            "responsible_id": str(cleaned.responsible_id) if cleaned.responsible_id else None,
        },
    )
    return plan.version
