"""Bidder codes, and the sentences of refusals."""

from app.auctions.rules import pick_code
from app.auctions.types import Reason, sentence_of


def test_codes_are_free_ones_and_grow_a_digit_when_they_run_out() -> None:
    assert pick_code([], 0) == "C01"
    assert pick_code([], 98) == "C99"
    assert pick_code([], 99) == "C01"
    assert pick_code(["C01", "C02"], 0) == "C03"
    two = [f"C{n:02d}" for n in range(1, 100)]
    assert pick_code(two[:-1], 12345) == "C99"
    assert pick_code(two, 0) == "C100"
    three = two + [f"C{n}" for n in range(100, 1000)]
    assert pick_code(three, 0) == "C100000"


def test_every_reason_has_its_sentence() -> None:
    assert len({sentence_of(reason) for reason in Reason}) == len(Reason)
