"""Reciprocal ranks at their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fusion import SMOOTHING, fuse

ORDERS = st.lists(st.integers(0, 60), unique=True, max_size=40)


def order(by_words: list[int], by_meaning: list[int], weight: float = 0.5) -> list[int]:
    scores = dict(fuse(by_words, by_meaning, weight))
    return sorted(scores, key=lambda thing: (-scores[thing], thing))


def test_nothing_is_nothing() -> None:
    assert fuse([], [], 0.5) == []


def test_one_order_alone_stays_as_it_is() -> None:
    assert order([3, 1, 2], []) == [3, 1, 2]
    assert order([], [3, 1, 2]) == [3, 1, 2]


def test_what_both_found_comes_first() -> None:
    assert order([1, 2, 3], [4, 3, 5])[0] == 3


@pytest.mark.parametrize(("weight", "first"), [(0.0, 1), (0.49, 1), (0.51, 2), (1.0, 2)])
def test_the_weight_decides_between_two_firsts(weight: float, first: int) -> None:
    assert order([1, 2], [2, 1], weight)[0] == first


def test_a_weight_beyond_its_ends_is_the_end() -> None:
    assert fuse([1], [2], -3) == fuse([1], [2], 0)
    assert fuse([1], [2], 7) == fuse([1], [2], 1)
    assert dict(fuse([1], [2], 0)) == {1: 10**12 // (SMOOTHING + 1), 2: 0}


@given(ORDERS, ORDERS, st.floats(0.001, 0.999))
def test_each_thing_once_and_no_order_turned_round(
    by_words: list[int], by_meaning: list[int], weight: float
) -> None:
    scores = dict(fuse(by_words, by_meaning, weight))
    assert set(scores) == {*by_words, *by_meaning}
    for alone, other in ((by_words, by_meaning), (by_meaning, by_words)):
        mine = [thing for thing in alone if thing not in other]
        assert mine == sorted(mine, key=lambda thing: -scores[thing])


@given(ORDERS, ORDERS, st.floats(0, 1))
def test_a_better_place_is_never_worse(
    by_words: list[int], by_meaning: list[int], weight: float
) -> None:
    before = dict(fuse(by_words, by_meaning, weight))
    for at in range(1, len(by_meaning)):
        moved = [*by_meaning]
        moved[at - 1], moved[at] = moved[at], moved[at - 1]
        after = dict(fuse(by_words, moved, weight))
        assert after[by_meaning[at]] >= before[by_meaning[at]]
