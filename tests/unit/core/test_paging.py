import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.paging import decode_cursor, encode_cursor


@given(st.text(), st.integers())
def test_a_cursor_comes_back_as_it_went(word: str, number: int) -> None:
    assert decode_cursor(encode_cursor(word, number), str, int) == [word, number]


@given(st.text(max_size=40))
def test_no_cursor_however_broken_is_more_than_invalid(cursor: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor, str, int, str, int)


def test_keys_of_another_kind_are_refused() -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor("a", "b"), str, int)
