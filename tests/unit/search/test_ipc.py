"""Symbols of the patent classification: one form however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import number_keys
from search.knowledge.ipc import (
    ipc_codes,
    ipc_keys,
    ipc_name,
    ipc_path,
    mark_symbols,
    symbol_of,
)
from search.query import make_plan


def test_a_subclass_lies_in_its_class_and_section() -> None:
    path = ipc_path("H01M")
    assert [code for code, _ in path] == ["H", "H01", "H01M"]
    assert "电池" in path[-1][1]
    assert path[0][1] == "电学"


@pytest.mark.parametrize("code", ["", "Z", "Z01", "h01m", "H0", "H01M10/0525"])
def test_what_is_no_code_has_no_name(code: str) -> None:
    assert ipc_name(code) == ""


def test_an_unknown_subclass_still_has_its_class() -> None:
    assert [code for code, _ in ipc_path("H01Y")] == ["H", "H01"]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("H01M10/0525", ("H", "H01", "H01M")),
        ("H01M 10/0525 (2010.01)I", ("H", "H01", "H01M")),
        ("e01b3/32(2006.01)A；E01C", ("E", "E01", "E01B", "E01C")),
        ("H01", ("H", "H01")),
        ("C60Q", ("C",)),
        ("", ()),
        ("无", ()),
        ("AH01M10", ()),
    ],
)
def test_a_cell_gives_all_levels_of_its_symbols(cell: str, codes: tuple[str, ...]) -> None:
    assert ipc_codes(cell) == codes


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        ("H01M10/0525", ("h01m00100525",)),
        ("H01M 10 / 0525(2010.01)I", ("h01m00100525",)),
        ("H01M10/00；H01M10", ("h01m0010",)),
        ("G06F；H01M1/02", ("g06f", "h01m000102")),
        ("H01", ()),
        ("C60Q3/01", ()),
    ],
)
def test_a_key_begins_with_the_keys_above_it(cell: str, keys: tuple[str, ...]) -> None:
    assert ipc_keys([cell]) == keys
    assert [key for given in keys for key in number_keys(given)] == list(keys)


@pytest.mark.parametrize(
    "text", ["H01M10/0525", "h01m 10/0525", "Ｈ０１Ｍ１０／０５２５", "H01M10 / 0525"]
)
def test_a_question_for_a_group_is_one_term_however_it_is_written(text: str) -> None:
    (term,) = make_plan(text).terms
    assert term.text == "H01M10/0525"
    assert term.strict() == "'h01m00100525':*"


def test_a_main_group_is_all_below_it_and_nothing_beside() -> None:
    assert make_plan("H01M10/00").strict() == "'h01m0010':*"
    assert make_plan("H01M10").strict() == "'h01m0010':*"
    assert not ipc_keys(["H01M100/02"])[0].startswith(ipc_keys(["H01M10"])[0])


def test_a_subclass_is_found_by_its_beginning_beside_words() -> None:
    assert make_plan("H01M 隔膜").strict() == "('h01m':*&'隔膜')"
    assert make_plan("H01M 10/0525 隔膜").strict() == "('h01m00100525':*&'隔膜')"


@pytest.mark.parametrize("text", ["c45e4", "ab12c3", "h01m10/", "型号h01m100000"])
def test_other_numbers_are_left_as_they_are(text: str) -> None:
    assert mark_symbols(text) == text


@pytest.mark.parametrize("word", ["h01m", "c45e0004", "石墨烯", "h01m10"])
def test_only_a_key_with_a_group_has_a_symbol(word: str) -> None:
    assert symbol_of(word) == ""


@given(st.text(st.sampled_from("abhz0159/ (.；m"), max_size=30))
def test_any_cell_gives_keys_that_are_plain(cell: str) -> None:
    assert all(key.isalnum() and key.isascii() for key in ipc_keys([cell]))
    assert all(ipc_name(code) for code in ipc_codes(cell))
