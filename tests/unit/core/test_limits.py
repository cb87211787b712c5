"""Requests of one address in a minute: counted, refused beyond the limit, forgotten after it."""

import pytest

from app.core import limits
from app.core.limits import Counter, compute_origin


def test_a_counter_refuses_what_is_beyond_and_says_how_long_to_wait() -> None:
    counter = Counter(most=2)
    assert [counter.count("a", now_s) for now_s in (0, 1.5, 20, 59.9)] == [0, 0, 40, 1]


def test_another_origin_has_its_own_count_and_a_new_minute_begins_anew() -> None:
    counter = Counter(most=1)
    assert counter.count("a", 0) == 0
    assert counter.count("b", 0) == 0
    assert counter.count("a", 30) == 30
    assert counter.count("a", 60) == 0


def test_a_flood_of_origins_shares_one_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ORIGINS", 3)
    counter = Counter(most=2)
    assert [counter.count(f"origin-{n}", 0) for n in range(7)] == [0, 0, 0, 0, 0, 60, 60]
    assert counter.count("origin-0", 0) == 0


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_is_counted_for_an_address(address: str, origin: str) -> None:
    assert compute_origin(address) == origin
