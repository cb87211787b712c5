"""What is told and noted about the confidential layer: that it is there, never what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.accounts.service import tell_organisation
from app.audit.service import note
from app.catalogue.confidential_models import ConfidentialGuest
from app.catalogue.models import Achievement
from app.core.actor import Actor
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

_READERS: Final = ("head", "agent")
_KEEPERS: Final = ("manager",)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One kind of notice; ``%(title)s`` is the achievement's public title."""

    kind: str
    subject: str
    body: str
    urgent: bool = False


INVITED: Final = Sentence(
    "catalogue.confidential_invited",
    _n("贵单位受邀查阅“%(title)s”的保密资料"),
    _n("请先阅读并同意保密承诺书，即可查阅。邀请有期限，到期后不能再打开。"),
    urgent=True,
)
NDA_CHANGED: Final = Sentence(
    "catalogue.confidential_nda_changed",
    _n("“%(title)s”的保密承诺书已更新"),
    _n("继续查阅前，请阅读并同意新文本。"),
)
ACCESS_DECLINED: Final = Sentence(
    "catalogue.confidential_declined",
    _n("查阅“%(title)s”保密资料的请求未获同意"),
    _n("权利单位没有同意本次请求。您可以查看公开信息，或与权利单位联系。"),
)
ACCESS_REVOKED: Final = Sentence(
    "catalogue.confidential_revoked",
    _n("“%(title)s”保密资料的查阅邀请已撤回"),
    _n("贵单位不能再打开该资料。已同意的保密承诺书仍然有效。"),
    urgent=True,
)
REQUESTED: Final = Sentence(
    "catalogue.confidential_requested",
    _n("有单位请求查阅“%(title)s”的保密资料"),
    _n("请在保密资料页面查看请求，决定是否邀请。"),
    urgent=True,
)
ACCEPTED: Final = Sentence(
    "catalogue.confidential_accepted",
    _n("受邀单位已同意“%(title)s”的保密承诺书"),
    _n("该单位现在可以查阅保密资料，每次打开都有记录。"),
)


async def tell_guest(
    uow: UnitOfWork, record: Achievement, guest: ConfidentialGuest, what: Sentence
) -> None:
    """Tell the invited organisation's heads and agents."""
    path = f"/achievements/{record.number}"
    if what in (INVITED, NDA_CHANGED):
        path += "/confidential"
    await tell_organisation(
        uow,
        organisation_id=guest.organisation_id,
        roles=_READERS,
        notice=_notice(record, what, path),
        key=f"{what.kind}:{guest.id}:{guest.changes}",
    )


async def tell_keeper(
    uow: UnitOfWork, record: Achievement, guest: ConfidentialGuest, what: Sentence, turn: int
) -> None:
    """Tell the owner's managers."""
    if record.owner_id is None:
        return
    await tell_organisation(
        uow,
        organisation_id=record.owner_id,
        roles=_KEEPERS,
        notice=_notice(record, what, f"/desk/achievements/{record.number}/confidential"),
        key=f"{what.kind}:{guest.id}:{turn}",
    )


def _notice(record: Achievement, what: Sentence, path: str) -> Notice:
    return Notice(
        kind=what.kind,
        subject=Message(what.subject, title=record.title),
        body=what.body,
        href=path,
        facts={"achievement_id": str(record.id)},
        urgent=what.urgent,
    )


async def note_layer(
    uow: UnitOfWork, actor: Actor, verb: str, record: Achievement, **facts: Any
) -> None:
    """One audit line: ids, versions and the NDA's hash."""
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="achievement",
        subject_id=record.id,
        facts={"number": record.number, **facts},
    )
