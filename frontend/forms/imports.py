"""The forms of imports: a file with its kind and care, and which column holds what."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile

from app.core.bodies import allow_body
from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n, translate
from app.files.service import stage
from app.files.types import PIECE, FileKind, Staged
from app.imports.types import MAX_UPLOAD, ImportKind
from frontend.forms import Form
from frontend.forms.fields import choice, text
from frontend.forms.uploads import TEXT_PARTS

KINDS: Final = {
    ImportKind.achievements: _n("科技成果"),
    ImportKind.demands: _n("技术需求"),
}
# What a column may hold, as people call it.
FIELDS: Final = {
    "title": _n("名称"),
    "owner_number": _n("单位编号"),
    "application_number": _n("申请号或专利号"),
    "publication_numbers": _n("公开（公告）号"),
    "holder": _n("权利人或单位"),
    "abstract": _n("摘要"),
    "first_claim": _n("首项权利要求"),
    "prospect": _n("应用前景"),
    "cooperation": _n("合作方式"),
    "patent_kind": _n("专利类型"),
    "legal_status": _n("法律状态"),
    "legal_status_on": _n("法律状态日期"),
    "application_on": _n("申请日"),
    "publication_on": _n("公开（公告）日"),
    "main_ipc": _n("主分类号"),
    "ipc": _n("分类号"),
    "keywords": _n("关键词"),
    "problem": _n("需求内容"),
    "background": _n("背景"),
    "targets": _n("技术指标"),
    "field": _n("技术领域"),
    "region": _n("地区"),
}
# What a table's name may end with, and as what it is kept; the content decides how it is read.
_SUFFIXES: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "xlsx",
}
_TABLES: Final = frozenset({FileKind.csv, FileKind.jsonl, FileKind.xlsx})
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Brought:
    """What somebody wants to bring in; ``care`` is a word for the organisation, empty: his own."""

    kind: ImportKind
    care: str


# Reasons of refused rows are kept as they were said; those with a figure are known by their shape.
_REASONS: Final = (
    (re.compile(r"超过 (?P<count>\d+) 字"), _n("超过 %(count)s 字")),
    (re.compile(r"编号超过 (?P<count>\d+) 字"), _n("编号超过 %(count)s 字")),
    (
        re.compile(r"(?P<name>\w+)与第 (?P<first>\d+) 行重复"),
        _n("%(name)s与第 %(first)s 行重复"),
    ),
)


def reason_in(locale: str, reason: str) -> str:
    """A stored reason in the reader's language; one that is not known stays as it was said."""
    for shape, sentence in _REASONS:
        if found := shape.fullmatch(reason):
            return translate(locale, Message(sentence, **found.groupdict()))
    return translate(locale, reason)


class UploadForm(Form):
    """A file to be imported."""

    def parse(self, *, care: bool) -> Brought:
        kind = self.need("kind", choice(KINDS))
        word = self.need("care", text(maximum=200)) if care else ""
        self.check()
        return Brought(ImportKind(kind), word)


class MappingForm(Form):
    """Which column holds what: ``c-<index>`` is a field's name, empty for a column left out."""

    def chosen_fields(self, columns: tuple[str, ...]) -> dict[str, str]:
        return {
            column: field
            for index, column in enumerate(columns)
            if (field := self.value(f"c-{index}"))
        }


def allow_table(request: Request) -> None:
    """Let this request send a table of the largest size; call it once the asker is known."""
    allow_body(request, MAX_UPLOAD + TEXT_PARTS)


async def staged_table(request: Request, field: str) -> tuple[Staged, str]:
    """Check and keep the table of one field; returns it with the name it came by.

    UTF-16, as some spreadsheets save text, is kept as UTF-8. Raises Invalid, FileTooLarge (413),
    UnsupportedType (415), StorageFull (507).
    """
    item = (await request.form()).get(field)
    if not isinstance(item, UploadFile) or not item.filename:
        raise Invalid([FieldError(field, _n("请选择文件。"))])
    name = item.filename
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".xls":
        raise Invalid(
            [FieldError(field, _n("这是旧版 Excel（.xls）文件，请另存为 .xlsx 后再上传。"))]
        )
    if suffix not in _SUFFIXES:
        raise Invalid([FieldError(field, _n("请选择 CSV、TSV、JSONL 或 XLSX 文件。"))])
    if not item.size:
        raise Invalid([FieldError(field, _n("文件是空的。"))])
    kept = f"{name[: -len(suffix)]}.{_SUFFIXES[suffix]}"
    root = request.app.state.settings.files_dir
    try:
        pieces = _pieces(item)
        staged = await stage(root, pieces, name=kept, limit=MAX_UPLOAD, kinds=_TABLES)
    except UnicodeDecodeError:
        sentence = _n("文件的文字编码无法识别，请另存为 UTF-8 后再上传。")
        raise Invalid([FieldError(field, sentence)]) from None
    return staged, f"{staged.name.rpartition('.')[0]}{suffix}"


async def _pieces(item: UploadFile) -> AsyncIterator[bytes]:
    await item.seek(0)
    head = await item.read(PIECE)
    if not head.startswith(_MARKS):
        while head:
            yield head
            head = await item.read(PIECE)
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    while head:
        yield decoder.decode(head).encode("utf-8", "surrogatepass")
        head = await item.read(PIECE)
    decoder.decode(b"", final=True)
