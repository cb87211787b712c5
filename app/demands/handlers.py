"""Reactions to facts: authors, operators and subscribers are told what became of a demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.accounts.service import tell_organisation, tell_platform
from app.accounts.types import Role
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.demands import queries
from app.demands.events import (
    DemandClosed,
    DemandPublished,
    DemandReturned,
    DemandSubmitted,
)
from app.demands.models import Demand
from app.demands.types import CloseReason, DemandState
from app.inbox.service import post_event
from app.inbox.types import Notice

_SUBMITTED = _n("需求待审核：%(title)s")
_SUBMITTED_BODY = _n("编号 %(number)s，请在审核队列中办理。")
_PUBLISHED = _n("需求已发布：%(title)s")
_PUBLISHED_BODY = _n("编号 %(number)s，有效期届满前都可以被检索到。")
_RETURNED = _n("需求已退回：%(title)s")
_RETURNED_BODY = _n("退回理由：%(reason)s")
_EXPIRED = _n("需求已到期：%(title)s")
_EXPIRED_BODY = _n("编号 %(number)s 已停止展示。如仍有需要，请重新登记。")
_REMOVED = _n("需求已由平台下架：%(title)s")
_REMOVED_BODY = _n("编号 %(number)s 已停止展示，如有疑问请联系平台。")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "demands.demand_published": _n("本单位需求已发布"),
    "demands.demand_returned": _n("本单位需求被退回"),
    "demands.demand_closed": _n("本单位需求到期或下架"),
    "market.demand_published": _n("市场有新需求发布"),
}
_AUTHORS: Final = (Role.manager, Role.agent, Role.head)
# Why a demand ended without its author: he must learn of it.
_ENDINGS: Final = {
    CloseReason.expired.value: (_EXPIRED, _EXPIRED_BODY),
    CloseReason.removed.value: (_REMOVED, _REMOVED_BODY),
}


def _facts(demand: Demand) -> dict[str, Any]:
    return {"demand_id": str(demand.id), "number": demand.number}


async def on_demand_submitted(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the operators, unless somebody has decided meanwhile."""
    demand = await queries.get_demand(uow, payload["number"])
    if demand.state != DemandState.submitted:
        return
    notice = Notice(
        kind="demands.demand_submitted",
        subject=Message(_SUBMITTED, title=demand.title),
        body=Message(_SUBMITTED_BODY, number=demand.number),
        href="/review/demands",
        facts=_facts(demand),
    )
    key = f"demand_submitted:{demand.id}:{payload['version']}"
    await tell_platform(uow, roles=[Role.operator], notice=notice, key=key)


async def on_demand_published(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell its authors, and the public."""
    demand = await queries.get_demand(uow, payload["number"])
    subject = Message(_PUBLISHED, title=demand.title)
    body = Message(_PUBLISHED_BODY, number=demand.number)
    key = f"demand_published:{demand.id}:{payload['version']}"
    await _tell(uow, demand, "demands.demand_published", subject, body, key)
    event = Notice(
        "market.demand_published", subject, "", f"/demands/{demand.number}", _facts(demand)
    )
    await post_event(uow, notice=event, key=key, organisation_id=None)


async def on_demand_returned(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell its authors why."""
    demand = await queries.get_demand(uow, payload["number"])
    if demand.state != DemandState.returned:  # corrected and handed in again meanwhile
        return
    await _tell(
        uow,
        demand,
        "demands.demand_returned",
        Message(_RETURNED, title=demand.title),
        Message(_RETURNED_BODY, reason=demand.return_reason),
        f"demand_returned:{demand.id}:{payload['version']}",
        urgent=True,
    )


async def on_demand_closed(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell its authors when it was not their own doing."""
    if payload["reason"] not in _ENDINGS:
        return
    demand = await queries.get_demand(uow, payload["number"])
    subject, body = _ENDINGS[payload["reason"]]
    await _tell(
        uow,
        demand,
        "demands.demand_closed",
        Message(subject, title=demand.title),
        Message(body, number=demand.number),
        f"demand_closed:{demand.id}",
        urgent=payload["reason"] == CloseReason.removed,
    )


async def _tell(
    uow: UnitOfWork,
    demand: Demand,
    kind: str,
    subject: str,
    body: str,
    key: str,
    *,
    urgent: bool = False,
) -> None:
    """Tell the authors of a demand that somebody entered; imported ones have none."""
    if demand.owner_id is None:
        return
    href = f"/demands/{demand.number}"
    notice = Notice(kind, subject, body, href, _facts(demand), urgent=urgent)
    await tell_organisation(
        uow, organisation_id=demand.owner_id, roles=_AUTHORS, notice=notice, key=key
    )


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    DemandSubmitted.topic: [on_demand_submitted],
    DemandPublished.topic: [on_demand_published],
    DemandReturned.topic: [on_demand_returned],
    DemandClosed.topic: [on_demand_closed],
}
