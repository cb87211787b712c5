"""Uploads and the report of refused rows as tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from app.core.i18n import _n
from app.imports.types import Refusal, UploadView
from frontend.exports.columns import Column, Kind, Listing, Table
from frontend.forms.imports import KINDS

UPLOADS: Final[Listing[UploadView]] = Listing(
    "imports.uploads",
    _n("批量导入"),
    (
        Column(_n("文件"), lambda one: one.file_name),
        Column(_n("内容"), lambda one: KINDS[one.kind]),
        Column(_n("托管单位"), lambda one: one.care_name),
        Column(_n("上传人"), lambda one: one.person_name),
        Column(_n("状态"), lambda one: one.state, "state"),
        Column(_n("共计（行）"), lambda one: one.total_rows or None, "number"),
        Column(_n("新增"), lambda one: one.result and one.result.inserted, "number"),
        Column(_n("更新"), lambda one: one.result and one.result.updated, "number"),
        Column(_n("未变"), lambda one: one.result and one.result.unchanged, "number"),
        Column(_n("拒收"), lambda one: one.result and one.result.refused, "number"),
        Column(_n("上传时间"), lambda one: one.created_at, "time"),
        Column(_n("结束时间"), lambda one: one.ended_at, "time"),
    ),
    audited=True,
)
_HEADS: Final[tuple[tuple[str, Kind], ...]] = (
    (_n("行号"), "number"),
    (_n("列"), "text"),
    (_n("原因"), "text"),
    (_n("原值"), "text"),
)


def make_report(
    name: str,
    columns: Sequence[str],
    refused: AsyncIterator[tuple[Refusal, Sequence[str]]],
) -> Table:
    """The refused rows with what is wrong, and each as it stood in the file."""

    async def rows() -> AsyncIterator[list[Any]]:
        async for refusal, cells in refused:
            yield [refusal.line, refusal.column, refusal.reason, refusal.value, *cells]

    heads = (*_HEADS, *((column, "text") for column in columns))
    return Table(name, heads, rows())
