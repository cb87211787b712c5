"""Disclosures as tables: for those who may read them, and noted when taken away."""

from __future__ import annotations

from typing import Final

from app.core.i18n import _n
from app.disclosures.types import DisclosureLine
from frontend.exports.columns import Column, Listing

_COLUMNS: Final[tuple[Column[DisclosureLine], ...]] = (
    Column(_n("披露编号"), lambda line: line.facts.number),
    Column(_n("成果名称"), lambda line: line.facts.title),
    Column(_n("披露人"), lambda line: line.author),
    Column(_n("状态"), lambda line: line.facts.state),
    Column(_n("提交次数"), lambda line: line.facts.submissions, "number"),
    Column(_n("提交时间"), lambda line: line.submitted_at, "time"),
    Column(_n("决定期限"), lambda line: line.due_on, "date"),
    Column(_n("更新时间"), lambda line: line.updated_at, "time"),
)

OWN_DISCLOSURES: Final = Listing("disclosures.own", _n("我的披露"), _COLUMNS)
WAITING_DISCLOSURES: Final = Listing(
    "disclosures.waiting", _n("待决定的披露"), _COLUMNS, audited=True
)
SETTLED_DISCLOSURES: Final = Listing(
    "disclosures.settled", _n("已办理的披露"), _COLUMNS, audited=True
)
