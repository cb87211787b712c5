import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money, format_yuan


def test_a_share_rounds_half_up() -> None:
    assert Money(1_50).share_half_up(5_000) == Money(75)
    assert Money(1).share_half_up(5_000) == Money(1)
    assert Money(1).share_half_up(4_999) == Money(0)


def test_currencies_never_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1) + Money(1, "USD")


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        Money(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_cannot_be_shared_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100).split(weights)


@given(
    st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1).filter(lambda w: sum(w) > 0)
)
def test_a_split_loses_nothing_and_is_fair(minor: int, weights: list[int]) -> None:
    parts = Money(minor).split(weights)
    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (0, "¥0.00"),
        (1, "¥0.01"),
        (123_400, "¥1,234.00"),
        (-5, "−¥0.05"),
        (10**15, "¥10,000,000,000,000.00"),
    ],
)
def test_an_amount_is_written_to_the_fen(minor: int, shown: str) -> None:
    assert format_yuan(minor) == shown
