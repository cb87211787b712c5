"""Reactions to facts: owners, operators and subscribers are told what became of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.accounts.service import tell_organisation, tell_platform
from app.accounts.types import Role
from app.catalogue import offer_queries, queries
from app.catalogue.events import (
    AchievementPublished,
    AchievementReturned,
    AchievementSubmitted,
    ClaimRequested,
    ClaimResolved,
    OfferExpired,
    OfferPublished,
)
from app.catalogue.models import Achievement
from app.catalogue.types import AchievementState, ClaimState
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.service import post_event
from app.inbox.types import Notice

_SUBMITTED = _n("成果待审核：%(title)s")
_SUBMITTED_BODY = _n("编号 %(number)s，请在审核队列中办理。")
_PUBLISHED = _n("成果已发布：%(title)s")
_PUBLISHED_BODY = _n("编号 %(number)s，现在可以登记供给信息。")
_RETURNED = _n("成果已退回：%(title)s")
_RETURNED_BODY = _n("编号 %(number)s，请查看退回理由，修改后重新提交。")
_CLAIM = _n("有单位认领成果：%(title)s")
_CLAIM_BODY = _n("请在认领审核中核对证明材料并办理。")
_CLAIM_ACCEPTED = _n("认领已通过：%(title)s")
_CLAIM_ACCEPTED_BODY = _n("该成果现由贵单位维护。")
_CLAIM_REFUSED = _n("认领未通过：%(title)s")
_CLAIM_REFUSED_BODY = _n("如有新的证明材料，可以再次申请。")
_OFFER_EXPIRED = _n("供给信息已到期下架：%(number)s")
_OFFER_EXPIRED_BODY = _n("对应成果“%(title)s”。如仍可提供，请重新登记供给信息。")
_OFFER_PUBLISHED = _n("新的供给信息：%(title)s")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "catalogue.achievement_published": _n("本单位成果已发布"),
    "catalogue.achievement_returned": _n("本单位成果被退回"),
    "catalogue.claim_resolved": _n("本单位认领有结果"),
    "catalogue.offer_expired": _n("本单位供给信息到期"),
    "catalogue.consent_asked": _n("请本单位作为共有人答复"),
    "catalogue.consent_given": _n("共有人同意本单位处置"),
    "catalogue.consent_refused": _n("共有人未同意本单位处置"),
    "catalogue.consent_withdrawn": _n("共有人撤回对本单位的同意"),
    "catalogue.confidential_requested": _n("有单位请求查阅本单位保密资料"),
    "catalogue.confidential_accepted": _n("受邀单位同意本单位的保密承诺书"),
    "catalogue.confidential_invited": _n("本单位受邀查阅保密资料"),
    "catalogue.confidential_nda_changed": _n("受邀查阅的保密承诺书已更新"),
    "catalogue.confidential_declined": _n("本单位的查阅请求未获同意"),
    "catalogue.confidential_revoked": _n("本单位的查阅邀请已撤回"),
    "market.achievement_published": _n("市场有新成果发布"),
    "market.offer_published": _n("市场有新供给信息发布"),
}
_KEEPERS: Final = (Role.manager, Role.inventor)


def _facts(record: Achievement) -> dict[str, Any]:
    return {"achievement_id": str(record.id), "number": record.number, "version": record.version}


async def on_achievement_submitted(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the operators, unless somebody has decided meanwhile."""
    record = await queries.get_achievement_by_id(uow, UUID(payload["achievement_id"]))
    if record.state != AchievementState.submitted:
        return
    notice = Notice(
        kind="catalogue.achievement_submitted",
        subject=Message(_SUBMITTED, title=record.title),
        body=Message(_SUBMITTED_BODY, number=record.number),
        href="/review/achievements",
        facts=_facts(record),
    )
    key = f"achievement_submitted:{record.id}:{payload['version']}"
    await tell_platform(uow, roles=[Role.operator], notice=notice, key=key)


