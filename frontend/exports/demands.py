"""Demands as tables."""

from __future__ import annotations

from typing import Final

from app.core.i18n import _n
from app.demands.types import DemandView
from frontend.exports.columns import Column, Listing

_DEMAND: Final[tuple[Column[DemandView], ...]] = (
    Column(_n("需求编号"), lambda demand: demand.number),
    Column(_n("需求名称"), lambda demand: demand.content.title),
    Column(_n("需求方"), lambda demand: demand.holder),
    Column(_n("需求类型"), lambda demand: demand.content.need),
    Column(_n("技术领域"), lambda demand: demand.content.field),
    Column(_n("需求内容"), lambda demand: demand.content.problem),
    Column(_n("技术指标"), lambda demand: demand.content.targets),
    Column(_n("拟投入（元）"), lambda demand: demand.content.budget_minor, "money"),
    Column(_n("合作方式"), lambda demand: demand.content.cooperation),
    Column(_n("地区"), lambda demand: demand.content.region),
    Column(_n("需要解决的日期"), lambda demand: demand.content.deadline_on, "date"),
    Column(_n("来源"), lambda demand: demand.origin),
    Column(_n("状态"), lambda demand: demand.state, "state"),
)
_SUBMITTED: Final[Column[DemandView]] = Column(
    _n("提交时间"), lambda demand: demand.submitted_at, "time"
)
_PUBLISHED: Final[Column[DemandView]] = Column(
    _n("发布时间"), lambda demand: demand.published_at, "time"
)

PUBLIC_DEMANDS: Final = Listing("demands.public", _n("技术需求"), (*_DEMAND, _PUBLISHED))
OWN_DEMANDS: Final = Listing("demands.own", _n("我的需求"), (*_DEMAND, _SUBMITTED, _PUBLISHED))
WAITING_DEMANDS: Final = Listing(
    "demands.waiting", _n("待审核需求"), (*_DEMAND, _SUBMITTED), audited=True
)
