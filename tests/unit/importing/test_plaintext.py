"""What cleaning takes out, and above all what it leaves."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from app.core.plaintext import (
    clean_code,
    clean_line,
    clean_text,
    compose,
    csv_safe,
    mask_contacts,
)
from search.analysis import normalise


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Al<sub>7</sub>O<sub>3</sub>N<sub>5</sub>", "Al7O3N5"),
        ("WO<base:Sub>3</base:Sub>.0.33H<base:Sub>2</base:Sub>O/C", "WO3.0.33H2O/C"),
        ("Nd<base:Sup>3+</base:Sup>", "Nd3+"),
        ("N,N<tag01>-二环已基", "N,N-二环已基"),
        ("<i>Pnma</i>空间群，<i>α=β=</i>γ", "Pnma空间群，α=β=γ"),
        ("通过<WLAN_Offload>协议", "通过<WLAN_Offload>协议"),
        ("当 a<b 且 c>d 时", "当 a<b 且 c>d 时"),
        ("&lt;sub&gt;2&lt;/sub&gt;", "2"),
        ("R&amp;D 与 AT&T", "R&D 与 AT&T"),
        ("Ni\u2011P 镀层", "Ni-P 镀层"),
        ("甲\u200b乙\ufeff丙\u00ad丁", "甲乙丙丁"),
        ("零\x00字节\ud800孤", "零字节孤"),
        ("一\t二\u3000\u00a0三", "一 二 三"),
        ("第一行\r\n\r\n  第二行  <br/>第三行", "第一行\n第二行\n第三行"),
        ("温度≥67％，≥1.80克；—— （a）", "温度≥67％，≥1.80克；—— （a）"),
        ("   ", ""),
    ],
)
def test_clean_text(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_a_title_is_one_line() -> None:
    assert clean_line("一种\n装置<p>及方法</p>") == "一种 装置 及方法"


def test_codes_become_half_width() -> None:
    assert clean_code(" ＣＮ２０１２２０２４９７６７．４ ") == "CN201220249767.4"
    assert clean_code("JX\u2011（2020） 17") == "JX-(2020)17"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678，微信同号", "电话138****5678，微信同号"),
        ("手机 138 1234 5678", "手机 138****5678"),
        ("0371-65432100 转 8", "0371-******** 转 8"),
        ("li.ming@example.com", "***@example.com"),
        ("身份证 11010519491231002X", "身份证 110105************"),
        ("粒径 100/120，1300kg，压力 0.5-12345678", "粒径 100/120，1300kg，压力 0.5-12345678"),
        ("专利号201220249767.4", "专利号201220249767.4"),
    ],
)
def test_contacts_are_masked_and_figures_are_not(text: str, masked: str) -> None:
    assert mask_contacts(text) == masked


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert csv_safe(cell) == "'" + cell
    assert csv_safe("高炉") == "高炉"


@pytest.mark.parametrize("work", [clean_text, normalise])
def test_any_number_of_marks_is_cleaned_in_bounded_time(work: Callable[[str], str]) -> None:
    # in the square of their number it took 16 s
    for between in ("", "\u200b" * 30):
        text = "e" + f"{chr(0x301)}{chr(0x316)}{between}" * (50_000 // (1 + len(between)))
        began = time.process_time()
        cleaned = work(text)
        assert time.process_time() - began < 2
        assert work(cleaned) == cleaned
    assert len(work("e" + "\u0301\u0316" * 50_000)) <= 31


def test_marks_that_writing_needs_stay() -> None:
    assert compose("e\u0301 กำ\u0e49 Ä") == "é กำ\u0e49 Ä"
    assert compose("x" * 29 + "e\u0301" * 40) == "x" * 29 + "é" * 40
    assert compose("e" + "\u0316" * 30) == "e" + "\u0316" * 30
