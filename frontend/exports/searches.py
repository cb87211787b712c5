"""What somebody keeps of searches, as a table."""

from __future__ import annotations

from typing import Final

from app.core.i18n import _n
from app.searches.types import SavedSearch
from frontend.exports.columns import Column, Listing
from frontend.saving import labels

SAVED: Final[Listing[SavedSearch]] = Listing(
    "searches",
    _n("保存的检索"),
    (
        Column(_n("名称"), lambda one: one.name),
        Column(_n("检索词"), lambda one: one.question.text),
        Column(_n("筛选条件"), lambda one: labels(one.question)),
        Column(_n("保存时间"), lambda one: one.saved_at, "time"),
        Column(_n("上次查看"), lambda one: one.looked_at, "time"),
        Column(_n("新结果提醒"), lambda one: _n("是") if one.news else _n("否")),
    ),
)
