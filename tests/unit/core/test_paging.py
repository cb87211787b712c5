from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.paging import decode_cursor, decode_id, decode_place, encode_cursor

ID = UUID("019f2d6c-4a5b-7c3d-8e9f-0123456789ab")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(TEXTS, NUMBERS, st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_comes_back_as_it_went(word: str, number: int, at: datetime, row: UUID) -> None:
    cursor = encode_cursor(word, number, at, row)
    assert decode_cursor(cursor, str, int, datetime, UUID) == [word, number, at, row]


@given(st.text(max_size=40))
def test_no_cursor_however_broken_is_more_than_invalid(cursor: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor, str, int, str, int)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("b", int),
        (1, str),
        (True, int),
        (1.5, int),
        (None, str),
        ([], str),
        # what PostgreSQL cannot hold
        (2**63, int),
        (-(2**63) - 1, int),
        (10**30, int),
        ("a\0b", str),
        ("\ud800", str),
        ("not an instant", datetime),
        (20261122, datetime),
        ("0001-01-01T00:00:00+14:00", datetime),
        ("9999-12-31T23:59:59-14:00", datetime),
        ("no id", UUID),
        (7, UUID),
    ],
)
def test_a_key_that_no_row_has_is_refused(key: Any, kind: type) -> None:
    cursor = encode_cursor(key) if key != "\ud800" else "WyJcdWQ4MDAiXQ"
    with pytest.raises(Invalid):
        decode_cursor(cursor, kind)


@pytest.mark.parametrize("kinds", [(), (str,), (str, str, str)])
def test_more_or_fewer_keys_are_refused(kinds: tuple[type, ...]) -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor("a", "b"), *kinds)


def test_an_instant_without_a_zone_is_one_of_utc() -> None:
    assert decode_cursor(encode_cursor("2026-11-22T08:00:00"), datetime) == [
        datetime(2026, 11, 22, 8, tzinfo=UTC)
    ]


def test_a_place_and_an_id() -> None:
    at = datetime(2026, 11, 22, 16, tzinfo=timezone(timedelta(hours=8)))
    assert decode_place(encode_cursor(at, ID)) == (at, ID)
    assert decode_id(encode_cursor(ID)) == ID
    for nowhere in (None, ""):
        assert decode_place(nowhere) is None
        assert decode_id(nowhere) is None
