"""Editions and the conversion list as tables."""

from __future__ import annotations

from typing import Any, Final

from app.catalogue.types import (
    TRL_LEVELS,
    AchievementKind,
    ConversionStatus,
    Disposal,
    EditionKind,
    EditionRow,
    EditionView,
    IpKind,
    PlanRoute,
    Region,
    Visibility,
)
from app.core.i18n import _n
from app.reports.types import ConversionLine
from frontend.exports.columns import Column, Kind, Listing, Table

_CATALOGUE: Final[tuple[tuple[str, Kind], ...]] = (
    (_n("序号"), "number"),
    (_n("技术领域"), "text"),
    (_n("成果编号"), "text"),
    (_n("成果名称"), "text"),
    (_n("权利单位"), "text"),
    (_n("成果类别"), "text"),
    (_n("技术成熟度"), "text"),
    (_n("所在地区"), "text"),
    (_n("关键词"), "text"),
    (_n("应用领域"), "text"),
    (_n("成果简介"), "text"),
    (_n("知识产权"), "text"),
    (_n("合作方式"), "text"),
    (_n("备注"), "text"),
)
_PUBLIC_LIST: Final[tuple[tuple[str, Kind], ...]] = (
    (_n("序号"), "number"),
    (_n("技术领域"), "text"),
    (_n("成果编号"), "text"),
    (_n("成果名称"), "text"),
    (_n("转化状态"), "text"),
    (_n("计划方式"), "text"),
)
_INNER_LIST: Final[tuple[tuple[str, Kind], ...]] = (
    *_PUBLIC_LIST,
    (_n("责任人"), "text"),
    (_n("下一步"), "text"),
    (_n("目标日期"), "text"),
)
_WITHDRAWN: Final = _n("本期发布后已撤回")


def edition_table(view: EditionView) -> Table:
    """A published edition as a table, in the order of its sections."""
    listed = view.facts.kind is EditionKind.conversion_list
    inner = view.facts.visibility is Visibility.internal
    rows = [row for section in view.sections for row in section.rows]
    cells = _list_cells if listed else _cells
    columns = _CATALOGUE if not listed else _INNER_LIST if inner else _PUBLIC_LIST
    return Table(
        name=f"{view.facts.number} {view.facts.title}",
        columns=columns,
        rows=[[place, *cells(row)][: len(columns)] for place, row in enumerate(rows, 1)],
    )


def _cells(row: EditionRow) -> list[Any]:
    it = row.content
    return [
        row.section,
        it["number"],
        it["title"],
        it["holder"],
        AchievementKind(it["kind"]) if it["kind"] else None,
        f"{it['trl']} {TRL_LEVELS[it['trl']][0]}" if it["trl"] else None,
        Region(it["region"]) if it["region"] else None,
        it["keywords"],
        it["applications"],
        it["abstract"],
        [f"{IpKind(right['kind']).label} {right['number']}".strip() for right in it["rights"]],
        [Disposal(offer["disposal"]) for offer in it["offers"]],
        _WITHDRAWN if row.withdrawn else None,
    ]


def _list_cells(row: EditionRow) -> list[Any]:
    it = row.content
    return [
        row.section,
        it["number"],
        it["title"],
        ConversionStatus(it["status"]),
        PlanRoute(it["route"]) if it["route"] else None,
        it.get("responsible"),
        it.get("next_step"),
        it.get("target_on"),
    ]


CONVERSION: Final[Listing[ConversionLine]] = Listing(
    "reports.conversion",
    _n("科技成果转化清单"),
    (
        Column(_n("成果编号"), lambda line: line.number),
        Column(_n("成果名称"), lambda line: line.title),
        Column(_n("技术领域"), lambda line: line.field),
        Column(_n("成果状态"), lambda line: line.state, "state"),
        Column(_n("成熟度"), lambda line: line.trl, "number"),
        Column(_n("转化状态"), lambda line: line.status),
        Column(_n("计划方式"), lambda line: line.route),
        Column(_n("责任人"), lambda line: line.responsible),
        Column(_n("下一步"), lambda line: line.next_step),
        Column(_n("目标日期"), lambda line: line.target_on, "date"),
    ),
    audited=True,
)
