"""What a file is, by its content."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from app.files import archives, sniffing
from app.files.errors import UnsupportedType
from app.files.sniffing import inspect
from app.files.types import FileKind
from tests.unit.files.samples import DOCX, JPEG, PDF, PNG, PPTX, SVG, WEBP, XLSX, archive, office


def looked_at(folder: Path, name: str, content: bytes) -> FileKind:
    path = folder / "part"
    path.write_bytes(content)
    return inspect(path, name)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "pdf"),
        ("a.png", PNG, "png"),
        ("a.jpg", JPEG, "jpeg"),
        ("a.webp", WEBP, "webp"),
        ("a.docx", DOCX, "docx"),
        ("a.xlsx", XLSX, "xlsx"),
        ("a.pptx", PPTX, "pptx"),
        ("a.zip", archive({"数据/一.csv": b"a,b"}), "zip"),
        ("a.txt", "说明：热收缩率 a<b。".encode(), "txt"),
        ("a.csv", "编号,名称\n1,隔膜".encode("gb18030"), "csv"),
        ("a.jsonl", b'{"a": 1}\n', "jsonl"),
    ],
)
def test_allowed_types_are_known(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    assert looked_at(tmp_path, name, content) == FileKind(kind)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"", sniffing.EMPTY),
        ("a.svg", SVG, sniffing.MARKUP),
        ("a.png", SVG, sniffing.MARKUP),
        ("a.txt", b"\xef\xbb\xbf <!DOCTYPE html><p>", sniffing.MARKUP),
        ("a.txt", "<html>".encode("utf-16"), sniffing.MARKUP),
        ("a.pdf", b"MZ\x90\0" + b"\0" * 99, "文件内容不是扩展名所说的 pdf"),
        ("a.exe", b"MZ\x90\0" + b"\0" * 99, sniffing.DISALLOWED),
        ("a.png", PDF, "文件内容是 pdf，与扩展名 png 不符"),
        ("a.pdf", PDF[:-10], "PDF 文件不完整"),
        ("a.pdf", PDF + archive({"a.txt": b"a"}), sniffing.TWO_TYPES),
        ("a.jpg", JPEG + archive({"a.txt": b"a"}), sniffing.TWO_TYPES),
        ("a.txt", b"\xff\xfe\x00\x01\x02", sniffing.NOT_TEXT),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "Office 文件已损坏"),
        ("a.docx", office("word/document.xml", **{"word/vbaProject.bin": b"1"}), archives.MACRO),
        ("a.docx", XLSX, "文件内容是 xlsx，与扩展名 docx 不符"),
        ("a.docx", archive({"a.txt": b"a"}), "文件内容是 zip，与扩展名 docx 不符"),
        ("a.zip", archive({"b.zip": b"a"}), archives.NESTED),
        ("a.zip", archive({"b.EXE ": b"a"}), archives.PROGRAM),
        ("a.zip", archive({"../b.txt": b"a"}), archives.PATHS),
        ("a.zip", archive({"/etc/passwd": b"a"}), archives.PATHS),
        ("a.zip", archive({"C:\\b.txt": b"a"}), archives.PATHS),
        ("a.zip", archive({"a\\..\\b.txt": b"a"}), archives.PATHS),
        ("a.zip", archive({}), archives.BROKEN),
        ("a.zip", archive({"a.txt": b"a" * 99})[:-30], archives.BROKEN),
        ("a.zip", archive({"a.txt": b"\0" * 20_000_000}), archives.BOMB),
        ("a.xlsx", office("xl/workbook.xml", **{"xl/a.xml": b" " * 20_000_000}), archives.BOMB),
        ("a.zip", archive({f"{i}.txt": b"" for i in range(5_001)}), archives.BOMB),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(UnsupportedType) as refused:
        looked_at(tmp_path, name, content)
    assert refused.value.detail == sentence


@pytest.mark.parametrize(
    ("at", "said"),
    [(0, b"XX"), (6, b"\xff\xff"), (46, b"\xff")],
    ids=["no record of the directory", "a version of the future", "a name that is no UTF-8"],
)
def test_a_directory_that_cannot_be_read_is_broken(tmp_path: Path, at: int, said: bytes) -> None:
    content = bytearray(archive({"报.txt": b"abc"}))
    first = content.index(b"PK\x01\x02") + at
    content[first : first + len(said)] = said
    with pytest.raises(UnsupportedType) as refused:
        looked_at(tmp_path, "a.zip", bytes(content))
    assert refused.value.detail == archives.BROKEN


def test_entries_that_share_bytes_are_a_bomb(tmp_path: Path) -> None:
    content = bytearray(archive({"a.txt": b"abc", "b.txt": b"abc"}, packed=False))
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, second + 42, 0)  # its header is said to be the first one's
    with pytest.raises(UnsupportedType) as refused:
        looked_at(tmp_path, "a.zip", bytes(content))
    assert refused.value.detail == archives.BOMB


def test_a_directory_too_large_is_never_read(tmp_path: Path) -> None:
    content = bytearray(archive({"a.txt": b"abc"}))
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<L", content, end + 12, 100_000_000)
    with pytest.raises(UnsupportedType) as refused:
        looked_at(tmp_path, "a.zip", bytes(content))
    assert refused.value.detail == archives.BOMB


def test_a_directory_that_a_64_bit_record_tells_of_is_never_read(tmp_path: Path) -> None:
    """The plain end record says one small entry; zipfile believes the other."""
    content = archive({f"{i}" + "长" * 20_000: b"" for i in range(40)})
    end = content.rindex(b"PK\x05\x06")
    entries, directory, place = struct.unpack_from("<H2L", content, end + 10)
    assert directory > archives.MAX_DIRECTORY
    wide = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, directory, place
    )
    where = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    plain = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 50, 0, 0)
    with pytest.raises(UnsupportedType) as refused:
        looked_at(tmp_path, "a.zip", content[:end] + wide + where + plain)
    assert refused.value.detail == archives.BOMB
