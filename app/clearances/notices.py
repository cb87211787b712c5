"""What is told about gates and rights: to the holder, to the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.accounts import service as accounts
from app.catalogue.types import OfferFacts
from app.clearances.models import Clearance, PreemptionRight
from app.clearances.types import ClearanceKind, RightResponse
from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "clearances.right_notified": _n("本单位收到优先购买权通知"),
    "clearances.right_answered": _n("优先购买权人已答复"),
    "clearances.blocked": _n("前置审查事项被平台阻止"),
}
_ANSWERS: Final = {
    RightResponse.take_part: _n("优先购买权人将参加并保留优先购买权"),
    RightResponse.waive: _n("优先购买权人已放弃"),
    RightResponse.silent: _n("优先购买权人逾期未答复，视为放弃"),
}


async def tell_holder(uow: UnitOfWork, row: PreemptionRight, offer: OfferFacts) -> None:
    """Tell a holder who is a party here; by which way he was served in law is another matter."""
    if row.holder_id is None:
        return
    notice = Notice(
        kind="clearances.right_notified",
        subject=_n("您有一项优先购买权待答复"),
        body=Message(
            _n("供给信息 %(offer)s，请在 %(until)s 前答复，逾期视为放弃。"),
            offer=offer.number,
            until=f"{row.answer_by.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        ),
        href=f"/desk/rights/{row.id}",
        facts={"right_id": str(row.id), "offer": offer.number},
        urgent=True,
    )
    key = f"right-notified-{row.id}"
    if row.holder_id in await accounts.get_organisations(uow, ids=[row.holder_id]):
        await accounts.tell_organisation(
            uow,
            organisation_id=row.holder_id,
            roles=["head", "manager", "agent"],
            notice=notice,
            key=key,
        )
    else:
        await accounts.tell_person(uow, person_id=row.holder_id, notice=notice, key=key)


async def tell_answer(uow: UnitOfWork, row: PreemptionRight, offer: OfferFacts) -> None:
    """Tell the managers of the house what became of a right."""
    assert row.response is not None, "an answer has been written"
    await accounts.tell_organisation(
        uow,
        organisation_id=row.owner_id,
        roles=["manager"],
        notice=Notice(
            kind="clearances.right_answered",
            subject=_ANSWERS[RightResponse(row.response)],
            body=Message(_n("供给信息 %(offer)s 的前置审查有新的进展。"), offer=offer.number),
            href=f"/desk/offers/{offer.number}/clearances",
            facts={"right_id": str(row.id), "offer": offer.number, "response": row.response},
        ),
        key=f"right-answered-{row.id}",
    )


async def tell_blocked(uow: UnitOfWork, row: Clearance, offer: OfferFacts) -> None:
    """Tell the managers of the house that the platform stopped a sale."""
    await accounts.tell_organisation(
        uow,
        organisation_id=row.owner_id,
        roles=["manager", "head"],
        notice=Notice(
            kind="clearances.blocked",
            subject=Message(
                _n("前置审查事项被平台阻止：%(kind)s"), kind=ClearanceKind(row.kind).label
            ),
            body=Message(
                _n("供给信息 %(offer)s：%(reason)s"), offer=offer.number, reason=row.reason
            ),
            href=f"/desk/offers/{offer.number}/clearances",
            facts={"clearance_id": str(row.id), "offer": offer.number, "kind": row.kind},
            urgent=True,
        ),
        key=f"clearance-blocked-{row.id}-{row.decided_at}",
    )
