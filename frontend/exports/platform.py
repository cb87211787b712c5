"""What was found, the audit trail and the review queue as tables."""

from __future__ import annotations

from typing import Final

from app.core.i18n import _n
from app.reports.types import AuditLine, Task
from frontend.exports.columns import Column, Listing
from frontend.show import facet_label, kind_label, state_label
from search.documents import Facet
from search.types import Hit

_MOST_FOUND: Final = 5_000  # a search costs more than a list, and anybody may ask


def _facets(hit: Hit, facet: Facet) -> list[str]:
    return [facet_label(facet.value, value) for value in hit.facets.get(facet, ())]


FOUND: Final[Listing[Hit]] = Listing(
    "search",
    _n("检索结果"),
    (
        Column(_n("类别"), lambda hit: kind_label(hit.kind.value)),
        Column(_n("编号"), lambda hit: hit.number),
        Column(_n("名称"), lambda hit: hit.title),
        Column(_n("权利人"), lambda hit: hit.holder),
        Column(_n("领域"), lambda hit: _facets(hit, Facet.field)),
        Column(_n("合作方式"), lambda hit: _facets(hit, Facet.disposal)),
        Column(_n("地区"), lambda hit: _facets(hit, Facet.region)),
        Column(_n("来源"), lambda hit: _facets(hit, Facet.origin)),
        Column(_n("状态"), lambda hit: [state_label(s) for s in hit.facets.get(Facet.state, ())]),
        Column(_n("价格（元）"), lambda hit: hit.price_minor, "money"),
        Column(_n("发布时间"), lambda hit: hit.published_at, "time"),
    ),
    most=_MOST_FOUND,
)
AUDIT: Final[Listing[AuditLine]] = Listing(
    "audit",
    _n("审计记录"),
    (
        Column(_n("序号"), lambda line: line.seq, "number"),
        Column(_n("时间"), lambda line: line.at, "time"),
        Column(_n("操作"), lambda line: line.action),
        Column(_n("人员"), lambda line: line.person or _n("系统")),
        Column(_n("单位"), lambda line: line.organisation),
        Column(_n("对象类别"), lambda line: line.subject_kind),
        Column(_n("对象"), lambda line: line.subject_id),
        Column(_n("内容"), lambda line: line.facts),
        Column(_n("存证"), lambda line: _n("已存证") if line.sealed else _n("待存证")),
    ),
    audited=True,
)
QUEUES: Final[Listing[Task]] = Listing(
    "review",
    _n("审核队列"),
    (
        Column(_n("队列"), lambda task: task.label),
        Column(_n("等待件数"), lambda task: task.count, "number"),
    ),
    audited=True,
)
