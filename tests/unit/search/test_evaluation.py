"""The figures of a ranking, each worked out by hand once."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.evaluation import auc, gain, interval, ndcg, recall, reciprocal_rank

GRADES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


@pytest.mark.parametrize(("grade", "worth"), [(1, 0), (2, 1), (3, 3), (4, 7)])
def test_a_grade_is_worth_twice_the_one_below_and_one(grade: int, worth: int) -> None:
    assert gain(grade) == worth


def test_ndcg_by_hand() -> None:
    # 3, 1, 7 on places 1 to 3 against 7, 3, 1
    real = 3 + 1 / log2(3) + 7 / 2
    ideal = 7 + 3 / log2(3) + 1 / 2
    assert ndcg([3, 2, 4], 10) == pytest.approx(real / ideal)
    assert ndcg([3, 2, 4], 10) == pytest.approx(0.759, abs=1e-3)


def test_ndcg_looks_at_the_first_places_only() -> None:
    assert ndcg([1, 4], 1) == 0
    assert ndcg([1, 4], 2) == pytest.approx(1 / log2(3))


@pytest.mark.parametrize("grades", [[], [1, 1]])
def test_nothing_of_use_is_zero(grades: list[int]) -> None:
    assert ndcg(grades, 10) == 0


@given(GRADES)
def test_the_best_order_is_one(grades: list[int]) -> None:
    assert ndcg(sorted(grades, reverse=True), 5) == pytest.approx(float(max(grades) > 1))


@given(GRADES, st.integers(1, 12))
def test_ndcg_is_a_share(grades: list[int], k: int) -> None:
    assert 0 <= ndcg(grades, k) <= 1 + 1e-12


@pytest.mark.parametrize(
    ("good", "bad", "chance"),
    [
        ([3, 4], [1, 2], 1),
        ([1], [2], 0),
        ([1], [1], 0.5),
        ([1, 3], [2], 0.5),
        ([2, 2, 3], [1, 2], 5 / 6),  # won 1+1+2, tied 2 of 6
    ],
)
def test_auc_by_hand(good: list[float], bad: list[float], chance: float) -> None:
    assert auc(good, bad) == pytest.approx(chance)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=9),
    st.lists(st.integers(0, 5), min_size=1, max_size=9),
)
def test_auc_counts_pairs(good: list[int], bad: list[int]) -> None:
    pairs = [(g > b) + (g == b) / 2 for g in good for b in bad]
    assert auc(good, bad) == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize(("good", "bad"), [([], [1.0]), ([1.0], [])])
def test_auc_needs_both_sides(good: list[float], bad: list[float]) -> None:
    with pytest.raises(ValueError, match="both"):
        auc(good, bad)


def test_recall_by_hand() -> None:
    assert recall(["a", "b", "c", "d"], {"a", "d", "x"}, 3) == pytest.approx(1 / 3)
    assert recall(["a", "b", "c", "d"], {"a", "d", "x"}, 4) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="nothing"):
        recall(["a"], (), 1)


@pytest.mark.parametrize(("wanted", "rank"), [("a", 1), ("c", 1 / 3), ("x", 0)])
def test_reciprocal_rank_by_hand(wanted: str, rank: float) -> None:
    assert reciprocal_rank(["a", "b", "c"], wanted) == pytest.approx(rank)


def test_an_interval_holds_its_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 0.2, 0.4, 0.9, 1.0] * 8
    found = interval(values)
    assert found == interval(values)
    assert found.mean == pytest.approx(0.5)
    assert found.low < 0.5 < found.high
    # a mean of 40 lies within two standard errors (.39 / √40) in 95 of 100 draws
    assert found.high - found.low == pytest.approx(4 * 0.394 / 40**0.5, rel=0.15)
    assert found.questions == 40


def test_equal_values_have_no_range() -> None:
    assert str(interval([0.25] * 3)) == "0.250 [0.250, 0.250]"


def test_no_values_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        interval([])
