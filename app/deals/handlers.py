"""Reactions to facts of the rooms below: a price was found, so a deal is opened and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.accounts.service import tell_organisation
from app.accounts.types import Role
from app.auctions.events import LotAnnulled, LotAwarded, LotFailed
from app.auctions.types import LotOutcome
from app.core.facts import Listener
from app.core.i18n import Message, _n
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.deals import service
from app.deals.events import DealCancelled, DealOpened
from app.deals.types import OriginKind
from app.inbox.types import Notice


async def on_lot_awarded(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Open the deal of an awarded lot; once, however often the fact arrives."""
    await service.open_deal(
        uow,
        origin_kind=OriginKind.lot,
        origin_id=UUID(payload["lot_id"]),
        origin_number=payload["number"],
        seller_id=UUID(payload["seller_id"]),
        buyer_id=UUID(payload["buyer_id"]),
        achievement_id=UUID(payload["achievement_id"]),
        offer_id=UUID(payload["offer_id"]),
        offer_number=payload["offer_number"],
        title=payload["title"],
        amount=Money(payload["amount_minor"], payload["currency"]),
        bid_on=payload["bid_on"],
        priced_at=datetime.fromisoformat(payload["closed_at"]),
    )


async def on_lot_failed(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """The winner defaulted: his deal is cancelled, and the offer is free again."""
    await service.cancel_deal(
        uow,
        origin_kind=OriginKind.lot,
        origin_id=UUID(payload["lot_id"]),
        reason="lot_failed",
    )


async def on_lot_annulled(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """The result was voided: where there was a winner, his deal is cancelled."""
    if payload["was"] != LotOutcome.won:
        return
    await service.cancel_deal(
        uow,
        origin_kind=OriginKind.lot,
        origin_id=UUID(payload["lot_id"]),
        reason="lot_annulled",
    )


_CANCELLED = _n("交易已取消：%(number)s")
_CANCELLED_BODY = _n("所依据的竞价未能成交或者结果已被撤销，交易不再履行，供给信息已恢复。")
_OPENED = _n("交易已建立：%(number)s")
_OPENED_SELLER = _n("贵单位为转让方，请在交易页面查看价格与签约期限。")
_OPENED_BUYER = _n("贵单位为受让方，请在交易页面查看价格与签约期限。")

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "deals.deal_opened": _n("本单位交易已建立"),
    "deals.deal_cancelled": _n("本单位交易已取消"),
}
_DEALERS: Final = (Role.manager, Role.agent, Role.head)


async def on_deal_opened(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell both sides, each in his own words."""
    sides = ((payload["seller_id"], _OPENED_SELLER), (payload["buyer_id"], _OPENED_BUYER))
    for party_id, body in sides:
        notice = Notice(
            kind="deals.deal_opened",
            subject=Message(_OPENED, number=payload["number"]),
            body=body,
            href=f"/deals/{payload['number']}",
            facts={"deal_id": payload["deal_id"], "number": payload["number"]},
            urgent=True,
        )
        await tell_organisation(
            uow,
            organisation_id=UUID(party_id),
            roles=_DEALERS,
            notice=notice,
            key=f"deal_opened:{payload['deal_id']}",
        )


async def on_deal_cancelled(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell both sides."""
    for party_id in (payload["seller_id"], payload["buyer_id"]):
        notice = Notice(
            kind="deals.deal_cancelled",
            subject=Message(_CANCELLED, number=payload["number"]),
            body=_CANCELLED_BODY,
            href=f"/deals/{payload['number']}",
            facts={"deal_id": payload["deal_id"], "number": payload["number"]},
            urgent=True,
        )
        await tell_organisation(
            uow,
            organisation_id=UUID(party_id),
            roles=_DEALERS,
            notice=notice,
            key=f"deal_cancelled:{payload['deal_id']}",
        )


LISTENERS: Final[Mapping[str, list[Listener]]] = {
    LotAwarded.topic: [on_lot_awarded],
    LotFailed.topic: [on_lot_failed],
    LotAnnulled.topic: [on_lot_annulled],
    DealOpened.topic: [on_deal_opened],
    DealCancelled.topic: [on_deal_cancelled],
}
