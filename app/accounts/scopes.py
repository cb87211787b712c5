"""The scopes (权限范围) an API token may have: one to read and one to write in each room.

Which scope an action needs follows from its permission's name (``core.access``); this list holds
the words that people see. A test compares it with the permissions of all rooms.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from app.core.errors import FieldError, Invalid
from app.core.i18n import _n

SCOPES: Final[dict[str, str]] = {
    "accounts:read": _n("查看本人与本单位的信息、成员名单"),
    "accounts:write": _n("办理单位事务：成员、认证、角色"),
    "catalogue:read": _n("查看本单位未公开的成果与供给"),
    "catalogue:write": _n("登记、修改、提交、撤回成果与供给"),
    "disclosures:read": _n("查看职务科技成果披露与转化清单"),
    "disclosures:write": _n("提交与办理职务科技成果披露"),
    "clearances:read": _n("查看前置审查与优先购买权"),
    "clearances:write": _n("办理前置审查、答复优先购买权"),
    "demands:read": _n("查看本单位未公开的需求"),
    "demands:write": _n("登记、修改、提交、关闭需求"),
    "auctions:read": _n("查看本单位参与和发布的竞价"),
    "auctions:write": _n("发布竞价标的、报名、出价"),
    "deals:read": _n("查看本单位的交易"),
    "inbox:read": _n("查看消息与推送设置"),
    "inbox:write": _n("处理消息、管理推送设置"),
    "imports:write": _n("批量导入成果与需求"),
    "reports:read": _n("查看工作台的待办与统计"),
}


def check_scopes(scopes: Collection[str]) -> None:
    """A token has at least one scope, and only known ones. Raises Invalid."""
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise Invalid([FieldError("scopes", "请至少选择一项权限范围")])
