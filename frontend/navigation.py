"""The menus: the site's main one and the workbench's, by what an actor does here.

A menu is an offer, not a permission: each page still asks `core.access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.core.actor import Actor
from app.core.i18n import _n


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: label (Chinese source text), address, and which roles see it (empty: all)."""

    label: str
    href: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A headed part of the workbench's menu."""

    label: str
    items: tuple[Item, ...]


SITE: Final = (
    Item(_n("成果"), "/search?kind=achievement"),
    Item(_n("供给"), "/search?kind=offer"),
    Item(_n("需求"), "/demands"),
    Item(_n("竞价"), "/lots"),
    Item(_n("目录"), "/catalogues"),
    Item(_n("帮助"), "/help"),
)

_SELL = frozenset({"manager"})
_WRITE = frozenset({"manager", "inventor"})
_BUY = frozenset({"agent", "head"})
_HEAD = frozenset({"head"})
_MEMBERS = _WRITE | _BUY
_OPERATE = frozenset({"operator"})
_PUBLISH = frozenset({"publisher"})
_REVIEW = frozenset({"operator", "supervisor", "administrator"})
_ADMINISTER = frozenset({"administrator"})
_ADMIT = frozenset({"operator", "supervisor"})
_UNVEIL = frozenset({"supervisor", "administrator"})

# Where an address stands in two groups it is for different people; who is both sees it once.
DESK: Final = (
    Group(
        _n("工作台"),
        (
            Item(_n("待办事项"), "/desk"),
            Item(_n("消息"), "/desk/inbox"),
            Item(_n("保存的检索"), "/desk/searches"),
            Item(_n("咨询"), "/desk/inquiries", _MEMBERS),
            Item(_n("我的优先购买权"), "/desk/rights", _MEMBERS),
        ),
    ),
    Group(
        _n("成果"),
        (
            Item(_n("成果披露"), "/desk/disclosures", _WRITE),
            Item(_n("本单位的披露"), "/desk/unit-disclosures", _SELL | _HEAD),
            Item(_n("我的成果"), "/desk/achievements", _WRITE),
            Item(_n("待我确认的成果"), "/desk/confirmations", _WRITE),
            Item(_n("代录成果"), "/desk/behalf", _SELL),
            Item(_n("共有人同意"), "/desk/consents", _SELL | _HEAD),
        ),
    ),
    Group(
        _n("供给与竞价"),
        (
            Item(_n("供给信息"), "/desk/offers", _SELL),
            Item(_n("竞价标的"), "/desk/lots", _SELL),
            Item(_n("批量导入"), "/desk/imports", _SELL),
        ),
    ),
    Group(
        _n("目录与转化"),
        (
            Item(_n("转化清单"), "/desk/conversion", _SELL | _HEAD),
            Item(_n("成果目录编制"), "/desk/catalogues", _SELL | _HEAD | _PUBLISH),
        ),
    ),
    Group(
        _n("需求与交易"),
        (
            Item(_n("我的需求"), "/desk/demands", _BUY),
            Item(_n("我的报名"), "/desk/applications", _BUY),
            Item(_n("参与的竞价"), "/desk/bids", _BUY),
            Item(_n("我的保证金"), "/desk/deposits", _BUY),
            Item(_n("受邀查阅"), "/desk/confidential", _BUY),
            Item(_n("我的交易"), "/desk/deals", _BUY | _SELL),
            Item(_n("批量导入"), "/desk/imports", _BUY),
        ),
    ),
    Group(
        _n("竞价监管"),
        (
            Item(_n("竞价标的监管"), "/review/lots", _ADMIT),
            Item(_n("竞买报名审核"), "/review/applications", _ADMIT),
            Item(_n("报名异议"), "/review/complaints", _ADMIT),
            Item(_n("查看竞买人身份"), "/review/looks", _UNVEIL),
        ),
    ),
    Group(
        _n("平台"),
        (
            Item(_n("审核队列"), "/review", _REVIEW),
            Item(_n("资金管理"), "/review/payments", _REVIEW),
            Item(_n("代录成果"), "/desk/behalf", _OPERATE),
            Item(_n("批量导入"), "/desk/imports", _REVIEW),
            Item(_n("披露统计"), "/review/disclosures", _REVIEW),
            Item(_n("平台角色"), "/desk/roles", _ADMINISTER),
            Item(_n("开业检查"), "/desk/setup", _ADMINISTER),
            Item(_n("审计记录"), "/desk/audit", _REVIEW),
        ),
    ),
    Group(
        _n("单位与账号"),
        (
            Item(_n("单位与成员"), "/desk/organisation"),
            Item(_n("事件回调"), "/desk/webhooks", _HEAD),
            Item(_n("我的账号"), "/desk/account"),
            Item(_n("访问令牌"), "/desk/tokens"),
        ),
    ),
)
_MONEY: Final = tuple(
    f"/review/{name}" for name in ("payouts", "refunds", "statements", "differences", "deposits")
)  # pages beside 资金管理, each with an address of its own
_ADDRESSES: Final = frozenset(
    item.href.partition("?")[0]
    for item in (*SITE, *(item for group in DESK for item in group.items))
)


def desk(actor: Actor) -> list[Group]:
    """The workbench's menu for an actor: the entries of his roles, each address once, without
    empty groups."""
    groups = []
    listed: set[str] = set()
    for group in DESK:
        items = tuple(
            item
            for item in group.items
            if item.href not in listed and (not item.roles or item.roles & actor.roles)
        )
        listed |= {item.href for item in items}
        if items:
            groups.append(Group(group.label, items))
    return groups


def is_current(href: str, path: str) -> bool:
    """Whether an entry stands for the page at `path`: its own or one below it that has none."""
    own = href.partition("?")[0]
    if path.startswith(_MONEY):
        return own == "/review/payments"
    return own == max(filter(lambda one: _holds(one, path), _ADDRESSES), key=len, default=None)


def _holds(own: str, path: str) -> bool:
    if own in ("/desk", "/search"):
        return path == own
    return path == own or path.startswith(f"{own}/")
