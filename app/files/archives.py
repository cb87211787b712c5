"""Looking into ZIP archives without unpacking them: bombs, odd paths, nested archives, macros.

Only the central directory is read, and never more of it than we allow: a directory of a million
entries would fill the memory before the first question.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.core.i18n import _n
from app.files.errors import UnsupportedType
from app.files.rules import find_kind, split_name
from app.files.types import FileKind

# Our own limits (本平台规则): a large office file has some 2,000 entries and packs 20 : 1.
MAX_ENTRIES: Final = 5_000
MAX_DIRECTORY: Final = 2 * 1024 * 1024
MAX_UNPACKED: Final = 1024 * 1024 * 1024
MAX_RATIO: Final = 100
RATIO_FROM: Final = 10 * 1024 * 1024  # a small file of zeros may pack well

_END = b"PK\x05\x06"
_END_FORMAT = "<4s4H2LH"
_END_SIZE = struct.calcsize(_END_FORMAT)
_NESTED = frozenset(
    {"zip", "7z", "rar", "gz", "tgz", "bz2", "xz", "zst", "tar", "jar", "cab", "iso"}
)
_PROGRAMS = frozenset(
    {"exe", "dll", "com", "bat", "cmd", "msi", "scr", "vbs", "js", "jse", "wsf", "ps1", "lnk"}
    | {"hta", "apk", "app", "sh", "docm", "xlsm", "pptm", "xlam", "html", "htm", "svg"}
)
_PARTS: Final = {
    "word/document.xml": FileKind.docx,
    "xl/workbook.xml": FileKind.xlsx,
    "xl/workbook.bin": None,
    "ppt/presentation.xml": FileKind.pptx,
}
_DRIVE = re.compile(r"[A-Za-z]:")

BROKEN = _n("压缩文件已损坏或不完整")
BOMB = _n("压缩文件解压后过大，或包含的文件过多")
PATHS = _n("压缩文件中含有指向其他目录的文件名")
NESTED = _n("压缩文件中不能再包含压缩文件")
PROGRAM = _n("压缩文件中不能包含程序、网页或带宏的文件")
MACRO = _n("不接受带宏的 Office 文件，请另存为不带宏的格式")


def has_archive_end(file: BinaryIO) -> bool:
    """Whether a ZIP reader would take this file for an archive, whatever it begins with."""
    return _find_end(file) is not None


def inspect_archive(path: Path) -> FileKind:
    """The type of an archive: an Office document or a plain ZIP. Raises UnsupportedType."""
    with _Bounded(FileIO(path)) as file:
        _check_end(file)
        try:
            with ZipFile(file) as archive:
                entries = archive.infolist()
        # why these: a broken record, a name that is no UTF-8, a version that zipfile cannot read
        except (BadZipFile, UnicodeDecodeError, NotImplementedError):
            raise UnsupportedType(BROKEN) from None
    _check_sizes(entries, path.stat().st_size)
    _check_paths(entries)
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" in names:
        return _office_kind(names)
    for entry in entries:
        extension = split_name(entry.filename.rstrip(". "))[1].lower()
        if extension in _NESTED:
            raise UnsupportedType(NESTED)
        if extension in _PROGRAMS:
            raise UnsupportedType(PROGRAM)
    return FileKind.zip


class _Bounded(BufferedReader):
    """A file that nobody reads more of at once than a directory may hold.

    Why: a 64-bit end record before the one we look at tells zipfile of another, larger directory.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise UnsupportedType(BOMB)
        return super().read(size)


def _office_kind(names: set[str]) -> FileKind:
    lowered = {name.lower() for name in names}
    if any("vbaproject" in name or "/activex/" in name for name in lowered):
        raise UnsupportedType(MACRO)
    if any(find_kind(name) is FileKind.zip or split_name(name)[1] in _PROGRAMS for name in lowered):
        raise UnsupportedType(PROGRAM)
    kinds = {kind for part, kind in _PARTS.items() if part in lowered}
    if len(kinds) != 1 or (kind := kinds.pop()) is None:
        raise UnsupportedType(_n("不接受这种 Office 文件，请另存为 docx、xlsx 或 pptx"))
    return kind


def _find_end(file: BinaryIO) -> tuple[int, int, int] | None:
    """Entries, size and place of the directory as the end record says; None without one.

    Looks where ``zipfile`` looks: at the very end, else for the last one in the last 64 KiB.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0:
        return None
    if not (tail[at:].startswith(_END) and tail[-2:] == b"\0\0"):
        at = tail.rfind(_END)
        if at < 0 or at + _END_SIZE > len(tail):
            return None
        (comment,) = struct.unpack_from("<H", tail, at + _END_SIZE - 2)
        if at + _END_SIZE + comment > len(tail):
            return None
    _, _, _, _, entries, directory, place, _ = struct.unpack_from(_END_FORMAT, tail, at)
    return entries, directory, place


def _check_end(file: BinaryIO) -> None:
    found = _find_end(file)
    if found is None:
        raise UnsupportedType(BROKEN)
    entries, directory, place = found
    # 0xFFFF and 0xFFFFFFFF say "see the 64-bit record": more than anybody may send us
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY or place == 0xFFFFFFFF:
        raise UnsupportedType(BOMB)


def _check_sizes(entries: Sequence[ZipInfo], packed: int) -> None:
    if not entries:
        raise UnsupportedType(BROKEN)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise UnsupportedType(BOMB)
    if unpacked > RATIO_FROM and unpacked > packed * MAX_RATIO:
        raise UnsupportedType(BOMB)
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        # why: entries that share bytes (a quine, an overlap bomb) unpack to more than they hold
        if entry.header_offset < end:
            raise UnsupportedType(BOMB)
        end = entry.header_offset + entry.compress_size
    if end > packed:
        raise UnsupportedType(BROKEN)


def _check_paths(entries: Sequence[ZipInfo]) -> None:
    for entry in entries:
        # why: zipfile cuts a name at NUL and turns separators; what it read is in orig_filename
        raw = entry.orig_filename
        parts = raw.replace("\\", "/").split("/")
        if ".." in parts or raw.startswith(("/", "\\")) or _DRIVE.match(raw) or "\0" in raw:
            raise UnsupportedType(PATHS)
        if entry.external_attr >> 16 & 0o170000 == 0o120000:  # a symbolic link
            raise UnsupportedType(PATHS)
