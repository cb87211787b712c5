"""Certificates: the same bytes for the same facts, every name shown or noted, no markup read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.auctions.printing.amounts import spell_yuan
from app.auctions.printing.contents import Certificate
from app.auctions.printing.glyphs import Setter
from app.auctions.printing.typesetting import set_pdf, set_png

APP = Path(__file__).parents[3] / "app"
ORDINARY = Certificate(
    heading="成交确认书",
    number="ZS-2026-000001",
    market="示范科技大市场",
    lines=(("标的编号", "JJ-2026-000001"), ("受让方", "远方科技有限公司")),
    paragraphs=("经公开竞价成交。",),
    signatures=(("转让方", "示范大学"), ("受让方", "远方科技有限公司")),
    made_at=datetime(2026, 11, 2, 2, 5, tzinfo=UTC),
    verify_url="https://market.example.com/verify/ZS-2026-000001",
    record_sha256="ab" * 32,
)


def named(name: str) -> Certificate:
    return replace(ORDINARY, lines=(("受让方", name),), signatures=(("受让方", name),), market=name)


def test_the_same_certificate_has_the_same_bytes_and_says_which_standard_it_meets() -> None:
    made = set_pdf(ORDINARY)
    assert made == set_pdf(ORDINARY)
    assert made != set_pdf(replace(ORDINARY, number="ZS-2026-000002"))
    assert b"pdfaid:part>2<" in made
    assert b"pdfaid:conformance>U<" in made


@pytest.mark.parametrize(
    "name",
    [
        "龑䶮科技",
        "𠮷野家",
        "火箭🚀公司",
        "👨\u200d👩\u200d👧家庭",
        "远" * 500,
        "A" * 500,
        "#set page(width: 1pt) $x$ *b* _i_ @ref <l> \\ // /* `raw` #sys.inputs",
        "阿\u0301\u202e\ufeff\x00\n\t末",
        "",
    ],
)
def test_every_name_can_be_set(name: str) -> None:
    assert set_pdf(named(name)).startswith(b"%PDF-")


def test_a_long_name_takes_pages_and_not_the_margin() -> None:
    assert len(set_png(ORDINARY, ppi=20)) == 1
    assert len(set_png(named("远" * 500), ppi=20)) == 2


def test_what_has_no_glyph_is_set_as_a_geta_with_its_code_point_in_a_note() -> None:
    setter = Setter({ord(one) for one in "野家〓 "})
    assert setter.set("𠮷野家😀𠮷") == "〓野家〓〓"
    assert "U+20BB7、U+1F600（" in setter.note
    assert Setter({ord("野")}).set("野\ufe0f\u200d") == "野"
    assert Setter(set()).note == ""
    assert "\u200b" in Setter(range(128)).set("A" * 60)


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (105, "人民币壹元零伍分"),
        (150, "人民币壹元伍角整"),
        (155_0000_00, "人民币壹佰伍拾伍万元整"),
        (1_0000_0001_00, "人民币壹亿零壹元整"),
        (10_0010_00, "人民币壹拾万零壹拾元整"),
        (100500_07, "人民币壹拾万零伍佰元零柒分"),
        (10**15, "人民币壹拾万亿元整"),
    ],
)
def test_amounts_are_spelt_as_contracts_write_them(minor: int, words: str) -> None:
    assert spell_yuan(minor) == words


def test_no_amount_is_spelt_that_has_no_words() -> None:
    for minor in (-1, 10**19):
        with pytest.raises(ValueError, match="no words"):
            spell_yuan(minor)


def test_a_start_of_the_market_loads_no_typesetter() -> None:
    """It would cost every start a third of a second and eighty megabytes."""
    loading = re.compile(
        r"^(import|from) (typst|segno|fontTools)|printing\.typesetting import", re.MULTILINE
    )
    heavy = [path.name for path in APP.rglob("*.py") if loading.search(path.read_text("utf-8"))]
    assert heavy == ["typesetting.py"]
