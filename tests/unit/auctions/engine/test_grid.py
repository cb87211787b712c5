"""Lawful amounts: the start, then step by step, by the tier a price stands in."""

from dataclasses import replace

import pytest

from app.auctions.engine.grid import is_on, next_above, round_down
from app.auctions.engine.types import Tier
from tests.unit.auctions.engine.stage import DYNAMIC, START, STEP, YUAN

TIERED = replace(
    DYNAMIC,
    start_minor=100,
    tiers=(Tier(100, 10), Tier(200, 50), Tier(400, 100)),
)


def test_the_first_lawful_amount_is_the_start() -> None:
    assert next_above(DYNAMIC, None) == START
    assert next_above(DYNAMIC, START) == START + STEP


@pytest.mark.parametrize(
    ("price", "following"), [(100, 110), (190, 200), (200, 250), (350, 400), (400, 500)]
)
def test_the_tier_of_the_price_says_the_step(price: int, following: int) -> None:
    assert next_above(TIERED, price) == following


@pytest.mark.parametrize("minor", [100, 110, 190, 200, 250, 350, 400, 500, 1000])
def test_amounts_on_the_grid(minor: int) -> None:
    assert is_on(TIERED, minor)
    assert round_down(TIERED, minor) == minor


@pytest.mark.parametrize(
    ("minor", "below"), [(101, 100), (199, 190), (210, 200), (399, 350), (450, 400), (599, 500)]
)
def test_amounts_beside_the_grid(minor: int, below: int) -> None:
    assert not is_on(TIERED, minor)
    assert round_down(TIERED, minor) == below


def test_below_the_start_there_is_nothing() -> None:
    assert not is_on(TIERED, 99)
    assert round_down(TIERED, 99) is None
    assert not is_on(DYNAMIC, START - STEP)


def test_one_fen_beside_a_step_is_not_on_it() -> None:
    assert not is_on(DYNAMIC, START + STEP - 1)
    assert not is_on(DYNAMIC, START + STEP + 1)
    assert is_on(DYNAMIC, START + 1000 * STEP)
    assert STEP == 5_000 * YUAN
