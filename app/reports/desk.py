"""What waits for an actor (待办): one line a queue, shown to the roles that can see to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import RowMapping

from app.accounts.types import Role, VerificationState
from app.core.actor import Actor
from app.core.tx import UnitOfWork
from app.reports.desk_queries import count_waiting
from app.reports.types import Task

ORGANISATION: Final = "/desk/organisation"


@dataclass(frozen=True, slots=True)
class _Queue:
    """A column of the count, what it says, where to see to it, and who can (empty: himself)."""

    column: str
    label: str
    href: str
    tone: str
    roles: frozenset[str] = frozenset()


_MANAGER: Final = frozenset({Role.manager.value})
_WRITERS: Final = _MANAGER | {Role.inventor.value}
_BUYERS: Final = frozenset({Role.agent.value, Role.head.value})
_HEAD: Final = frozenset({Role.head.value})
_HOUSE: Final = _MANAGER | _HEAD
_ALL: Final = _WRITERS | _BUYERS

# Somebody else waits: these come first, the actor's own unfinished work after them.
_WAITING: Final = (
    _Queue("join_requests", "有人申请加入单位，请处理", f"{ORGANISATION}#join-requests", "warn",
           _HEAD),
    _Queue("disclosures_overdue", "成果披露已过决定期限，请尽快决定", "/desk/unit-disclosures",
           "warn", _HOUSE),
    _Queue("disclosures", "成果披露待本单位决定", "/desk/unit-disclosures", "warn", _HOUSE),
    _Queue("consents", "共有人同意待本单位答复", "/desk/consents", "warn", _HOUSE),
    _Queue("confirmations", "代录的成果待我确认", "/desk/confirmations", "warn"),
    _Queue("inquiries", "咨询待本单位答复", "/desk/inquiries", "warn", _ALL),
    _Queue("rights", "优先购买权待答复，逾期视为放弃", "/desk/rights", "warn", _ALL),
    _Queue("own_rights", "本人的优先购买权待答复，逾期视为放弃", "/desk/rights", "warn"),
    _Queue("layer_requests", "有单位请求查阅保密资料，请决定是否邀请", "", "warn", _MANAGER),
    _Queue("outbid", "参与的竞价正在进行，您不是最高报价", "/desk/bids", "warn", _BUYERS),
    _Queue("negotiations", "标的在协商期内，到期未达成即告结束", "/desk/lots", "warn", _HOUSE),
    _Queue("deposits", "保证金待交纳，到账后才能报价", "/desk/deposits", "warn", _BUYERS),
    _Queue("contracts", "交易待签订合同", "/desk/deals", "warn", _MANAGER | _BUYERS),
    _Queue("disclosures_returned", "我的披露被退回，补正后重新提交", "/desk/disclosures", "warn",
           _WRITERS),
    _Queue("achievements_returned", "成果被退回，修改后重新提交", "/desk/achievements", "warn",
           _WRITERS),
    _Queue("demands_returned", "需求被退回，修改后重新提交", "/desk/demands", "warn", _BUYERS),
    _Queue("entries_refused", "代录的成果被本人退回", "/desk/behalf", "warn",
           _MANAGER | {Role.operator.value}),
    _Queue("verification_returned", "实名认证被退回，补正后重新提交", "/desk/account/verification",
           "warn"),
    _Queue("plans_late", "转化计划已过目标日期", "/desk/conversion?late=1", "warn", _HOUSE),
    _Queue("offers_expiring", "供给三十天内到期，可续期", "/desk/offers", "warn", _MANAGER),
    _Queue("lots_unsold", "标的未成交，请决定是否再次公告", "/desk/lots", "info", _HOUSE),
    _Queue("invitations", "受邀查阅保密资料，待同意保密承诺书", "/desk/confidential", "info",
           _BUYERS),
    _Queue("bank_codes", "单位银行账户待填写转账附言中的验证码", "/desk/organisation/bank", "info",
           _HEAD),
    _Queue("own_bank_codes", "个人银行账户待填写转账附言中的验证码", "/desk/account/bank", "info"),
    _Queue("uploads_to_confirm", "导入文件检查完毕，待确认导入", "/desk/imports", "info"),
    _Queue("uploads_to_map", "导入文件待核对列", "/desk/imports", "info"),
    _Queue("achievement_drafts", "成果草稿待完成", "/desk/achievements", "info", _WRITERS),
    _Queue("disclosure_drafts", "披露草稿待提交", "/desk/disclosures", "info", _WRITERS),
    _Queue("offer_drafts", "供给草稿待发布", "/desk/offers", "info", _MANAGER),
    _Queue("lot_drafts", "标的草稿待公告", "/desk/lots", "info", _HOUSE),
    _Queue("demand_drafts", "需求草稿待提交", "/desk/demands", "info", _BUYERS),
)  # fmt: skip


async def list_own_tasks(uow: UnitOfWork, actor: Actor) -> list[Task]:
    """What waits for the actor and, in his roles, for the organisation he acts for.

    One statement whatever he is; queues where nothing waits are left out.
    """
    counts = await count_waiting(uow, actor.person_id, actor.organisation_id)
    tasks = [
        Task(queue.label, counts[queue.column], _address(queue, counts), queue.tone)
        for queue in _WAITING
        if counts[queue.column] and (not queue.roles or actor.roles & queue.roles)
    ]
    if counts["verification"] in {VerificationState.unverified, VerificationState.returned}:
        tasks.insert(0, Task("单位尚未认证，认证后才能发布供给和参与竞价", 1, ORGANISATION, "warn"))
    return tasks


def _address(queue: _Queue, counts: RowMapping) -> str:
    """Where to see to it; a confidential layer has a page of its own: the oldest request's."""
    if queue.column == "layer_requests":
        return f"/desk/achievements/{counts['layer_number']}/confidential"
    return queue.href
