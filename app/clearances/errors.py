"""Refusals of this room."""

from __future__ import annotations

from app.core.errors import Conflict, NotFound


class ClearanceMissing(NotFound):
    """No gate of this id, or not yours to know."""

    code, title = "clearance-missing", "未找到该前置审查事项"


class ClearanceStateForbids(Conflict):
    """The gate does not stand where this could be done."""

    code, title = "clearance-state", "该前置审查事项当前状态不允许此操作"


class GateOpen(Conflict):
    """Something has to be settled before this can be sold; ``open`` has a sentence for each."""

    code, title = "clearance-open", "前置审查尚未完成"


class RightMissing(NotFound):
    """No right of this id, or not yours to know."""

    code, title = "right-missing", "未找到该优先购买权"


class RightStateForbids(Conflict):
    """The right was answered, waived or taken as waived."""

    code, title = "right-state", "该优先购买权已经答复或期限已过"
