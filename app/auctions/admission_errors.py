"""Refusals of admission, of complaints and of looks behind a code."""

from __future__ import annotations

from app.core.errors import Conflict, Forbidden, NotFound


class ApplicationMissing(NotFound):
    """No application of this id, or not yours to know."""

    code, title = "application-missing", "未找到该报名申请"


class LotNotYetOpenForJoining(Conflict):
    """Registration has not begun."""

    code, title = "lot-not-yet-open-for-joining", "报名尚未开始，请留意公告的报名时间"


class ApplicationNeeded(Conflict):
    """The lot asks for conditions, documents, values or a deposit: joining is not enough."""

    code, title = "application-needed", "本标的须先提交报名申请，请在标的页面办理报名"


class AlreadyApplied(Conflict):
    """An organisation applies to a lot once at a time."""

    code, title = "already-applied", "贵单位已经报名，请在“我的报名”中查看"


class MayNotTakePart(Forbidden):
    """The closed list bars this party; ``reason`` stands in the facts."""

    code, title = "may-not-take-part", "贵单位不得参与本标的的竞价"


class ApplicationStateForbids(Conflict):
    """The application does not stand where this could be done."""

    code, title = "application-state", "该报名申请当前状态不允许此操作"


class DeciderBarred(Forbidden):
    """Nobody decides on his own affair (回避)."""

    code, title = "decider-barred", "您与申请人或转让方有关，须由其他工作人员办理"


class LookMissing(NotFound):
    """No look of this id."""

    code, title = "look-missing", "未找到该查看申请"


class LookStateForbids(Conflict):
    """The look was read, is not approved, or has run out."""

    code, title = "look-state", "该查看申请尚未批准、已经查看过或已过期"
