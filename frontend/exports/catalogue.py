"""Achievements, offers and claims as tables."""

from __future__ import annotations

from typing import Any, Final

from app.core.i18n import _n
from frontend.exports.columns import Column, Listing

_LINE: Final[tuple[Column[Any], ...]] = (
    Column(_n("成果编号"), lambda line: line.facts.number),
    Column(_n("单位编号"), lambda line: line.owner_number),
    Column(_n("成果名称"), lambda line: line.facts.title),
    Column(_n("权利人"), lambda line: line.facts.holder_name),
    Column(_n("技术领域"), lambda line: line.field),
    Column(_n("来源"), lambda line: line.facts.origin),
    Column(_n("状态"), lambda line: line.facts.state, "state"),
)
_UPDATED: Final[Column[Any]] = Column(_n("更新时间"), lambda line: line.updated_at, "time")
_SUBMITTED: Final[Column[Any]] = Column(_n("提交时间"), lambda line: line.submitted_at, "time")
_PUBLISHED: Final[Column[Any]] = Column(_n("发布时间"), lambda line: line.published_at, "time")

OWN_ACHIEVEMENTS: Final = Listing(
    "achievements.own", _n("我的成果"), (*_LINE, _UPDATED, _PUBLISHED)
)
WAITING_ACHIEVEMENTS: Final = Listing(
    "achievements.waiting", _n("待审核成果"), (*_LINE, _SUBMITTED), audited=True
)
OWN_OFFERS: Final[Listing[Any]] = Listing(
    "offers.own",
    _n("供给信息"),
    (
        Column(_n("供给编号"), lambda offer: offer.facts.number),
        Column(_n("成果编号"), lambda offer: offer.achievement_number),
        Column(_n("成果名称"), lambda offer: offer.achievement_title),
        Column(_n("合作方式"), lambda offer: offer.facts.disposal),
        Column(_n("意向价（元）"), lambda offer: offer.facts.asking_minor, "money"),
        Column(_n("期限（年）"), lambda offer: offer.facts.period_years, "number"),
        Column(_n("状态"), lambda offer: offer.facts.state, "state"),
        Column(_n("有效期至"), lambda offer: offer.facts.expires_at, "time"),
        Column(_n("更新时间"), lambda offer: offer.updated_at, "time"),
        Column(_n("发布时间"), lambda offer: offer.published_at, "time"),
    ),
)
WAITING_CLAIMS: Final[Listing[Any]] = Listing(
    "claims.waiting",
    _n("待处理认领"),
    (
        Column(_n("成果编号"), lambda claim: claim.achievement_number),
        Column(_n("成果名称"), lambda claim: claim.achievement_title),
        Column(_n("权利人"), lambda claim: claim.holder_name),
        Column(_n("认领单位"), lambda claim: claim.organisation_name),
        Column(_n("认领依据"), lambda claim: claim.facts.evidence),
        Column(_n("提交时间"), lambda claim: claim.facts.created_at, "time"),
    ),
    audited=True,
)
