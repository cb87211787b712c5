"""Price terms under any values: equal terms have one hash, and only they."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.types import (
    ConversionTrigger,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    LumpSum,
    PriceTerms,
    Royalty,
    RoyaltyBase,
    canonical_json,
    compute_hash,
    parse_terms,
    to_json,
)
from app.core.money import MAX_MINOR, Money

MONEY = st.builds(Money, st.integers(0, MAX_MINOR), st.sampled_from(["CNY", "USD"]))
RATE = st.integers(0, 10_000)
INSTALMENT = st.builds(
    Instalment,
    MONEY,
    st.none() | st.dates(date(1990, 1, 1), date(2199, 12, 31)),
    st.text(max_size=20),
)
PRICE = st.one_of(
    st.builds(LumpSum, MONEY),
    st.builds(Instalments, st.lists(INSTALMENT, max_size=4).map(tuple)),
    st.builds(
        Royalty,
        MONEY,
        st.sampled_from(RoyaltyBase),
        RATE,
        st.integers(1, 50),
        st.none() | MONEY,
        st.none() | MONEY,
        st.booleans(),
    ),
    st.builds(Equity, RATE, MONEY),
)
TERMS: st.SearchStrategy[PriceTerms] = PRICE | st.builds(
    FreeUntil, st.integers(1, 60), st.sampled_from(ConversionTrigger), PRICE
)


def shuffled(value: Any, seed: int) -> Any:
    """The same JSON value with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: hash((key, seed)))
        return {key: shuffled(value[key], seed) for key in keys}
    return [shuffled(item, seed) for item in value] if isinstance(value, list) else value


@given(TERMS, st.integers())
def test_the_order_of_keys_does_not_matter(terms: PriceTerms, seed: int) -> None:
    stored = json.loads(json.dumps(shuffled(to_json(terms), seed)))
    assert parse_terms(stored) == terms
    assert compute_hash(parse_terms(stored)) == compute_hash(terms)


@given(TERMS, TERMS)
def test_hashes_are_equal_exactly_for_equal_terms(one: PriceTerms, other: PriceTerms) -> None:
    assert (compute_hash(one) == compute_hash(other)) is (one == other)


@given(TERMS)
def test_the_text_is_json_without_blanks_and_sorted(terms: PriceTerms) -> None:
    text = canonical_json(terms)
    again = json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert again == text
