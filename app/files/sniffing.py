"""What a file is, by its content; its name must say the same.

The allowed types are few and closed, so each is known by its own marks; a library that guesses
among hundreds would only add wrong answers. Compound files (doc, xls, ppt) are read by olefile.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO, Final

import olefile

from app.core.i18n import Message, _n
from app.files.archives import MACRO, has_archive_end, inspect_archive
from app.files.errors import UnsupportedType
from app.files.rules import find_kind
from app.files.types import FileKind

_HEAD: Final = 4096
_PIECE: Final = 64 * 1024
_MARKS: Final = {
    b"%PDF-": FileKind.pdf,
    b"\x89PNG\r\n\x1a\n": FileKind.png,
    b"\xff\xd8\xff": FileKind.jpeg,
    b"PK\x03\x04": FileKind.zip,
    b"PK\x05\x06": FileKind.zip,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": FileKind.doc,
}
_MACROS: Final = frozenset({"vba", "_vba_project", "_vba_project_cur", "macros"})
_STREAMS: Final = {
    "worddocument": FileKind.doc,
    "workbook": FileKind.xls,
    "book": FileKind.xls,
    "powerpoint document": FileKind.ppt,
}
# what makes a browser take text for a page
_MARKUP: Final = (b"<!", b"<?", b"<html", b"<svg", b"<script", b"<head", b"<body", b"<iframe")
_TEXTS: Final = frozenset({FileKind.txt, FileKind.csv, FileKind.jsonl})

EMPTY = _n("文件是空的")
MARKUP = _n("不接受网页、SVG 等可包含脚本的文件")
TWO_TYPES = _n("文件同时是两种类型，请重新导出后上传")
NOT_TEXT = _n("文本文件的编码无法识别，请保存为 UTF-8")
DISALLOWED = _n(
    "只接受 PDF、Word、Excel、PowerPoint、图片（PNG、JPEG、WebP）、文本、CSV 和 ZIP 文件"
)


def inspect(path: Path, name: str) -> FileKind:
    """The type of a file on disk. Blocking: run it in a thread. Raises UnsupportedType."""
    claimed = find_kind(name)
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head:
            raise UnsupportedType(EMPTY)
        found = _by_marks(file, head)
        if found is None and _looks_like_markup(head):
            raise UnsupportedType(MARKUP)
        if found not in {None, FileKind.zip} and has_archive_end(file):
            raise UnsupportedType(TWO_TYPES)
    if found is FileKind.zip:
        found = inspect_archive(path)
    elif found is FileKind.doc:
        found = _inspect_compound(path)
    if claimed is None:
        raise UnsupportedType(DISALLOWED)
    if found is None and claimed in _TEXTS:
        _check_text(path)
        found = claimed
    if found is None:
        raise UnsupportedType(
            Message(_n("文件内容不是扩展名所说的 %(kind)s"), kind=claimed.value)
            if claimed not in _TEXTS
            else DISALLOWED
        )
    if found is not claimed:
        raise UnsupportedType(
            Message(
                _n("文件内容是 %(found)s，与扩展名 %(claimed)s 不符"),
                found=found.value,
                claimed=claimed.value,
            )
        )
    return found


def _by_marks(file: BinaryIO, head: bytes) -> FileKind | None:
    """The type by its first bytes; ``zip`` and ``doc`` stand for their families."""
    kind = next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)
    if kind is None and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.webp
    if kind is FileKind.pdf:
        size = file.seek(0, 2)
        file.seek(max(0, size - 2048))
        if b"%%EOF" not in file.read():
            raise UnsupportedType(_n("PDF 文件不完整"))
    return kind


def _inspect_compound(path: Path) -> FileKind:
    try:
        with olefile.OleFileIO(str(path)) as compound:
            streams = [[part.lower() for part in parts] for parts in compound.listdir()]
    except Exception:  # noqa: BLE001 - a hostile file may break its reader in any way
        raise UnsupportedType(_n("Office 文件已损坏")) from None
    if any(not _MACROS.isdisjoint(parts) for parts in streams):
        raise UnsupportedType(MACRO)
    kinds = {_STREAMS[parts[0]] for parts in streams if len(parts) == 1 and parts[0] in _STREAMS}
    if len(kinds) != 1:
        raise UnsupportedType(DISALLOWED)
    return kinds.pop()


def _looks_like_markup(head: bytes) -> bool:
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x0c").lower()
    return plain.startswith(_MARKUP) or b"<svg" in plain or b"<script" in plain


def _check_text(path: Path) -> None:
    """A text is UTF-8 or GB18030 throughout, without control characters of programs."""
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return
    raise UnsupportedType(NOT_TEXT)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
