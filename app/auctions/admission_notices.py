"""What is told about applications. No notice holds a code, and none says when one was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.accounts.service import tell_organisation, tell_platform
from app.auctions.admission_models import LotApplication
from app.auctions.admission_types import ApplicationState, RefusalReason
from app.auctions.models import Lot
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "auctions.application_decided": _n("本单位报名申请有结果"),
    "auctions.complaint_answered": _n("本单位的报名异议已答复"),
}
_BUYERS: Final = ("agent", "head")
_ACCEPTED_BODY: Final = _n("标的 %(number)s，请按公告交纳保证金，到账后取得竞买资格。")
_ADMITTED_BODY: Final = _n("标的 %(number)s，竞买代码请登录标的页面查看，请勿告知他人。")
_REFUSED_BODY: Final = _n(
    "标的 %(number)s，理由：%(reason)s（%(source)s）。对结果有异议的，可以在报名页面提出。"
)


async def tell_operators(uow: UnitOfWork, lot: Lot, row: LotApplication) -> None:
    """An application waits for a decision."""
    await tell_platform(
        uow,
        roles=["operator"],
        notice=Notice(
            kind="auctions.application_received",
            subject=Message(_n("竞买报名待审核：%(title)s"), title=lot.title),
            body=Message(_n("标的 %(number)s 收到新的报名申请。"), number=lot.number),
            href=f"/review/applications/{row.id}",
            facts={"application_id": str(row.id), "number": lot.number},
        ),
        key=f"application-received-{row.id}",
    )


async def tell_decided(uow: UnitOfWork, lot: Lot, row: LotApplication, *, waits: bool) -> None:
    """The applicant's result; ``waits``: for his deposit."""
    state = ApplicationState(row.state)
    said: dict[str, object] = {"number": lot.number}
    if state is ApplicationState.refused:
        reason = RefusalReason(row.reason or "")
        subject, body = _n("报名未通过：%(title)s"), _REFUSED_BODY
        said |= {"reason": reason.label, "source": reason.source}
    else:
        subject = _n("报名已通过：%(title)s")
        body = _ACCEPTED_BODY if waits else _ADMITTED_BODY
    await tell_organisation(
        uow,
        organisation_id=row.party_id,
        roles=_BUYERS,
        notice=Notice(
            kind="auctions.application_decided",
            subject=Message(subject, title=lot.title),
            body=Message(body, **said),
            href=f"/desk/applications/{row.id}",
            facts={"application_id": str(row.id), "number": lot.number, "state": row.state},
            urgent=True,
        ),
        key=f"application-decided-{row.id}-{row.state}-{row.decided_at}",
    )


async def tell_complaint(uow: UnitOfWork, lot: Lot, row: LotApplication) -> None:
    """A complaint waits for an answer of somebody who did not decide."""
    await tell_platform(
        uow,
        roles=["operator", "supervisor"],
        notice=Notice(
            kind="auctions.complaint_filed",
            subject=Message(_n("报名异议待答复：%(title)s"), title=lot.title),
            body=Message(
                _n("标的 %(number)s，须由作出决定的人以外的工作人员答复。"), number=lot.number
            ),
            href="/review/complaints",
            facts={"application_id": str(row.id), "number": lot.number},
        ),
        key=f"complaint-filed-{row.id}",
    )


async def tell_answer(uow: UnitOfWork, lot: Lot, row: LotApplication, *, upheld: bool) -> None:
    """The answer to a complaint."""
    subject = _n("报名异议成立：%(title)s") if upheld else _n("报名异议不成立：%(title)s")
    await tell_organisation(
        uow,
        organisation_id=row.party_id,
        roles=_BUYERS,
        notice=Notice(
            kind="auctions.complaint_answered",
            subject=Message(subject, title=lot.title),
            body=Message(_n("标的 %(number)s，答复见报名页面。"), number=lot.number),
            href=f"/desk/applications/{row.id}",
            facts={"application_id": str(row.id), "number": lot.number, "upheld": upheld},
            urgent=True,
        ),
        key=f"complaint-answered-{row.id}",
    )


async def tell_look(uow: UnitOfWork, lot: Lot, look_id: object) -> None:
    """A second person is needed for a look behind the codes."""
    await tell_platform(
        uow,
        roles=["supervisor", "administrator"],
        notice=Notice(
            kind="auctions.look_asked",
            subject=Message(_n("查看竞买人身份待批准：%(title)s"), title=lot.title),
            body=Message(_n("标的 %(number)s，须由申请人以外的一人批准。"), number=lot.number),
            href="/review/looks",
            facts={"look_id": str(look_id), "number": lot.number},
            urgent=True,
        ),
        key=f"look-asked-{look_id}",
    )
