"""Requests of one address in a minute: counted, refused beyond the limit, forgotten after it."""

import pytest
from fastapi import Request

from app.core import limits
from app.core.errors import TooMany
from app.core.limits import AtOnce, Counter, compute_origin


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


def request_of(address: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 1), "state": {}})


def test_one_address_runs_only_so_many_at_once_and_others_are_not_kept_waiting() -> None:
    at_once = AtOnce(most=2)
    crowd, reader, here = map(request_of, ("203.0.113.9", "203.0.113.10", "127.0.0.1"))
    with at_once.hold(crowd), at_once.hold(crowd):
        with pytest.raises(TooMany) as refused, at_once.hold(crowd):
            pytest.fail("it ran")
        assert refused.value.facts == {"retry_after_s": 2}
        assert "请稍等几秒再试" in refused.value.detail
        with at_once.hold(reader), at_once.hold(here), at_once.hold(here), at_once.hold(here):
            pass
    with at_once.hold(crowd), at_once.hold(crowd):
        pass


def test_what_fails_makes_room() -> None:
    at_once, crowd = AtOnce(most=1), request_of("203.0.113.9")
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), at_once.hold(crowd):
            raise ValueError("broken")


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
