"""What a file may be called."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.rules import MAX_NAME, MAX_NAME_BYTES, clean_name, find_kind
from app.files.types import FileKind


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("检测报告.pdf", "检测报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("C:\\目录\\报告.pdf", "报告.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("零\u200b宽.pdf", "零宽.pdf"),
        ('a"b<c>|d?.pdf', "a_b_c__d_.pdf"),
        ("con.pdf", "_con.pdf"),
        ("LPT1.tar.pdf", "_LPT1.tar.pdf"),
        ("  . .报告 .pdf . ", "报告.pdf"),
        ("", "文件"),
        ("...", "文件"),
        (".pdf", "文件.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
    ],
)
def test_a_name_is_only_a_name(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_a_long_name_keeps_its_extension() -> None:
    name = clean_name("长" * 300 + ".pdf")
    assert name.endswith("长.pdf")
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert clean_name("a" * 300 + ".pdf") == "a" * (MAX_NAME - 4) + ".pdf"


@given(st.text(max_size=400))
def test_cleaning_is_safe_and_idempotent(raw: str) -> None:
    name = clean_name(raw)
    assert name
    assert clean_name(name) == name
    assert len(name) <= MAX_NAME
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(one) == "Cc" for one in name)
    assert name not in {".", ".."}


def test_the_last_extension_counts() -> None:
    assert find_kind("合同.pdf.exe") is None
    assert find_kind("照片.JPG") is FileKind.jpeg
    assert find_kind("没有扩展名") is None