async def on_achievement_published(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell those who keep it, and the public."""
    record = await queries.get_achievement_by_id(uow, UUID(payload["achievement_id"]))
    key = f"achievement_published:{record.id}:{payload['version']}"
    href = f"/achievements/{record.number}"
    subject = Message(_PUBLISHED, title=record.title)
    if record.owner_id is not None:
        notice = Notice(
            kind="catalogue.achievement_published",
            subject=subject,
            body=Message(_PUBLISHED_BODY, number=record.number),
            href=href,
            facts=_facts(record),
        )
        await tell_organisation(
            uow, organisation_id=record.owner_id, roles=_KEEPERS, notice=notice, key=key
        )
    event = Notice("market.achievement_published", subject, "", href, _facts(record))
    await post_event(uow, notice=event, key=key, organisation_id=None)


async def on_achievement_returned(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell those who keep it."""
    record = await queries.get_achievement_by_id(uow, UUID(payload["achievement_id"]))
    if record.owner_id is None:
        return
    notice = Notice(
        kind="catalogue.achievement_returned",
        subject=Message(_RETURNED, title=record.title),
        body=Message(_RETURNED_BODY, number=record.number),
        href=f"/desk/achievements/{record.number}/edit",
        facts=_facts(record),
        urgent=True,
    )
    await tell_organisation(
        uow,
        organisation_id=record.owner_id,
        roles=_KEEPERS,
        notice=notice,
        key=f"achievement_returned:{record.id}:{payload['version']}",
    )


async def on_claim_requested(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the operators, unless somebody has decided meanwhile."""
    claim = await queries.get_claim(uow, UUID(payload["claim_id"]))
    if claim.state != ClaimState.pending:
        return
    record = await queries.get_achievement_by_id(uow, claim.achievement_id)
    notice = Notice(
        kind="catalogue.claim_requested",
        subject=Message(_CLAIM, title=record.title),
        body=_CLAIM_BODY,
        href="/review/claims",
        facts={"claim_id": str(claim.id), "number": record.number},
    )
    key = f"claim_requested:{claim.id}"
    await tell_platform(uow, roles=[Role.operator], notice=notice, key=key)


async def on_claim_resolved(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the organisation that asked."""
    accepted = payload["state"] == ClaimState.accepted
    record = await queries.get_achievement_by_id(uow, UUID(payload["achievement_id"]))
    subject = _CLAIM_ACCEPTED if accepted else _CLAIM_REFUSED
    notice = Notice(
        kind="catalogue.claim_resolved",
        subject=Message(subject, title=record.title),
        body=_CLAIM_ACCEPTED_BODY if accepted else _CLAIM_REFUSED_BODY,
        href=f"/achievements/{record.number}",
        facts={
            "claim_id": payload["claim_id"],
            "number": record.number,
            "accepted": accepted,
        },
        urgent=True,
    )
    await tell_organisation(
        uow,
        organisation_id=UUID(payload["organisation_id"]),
        roles=[Role.manager, Role.head],
        notice=notice,
        key=f"claim_resolved:{payload['claim_id']}",
    )


async def on_offer_expired(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the owner's managers."""
    record = await queries.get_achievement_by_id(uow, UUID(payload["achievement_id"]))
    notice = Notice(
        kind="catalogue.offer_expired",
        subject=Message(_OFFER_EXPIRED, number=payload["number"]),
        body=Message(_OFFER_EXPIRED_BODY, title=record.title),
        href="/desk/offers",
        facts={"offer_id": payload["offer_id"], "number": payload["number"]},
    )
    await tell_organisation(
        uow,
        organisation_id=UUID(payload["owner_id"]),
        roles=[Role.manager],
        notice=notice,
        key=f"offer_expired:{payload['offer_id']}:{payload['version']}",
    )


async def on_offer_published(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the public."""
    offer = await offer_queries.get_offer_by_id(uow, UUID(payload["offer_id"]))
    record = await queries.get_achievement_by_id(uow, offer.achievement_id)
    event = Notice(
        kind="market.offer_published",
        subject=Message(_OFFER_PUBLISHED, title=record.title),
        body="",
        href=f"/offers/{offer.number}",
        facts={
            "offer_id": str(offer.id),
            "number": offer.number,
            "achievement_number": record.number,
        },
    )
    key = f"offer_published:{offer.id}:{payload['version']}"
    await post_event(uow, notice=event, key=key, organisation_id=None)


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    AchievementSubmitted.topic: [on_achievement_submitted],
    AchievementPublished.topic: [on_achievement_published],
    AchievementReturned.topic: [on_achievement_returned],
    ClaimRequested.topic: [on_claim_requested],
    ClaimResolved.topic: [on_claim_resolved],
    OfferExpired.topic: [on_offer_expired],
    OfferPublished.topic: [on_offer_published],
}
