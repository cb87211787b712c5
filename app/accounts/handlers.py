"""Reactions to facts: heads and operators are told what became of an application.

Also what the inbox announces about itself, since it knows no people: a webhook that was disabled,
a mail that could not be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.accounts import organisation_queries
from app.accounts.events import (
    OrganisationReturned,
    OrganisationSubmitted,
    OrganisationVerified,
)
from app.accounts.telling import tell_organisation, tell_platform
from app.accounts.types import Role, VerificationState
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.events import DispatchDied, EndpointDisabled
from app.inbox.types import Notice

_DESK: Final = "/desk/organisation"
_SUBMITTED = _n("%(name)s 申请单位认证")
_SUBMITTED_BODY = _n("请在审核队列中核对并办理。")
_VERIFIED = _n("%(name)s 已通过认证")
_VERIFIED_BODY = _n("现在可以公开发布成果、供给和需求，并参与竞价。")
_RETURNED = _n("%(name)s 的认证申请已退回")
_RETURNED_BODY = _n("退回理由：%(reason)s")
_DISABLED = _n("事件回调地址已自动停用")
_DISABLED_BODY = _n("长时间投递失败。请检查对方系统，修复后可重新启用。")
_UNSENT = _n("有邮件或短信未能送达")
_UNSENT_BODY = _n("多次重试后仍未发出，请检查邮件和短信服务设置。")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "accounts.organisation_verified": _n("本单位通过认证"),
    "accounts.organisation_returned": _n("本单位认证申请被退回"),
    "accounts.join_requested": _n("有人申请加入本单位"),
    "accounts.bank_account_verified": _n("本单位银行账户通过核验"),
    "accounts.bank_account_returned": _n("本单位银行账户未通过核验"),
}


async def on_submitted(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the operators, unless somebody has decided meanwhile."""
    found = await organisation_queries.get_organisation(uow, UUID(payload["organisation_id"]))
    if found.state != VerificationState.submitted:
        return
    notice = Notice(
        kind="accounts.organisation_submitted",
        subject=Message(_SUBMITTED, name=found.name),
        body=_SUBMITTED_BODY,
        href="/review/organisations",
        facts={"organisation_id": str(found.id), "number": found.number},
    )
    key = f"organisation_submitted:{found.id}:{payload['at']}"
    await tell_platform(uow, roles=[Role.operator], notice=notice, key=key)


async def on_verified(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the heads."""
    found = await organisation_queries.get_organisation(uow, UUID(payload["organisation_id"]))
    notice = Notice(
        kind="accounts.organisation_verified",
        subject=Message(_VERIFIED, name=found.name),
        body=_VERIFIED_BODY,
        href=_DESK,
        facts={"organisation_id": str(found.id), "number": found.number},
        urgent=True,
    )
    await tell_organisation(
        uow,
        organisation_id=found.id,
        roles=[Role.head],
        notice=notice,
        key=f"organisation_verified:{found.id}",
    )


async def on_returned(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the heads why."""
    found = await organisation_queries.get_organisation(uow, UUID(payload["organisation_id"]))
    if found.state != VerificationState.returned:  # corrected and handed in again meanwhile
        return
    notice = Notice(
        kind="accounts.organisation_returned",
        subject=Message(_RETURNED, name=found.name),
        body=Message(_RETURNED_BODY, reason=found.reason),
        href=_DESK,
        facts={"organisation_id": str(found.id), "number": found.number},
        urgent=True,
    )
    await tell_organisation(
        uow,
        organisation_id=found.id,
        roles=[Role.head],
        notice=notice,
        key=f"organisation_returned:{found.id}:{payload['at']}",
    )


async def on_endpoint_disabled(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the heads; their webhook cannot."""
    endpoint = payload["endpoint_id"]
    notice = Notice(
        kind="inbox.endpoint_disabled",
        subject=_DISABLED,
        body=_DISABLED_BODY,
        href=f"/desk/webhooks/{endpoint}",
        facts={"endpoint_id": endpoint},
        urgent=True,
    )
    await tell_organisation(
        uow,
        organisation_id=UUID(payload["organisation_id"]),
        roles=[Role.head],
        notice=notice,
        # one a day is enough, also when it is switched on and fails again
        key=f"endpoint_disabled:{endpoint}:{uow.now.date().isoformat()}",
    )


async def on_dispatch_died(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the administrators, once a day however many there are."""
    notice = Notice(
        kind="inbox.dispatch_died",
        subject=_UNSENT,
        body=_UNSENT_BODY,
        href="/desk",
        facts={"channel": payload["channel"]},
    )
    key = f"dispatch_died:{payload['channel']}:{uow.now.date().isoformat()}"
    await tell_platform(uow, roles=[Role.administrator], notice=notice, key=key)


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    OrganisationSubmitted.topic: [on_submitted],
    OrganisationVerified.topic: [on_verified],
    OrganisationReturned.topic: [on_returned],
    EndpointDisabled.topic: [on_endpoint_disabled],
    DispatchDied.topic: [on_dispatch_died],
}
