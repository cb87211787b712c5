"""What is told about inquiries: who wrote about what. The words themselves stay in the thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.accounts.service import tell_organisation
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.types import Notice
from app.inquiries.models import Inquiry
from app.inquiries.types import AboutKind, Side

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "inquiries.inquiry_opened": _n("本单位收到咨询"),
    "inquiries.inquiry_written": _n("本单位的咨询有新的往来"),
    "inquiries.inquiry_closed": _n("本单位的咨询已结束"),
}
# Who sees to it on either side: whoever keeps the thing, or whoever may have asked.
_KEEPERS: Final = ("manager", "inventor")
_SEEKERS: Final = ("manager", "agent", "head")
_ASKERS: Final = ("manager", "inventor", "agent", "head")


async def tell_house(
    uow: UnitOfWork,
    inquiry: Inquiry,
    side: Side,
    *,
    kind: str,
    subject: str,
    speaker: str,
    key: str,
) -> None:
    """Tell one of the two houses, in the name of the other (``speaker``)."""
    roles = _SEEKERS if inquiry.about_kind == AboutKind.demand else _KEEPERS
    owner = side is Side.owner
    await tell_organisation(
        uow,
        organisation_id=inquiry.owner_id if owner else inquiry.asker_id,
        roles=roles if owner else _ASKERS,
        notice=Notice(
            kind=kind,
            subject=Message(subject, title=inquiry.title),
            body=Message(
                _n("%(from)s，关于“%(about)s”（%(number)s）。请在站内查看和答复。"),
                **{"from": speaker},
                about=inquiry.about_title,
                number=inquiry.number,
            ),
            href=f"/desk/inquiries/{inquiry.number}",
            facts={"number": inquiry.number, "about": inquiry.about_number},
        ),
        key=f"{kind}-{inquiry.id}-{key}",
    )
