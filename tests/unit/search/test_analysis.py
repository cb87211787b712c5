"""Chinese text becomes the same terms however it is written."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import analysis

LEXEME = re.compile(r"\^?[^\s'\\:^]+(?::\d+[ABC])?")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("鋰離子電池", "锂离子电池"),
        ("ＣＮ２０２６４４３１２Ｕ", "cn202644312u"),
        ("Al<sub>7</sub>O<sub>3</sub>N", "al7o3n"),
        ("Ni‑P镀层", "ni-p镀层"),
        ("ﾊﾞﾅﾅ", "ハ\u3099ナナ"),
        ("m²", "m2"),
        ("若 a<b 则", "若 a<b 则"),
        ("", ""),
    ],
)
def test_one_form_for_all_spellings(written: str, normal: str) -> None:
    assert analysis.normalise(written) == normal


@pytest.mark.parametrize("text", ["鋰離子電池 ＡＢＣ", "m²", "Straße ﬁn", "İ"])
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = analysis.normalise(text)
    assert analysis.normalise(once) == once


def test_long_words_come_with_their_parts() -> None:
    assert analysis.words("锂电池隔膜") == ["锂电", "电池", "锂电池", "隔膜"]


def test_a_long_word_is_found_by_the_long_words_in_it() -> None:
    found = analysis.words("质子交换膜燃料电池")
    assert {"质子交换膜燃料电池", "质子交换膜", "燃料电池"} <= set(found)
    assert found[-1] == "质子交换膜燃料电池"


def test_the_user_dictionary_keeps_terms_whole() -> None:
    assert "反硝化" in analysis.words("一种反硝化滤池的运行方法")
    assert "脱氮" in analysis.words("污水脱氮")


def test_short_latin_words_are_not_cut_out_of_longer_ones() -> None:
    assert analysis.words("blockchain与oled") == ["blockchain", "oled"]


def test_stop_words_are_left_out() -> None:
    assert analysis.words("所述的一种方法") == ["方法"]


def test_compounds_stay_whole_beside_their_parts() -> None:
    found = analysis.words(analysis.normalise("厚 3.5mm，编号 CG-2026-000001"))
    assert {"3.5mm", "cg-2026-000001", "2026"} <= set(found)


def test_pairs_cover_what_no_dictionary_knows() -> None:
    assert analysis.pairs("王锟铻") == {"王锟", "锟铻"}


def test_pairs_do_not_reach_over_grammar_and_punctuation() -> None:
    assert analysis.pairs("锟的铻，锟a铻") == set()


def test_a_body_has_pairs_beside_single_characters_but_none_between_known_words() -> None:
    literal = analysis.tsvector_literal("题", (), (), "王锟铻结合成分").split()
    assert {"王锟", "锟铻"} <= set(literal)
    assert "合成" not in literal


@pytest.mark.parametrize(
    ("number", "keys"),
    [
        ("CN202644312U", ["cn202644312u", "202644312u"]),
        ("CN201220249767.4", ["cn2012202497674", "2012202497674"]),
        ("CG-2026-000001", ["cg2026000001"]),
        ("CN1A; CN2B", ["cn1a", "cn2b"]),
        ("", []),
        ("无", []),
    ],
)
def test_numbers_are_keyed_without_dots_and_dashes(number: str, keys: list[str]) -> None:
    assert analysis.number_keys(number) == keys


def test_weights_say_where_a_word_stands() -> None:
    literal = analysis.tsvector_literal(
        "高炉", ("北京科技大学",), ("CG-2026-000007",), "渣"
    ).split()
    assert "高炉:1A" in literal
    assert "cg2026000007:1A" in literal
    assert any(re.fullmatch(r"北京科技大学:\d+B", part) for part in literal)
    assert any(re.fullmatch(r"渣:\d+C", part) for part in literal)
    assert {"^高炉", "^北京科技大学"} <= set(literal)
    assert "^渣" not in literal


def test_positions_stop_at_the_last_one_postgresql_keeps() -> None:
    literal = analysis.tsvector_literal("题", (), (), "电池 " * 9_000 + "隔膜")
    places = [int(part.split(":")[1][:-1]) for part in literal.split() if ":" in part]
    assert max(places) <= 16_383


def test_only_the_beginning_of_an_endless_body_is_read() -> None:
    body = "电" * analysis.BODY_LIMIT + "隔膜"
    assert "隔膜" not in analysis.tsvector_literal("题", (), (), body)


def test_a_title_is_suggested_by_what_is_typed() -> None:
    assert analysis.title_key("一种《鋰電池》隔膜") == "锂电池》隔膜"


ANY_TEXT = st.text(st.characters(), max_size=200)  # lone surrogates and NUL among them


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_text_gives_a_literal_without_special_characters(
    title: str, label: str, number: str, body: str
) -> None:
    literal = analysis.tsvector_literal(title, (label,), (number,), body)
    literal.encode()  # no lone surrogate is left
    assert all(LEXEME.fullmatch(part) for part in literal.split(" ") if literal)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12))
def test_any_two_neighbours_of_a_title_find_it(title: str) -> None:
    literal = {part.split(":")[0] for part in analysis.tsvector_literal(title, (), ()).split()}
    normal = analysis.normalise(title)
    grammar = set("的了和与及或是其之且而则即所被把") | analysis.stop_words()
    for pair in map("".join, pairwise(normal)):
        assert pair in literal or pair in analysis.stop_words() or set(pair) & grammar
