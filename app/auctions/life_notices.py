"""What is told when a lot is changed, stopped, goes on, ends early or is undone.

Whoever has applied is told, admitted or not; nobody learns who else has. The reason is a word of a
closed list, the statement stands on the lot's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.accounts.service import tell_organisation
from app.accounts.types import Role
from app.auctions import telling_queries as queries
from app.auctions.events import (
    LotAmended,
    LotAnnulled,
    LotFailed,
    LotNegotiating,
    LotResumed,
    LotTerminated,
)
from app.auctions.life_types import AnnulGround, FailReason, TerminateReason
from app.auctions.models import Lot
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.service import post_event
from app.inbox.types import Notice

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "auctions.lot_amended": _n("参与的标的发布变更公告"),
    "auctions.lot_resumed": _n("参与的标的恢复"),
    "auctions.lot_terminated": _n("参与的标的终止"),
    "auctions.lot_failed": _n("本单位标的未能成交"),
    "auctions.lot_defaulted": _n("本单位被认定违约"),
    "auctions.lot_annulled": _n("参与的标的结果被撤销"),
    "auctions.lot_negotiating": _n("本单位标的进入协商期"),
    "auctions.lot_may_negotiate": _n("本单位的最高报价未达到保留价，可以协商"),
}
SELLERS: Final = (Role.manager, Role.head)
BUYERS: Final = (Role.agent, Role.head)

_AMENDED = _n("竞价变更公告：%(title)s")
_AMENDED_BODY = _n("标的 %(number)s 的公告内容有变更，修改前后的内容和理由见标的页面。")
_RESUMED = _n("竞价恢复：%(title)s")
_RESUMED_BODY = _n("标的 %(number)s 已恢复，正在进行的周期完整重新计时，时间见标的页面。")
_TERMINATED = _n("竞价终止：%(title)s")
_TERMINATED_BODY = _n(
    "标的 %(number)s 已终止，理由：%(reason)s。说明见标的页面，已缴保证金将全部退还。"
)
_FAILED = _n("标的未能成交：%(title)s")
_FAILED_BODY = _n("标的 %(number)s 的受让方违约（%(reason)s），标的未能成交，可以再次公告。")
_DEFAULTED = _n("贵单位被认定违约：%(title)s")
_DEFAULTED_BODY = _n(
    "标的 %(number)s，理由：%(reason)s。贵单位不得再参加该成果的再次竞价，保证金按公告处理。"
)
_ANNULLED = _n("竞价结果被撤销：%(title)s")
_ANNULLED_BODY = _n(
    "标的 %(number)s 的结果已撤销，理由：%(reason)s（%(source)s）。说明见标的页面。"
)
_NEGOTIATING = _n("标的进入协商期：%(title)s")
_NEGOTIATING_BODY = _n(
    "标的 %(number)s 的最高报价未达到保留价，按公告进入协商期。"
    "有意协商的，请联系平台，由平台居间联系。"
)
_ENDED = _n("竞价结束：%(title)s")


def _notice(kind: str, lot: Lot, subject: str, body: str = "", **said: object) -> Notice:
    """A notice about a lot; its facts are public."""
    return Notice(
        kind=kind,
        subject=Message(subject, title=lot.title),
        body=Message(body, number=lot.number, **said) if body else "",
        href=f"/lots/{lot.number}",
        facts={"lot_id": str(lot.id), "number": lot.number, "outcome": lot.outcome},
        urgent=True,
    )


async def tell(
    uow: UnitOfWork, organisation_id: UUID, roles: Sequence[str], notice: Notice, key: str
) -> None:
    """Tell one organisation, once for each key."""
    await tell_organisation(
        uow, organisation_id=organisation_id, roles=roles, notice=notice, key=key
    )


async def tell_involved(uow: UnitOfWork, lot: Lot, notice: Notice, key: str) -> None:
    """Tell the seller and everybody who has applied."""
    await tell(uow, lot.seller_id, SELLERS, notice, key)
    for party_id in await queries.list_involved_ids(uow, lot.id):
        await tell(uow, party_id, BUYERS, notice, key)


async def on_lot_amended(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    notice = _notice("auctions.lot_amended", lot, _AMENDED, _AMENDED_BODY)
    await tell_involved(uow, lot, notice, f"lot_amended:{lot.id}:{payload['at']}")


async def on_lot_resumed(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    notice = _notice("auctions.lot_resumed", lot, _RESUMED, _RESUMED_BODY)
    await tell_involved(uow, lot, notice, f"lot_resumed:{lot.id}:{payload['at']}")


async def on_lot_terminated(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell everybody who is concerned, and the public."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    reason = TerminateReason(payload["reason"]).label
    key = f"lot_terminated:{lot.id}"
    notice = _notice("auctions.lot_terminated", lot, _TERMINATED, _TERMINATED_BODY, reason=reason)
    await tell_involved(uow, lot, notice, key)
    event = _notice("market.lot_closed", lot, _ENDED)
    await post_event(uow, notice=event, key=key, organisation_id=None)


async def on_lot_failed(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the seller, and the defaulter what follows for him."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    reason, key = FailReason(payload["reason"]).label, f"lot_failed:{lot.id}"
    own = _notice("auctions.lot_failed", lot, _FAILED, _FAILED_BODY, reason=reason)
    await tell(uow, lot.seller_id, SELLERS, own, key)
    defaulter = UUID(payload["defaulter_id"])
    his = _notice("auctions.lot_defaulted", lot, _DEFAULTED, _DEFAULTED_BODY, reason=reason)
    await tell(uow, defaulter, BUYERS, his, key)


async def on_lot_annulled(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    ground = AnnulGround(payload["reason"])
    said = {"reason": ground.label, "source": ground.source}
    notice = _notice("auctions.lot_annulled", lot, _ANNULLED, _ANNULLED_BODY, **said)
    await tell_involved(uow, lot, notice, f"lot_annulled:{lot.id}")


async def on_lot_negotiating(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the two who may agree; neither learns of the other."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    key = f"lot_negotiating:{lot.id}"
    own = _notice("auctions.lot_negotiating", lot, _NEGOTIATING, _NEGOTIATING_BODY)
    await tell(uow, lot.seller_id, SELLERS, own, key)
    if lot.leader_id is not None:
        his = _notice("auctions.lot_may_negotiate", lot, _NEGOTIATING, _NEGOTIATING_BODY)
        await tell(uow, lot.leader_id, BUYERS, his, key)


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    LotAmended.topic: [on_lot_amended],
    LotResumed.topic: [on_lot_resumed],
    LotTerminated.topic: [on_lot_terminated],
    LotFailed.topic: [on_lot_failed],
    LotAnnulled.topic: [on_lot_annulled],
    LotNegotiating.topic: [on_lot_negotiating],
}
