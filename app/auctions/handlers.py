"""Reactions to facts, and the news of being outbid: seller and bidders are told, each in his words.

Nobody learns who another bidder is: the price and the case number are public, codes and names are
not in any notice. Nothing here runs in a bid's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.accounts.service import tell_organisation
from app.accounts.types import Role
from app.auctions import telling_queries as queries
from app.auctions.events import LotAnnounced, LotAwarded, LotSuspended, LotUnsold
from app.auctions.life_notices import tell_involved
from app.auctions.life_types import SuspendReason
from app.auctions.models import Lot
from app.auctions.types import Ending
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from app.core.tx import UnitOfWork
from app.inbox.service import post_event
from app.inbox.types import Notice

# A crowd may bid every second; whoever was outbid hears of it once a minute at most (our default).
OUTBID_EVERY: Final = timedelta(minutes=1)

_ANNOUNCED = _n("竞价公告已发布：%(title)s")
_ANNOUNCED_BODY = _n("标的 %(number)s，自由报价期开始后即可报价。")
_SUSPENDED = _n("竞价中止：%(title)s")
_SUSPENDED_BODY = _n("标的 %(number)s 因服务中断中止，恢复时间见标的页面，当前周期将完整重新计时。")
_STOPPED_BODY = _n("标的 %(number)s 已中止，理由：%(reason)s。说明见标的页面，恢复时间另行公告。")
_SOLD = _n("标的已成交：%(title)s")
_SOLD_BODY = _n("标的 %(number)s 成交价 %(price)s，交易已建立，请及时办理。")
_WON = _n("竞价成功：%(title)s")
_WON_BODY = _n("贵单位以 %(price)s 成为标的 %(number)s 的受让方，请及时办理签约。")
_LOST = _n("竞价结束，未能成交：%(title)s")
_LOST_BODY = _n("标的 %(number)s 由其他竞买人以 %(price)s 竞得，感谢参与。")
_UNSOLD = _n("标的流拍：%(title)s")
_UNSOLD_BODY: Final[Mapping[str | None, str]] = {
    None: _n("标的 %(number)s 无人报价，供给信息已恢复，可再次发起竞价。"),
    Ending.no_bidder: _n("标的 %(number)s 无人获准参加，供给信息已恢复，可再次发起竞价。"),
    Ending.single_bidder: _n("标的 %(number)s 仅一个单位获准参加，按公告结束竞价，转为协议成交。"),
    Ending.below_reserve: _n("标的 %(number)s 的最高报价未达到保留价，不发生效力。"),
}
_NOT_SOLD = _n("竞价结束，标的流拍：%(title)s")
_NOT_SOLD_BODY = _n("标的 %(number)s 未能成交，感谢参与。已缴保证金将原路退还。")
_OUTBID = _n("您的报价已被超过：%(title)s")
_OUTBID_BODY = _n("标的 %(number)s 当前价 %(price)s，如需继续请及时报价。")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "auctions.lot_announced": _n("本单位标的已公告"),
    "auctions.lot_suspended": _n("参与的标的中止"),
    "auctions.lot_sold": _n("本单位标的成交"),
    "auctions.lot_unsold": _n("本单位标的流拍"),
    "auctions.lot_won": _n("本单位竞得标的"),
    "auctions.lot_lost": _n("本单位未竞得标的"),
    "auctions.lot_not_sold": _n("参与的标的流拍"),
    "auctions.outbid": _n("本单位报价被超过"),
    "market.lot_announced": _n("市场有新标的公告"),
    "market.lot_closed": _n("市场有标的结束"),
}
_OUTAGE: Final = SuspendReason.service_outage
_SELLERS: Final = (Role.manager, Role.head)
_BUYERS: Final = (Role.agent, Role.head)


def _notice(
    kind: str,
    lot: Lot,
    subject: str,
    body: str,
    *,
    urgent: bool = False,
    said: Mapping[str, object] | None = None,
) -> Notice:
    """A notice about a lot; its facts are public."""
    said = {"number": lot.number, "price": format_yuan(lot.price_minor or 0), **(said or {})}
    return Notice(
        kind=kind,
        subject=Message(subject, title=lot.title),
        body=Message(body, **said) if body else "",
        href=f"/lots/{lot.number}",
        facts={
            "lot_id": str(lot.id),
            "number": lot.number,
            "price_minor": None if lot.ending == Ending.below_reserve else lot.price_minor,
            "currency": lot.currency,
        },
        urgent=urgent,
    )


async def _tell(
    uow: UnitOfWork, organisation_id: UUID, roles: Sequence[str], notice: Notice, key: str
) -> None:
    await tell_organisation(
        uow, organisation_id=organisation_id, roles=roles, notice=notice, key=key
    )


async def on_lot_announced(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the seller, and the public."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    key = f"lot_announced:{lot.id}"
    own = _notice("auctions.lot_announced", lot, _ANNOUNCED, _ANNOUNCED_BODY)
    await _tell(uow, lot.seller_id, _SELLERS, own, key)
    event = _notice("market.lot_announced", lot, _ANNOUNCED, "")
    await post_event(uow, notice=event, key=key, organisation_id=None)


async def on_lot_suspended(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the seller and everyone who takes part, at once."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    at = datetime.fromisoformat(payload["suspended_at"])
    reason = SuspendReason(await queries.find_suspension_reason(uow, lot.id, at) or _OUTAGE)
    body = _SUSPENDED_BODY if reason is _OUTAGE else _STOPPED_BODY
    said = {"reason": reason.label}
    notice = _notice("auctions.lot_suspended", lot, _SUSPENDED, body, urgent=True, said=said)
    await tell_involved(uow, lot, notice, f"lot_suspended:{lot.id}:{payload['suspended_at']}")


async def on_lot_awarded(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the seller, the winner and the others, each his own part of it; then the public."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    key = f"lot_awarded:{lot.id}"
    sold = _notice("auctions.lot_sold", lot, _SOLD, _SOLD_BODY, urgent=True)
    await _tell(uow, lot.seller_id, _SELLERS, sold, key)
    won = _notice("auctions.lot_won", lot, _WON, _WON_BODY, urgent=True)
    lost = _notice("auctions.lot_lost", lot, _LOST, _LOST_BODY)
    for bidder_id in await queries.list_bidder_ids(uow, lot.id):
        await _tell(uow, bidder_id, _BUYERS, won if bidder_id == lot.leader_id else lost, key)
    await post_event(
        uow, notice=_notice("market.lot_closed", lot, _SOLD, ""), key=key, organisation_id=None
    )


async def on_lot_unsold(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell the seller and those who took part, and the public."""
    lot = await queries.get_lot(uow, UUID(payload["lot_id"]))
    key = f"lot_unsold:{lot.id}"
    body = _UNSOLD_BODY.get(lot.ending, _UNSOLD_BODY[None])
    own = _notice("auctions.lot_unsold", lot, _UNSOLD, body, urgent=True)
    await _tell(uow, lot.seller_id, _SELLERS, own, key)
    other = _notice("auctions.lot_not_sold", lot, _NOT_SOLD, _NOT_SOLD_BODY)
    for bidder_id in await queries.list_bidder_ids(uow, lot.id):
        await _tell(uow, bidder_id, _BUYERS, other, key)
    await post_event(
        uow, notice=_notice("market.lot_closed", lot, _UNSOLD, ""), key=key, organisation_id=None
    )


async def sweep_outbid(uow: UnitOfWork, *, limit: int = 20) -> int:
    """Tell those who led and lead no more, at most once a minute a lot; returns how many lots.

    Reads lots and bids without locking them: a bid never waits for this.
    """
    news = await queries.list_outbid_lots(uow, since=uow.now - OUTBID_EVERY, limit=limit)
    for lot, told_seq in news:
        # the first time is mailed at once; in a lively lot the rest is for the page
        urgent = told_seq == 0
        notice = _notice("auctions.outbid", lot, _OUTBID, _OUTBID_BODY, urgent=urgent)
        for bidder_id in await queries.list_displaced(uow, lot, told_seq):
            await _tell(uow, bidder_id, [Role.agent], notice, f"outbid:{lot.id}:{lot.seq}")
        await queries.keep_told(uow, lot)
    return len(news)


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    LotAnnounced.topic: [on_lot_announced],
    LotSuspended.topic: [on_lot_suspended],
    LotAwarded.topic: [on_lot_awarded],
    LotUnsold.topic: [on_lot_unsold],
}
