"""Price terms: one text, one hash, one sorting price, and which number is bid."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from app.catalogue.types import (
    BidOn,
    ConversionTrigger,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    LumpSum,
    PriceKind,
    PriceTerms,
    Royalty,
    RoyaltyBase,
    apply_bid,
    canonical_json,
    compute_asking,
    compute_hash,
    find_bid_on,
    kind_of,
    parse_terms,
    to_json,
)
from app.core.money import Money

YUAN = Money(100)
LUMP = LumpSum(Money(5_000_00))
PARTS = Instalments(
    (Instalment(Money(300), date(2027, 1, 31)), Instalment(Money(700), None, "验收合格"))
)
ROYALTY = Royalty(Money(1_000), RoyaltyBase.net_sales, rate_bp=350, years=5, floor=Money(200))
EQUITY = Equity(2_000, Money(9_000_000))
FREE = FreeUntil(12, ConversionTrigger.revenue, ROYALTY)
ALL: list[PriceTerms] = [LUMP, PARTS, ROYALTY, EQUITY, FREE]


@pytest.mark.parametrize("terms", ALL, ids=kind_of)
def test_terms_come_back_from_what_is_stored(terms: PriceTerms) -> None:
    assert parse_terms(to_json(terms)) == terms


def test_the_text_is_the_one_that_other_programs_can_rebuild() -> None:
    assert canonical_json(LUMP) == (
        '{"amount":{"currency":"CNY","minor":500000},"format":1,"kind":"lump_sum"}'
    )
    assert compute_hash(LUMP) == hashlib.sha256(canonical_json(LUMP).encode()).hexdigest()
    assert compute_hash(LUMP).startswith("af72f29c0a7936e6ed4eada60c5ebbe3"), "a stored hash moved"


def test_every_kind_has_its_own_hash() -> None:
    assert len({compute_hash(terms) for terms in ALL}) == len(ALL) == len(PriceKind)


@pytest.mark.parametrize(
    ("terms", "asking"),
    [
        (None, None),
        (LUMP, LUMP.amount),
        (PARTS, Money(1_000)),
        (ROYALTY, Money(1_000 + 5 * 200)),
        (Royalty(Money(0), RoyaltyBase.sales, 100, 3), None),
        (EQUITY, Money(9_000_000)),
        (FREE, Money(2_000)),
    ],
)
def test_lists_sort_by_what_is_certainly_paid(
    terms: PriceTerms | None, asking: Money | None
) -> None:
    assert compute_asking(terms) == asking


@pytest.mark.parametrize(
    ("terms", "bid_on", "result"),
    [
        (None, BidOn.amount, LumpSum(YUAN)),
        (LUMP, BidOn.amount, LumpSum(YUAN)),
        (
            ROYALTY,
            BidOn.entry_fee,
            Royalty(YUAN, RoyaltyBase.net_sales, rate_bp=350, years=5, floor=Money(200)),
        ),
        (EQUITY, BidOn.valuation, Equity(2_000, YUAN)),
    ],
)
def test_a_bid_changes_one_number(
    terms: PriceTerms | None, bid_on: BidOn, result: PriceTerms
) -> None:
    assert find_bid_on(terms) is bid_on
    assert apply_bid(terms, YUAN) == result


@pytest.mark.parametrize("terms", [PARTS, FREE], ids=kind_of)
def test_some_terms_cannot_be_bid(terms: PriceTerms) -> None:
    assert find_bid_on(terms) is None
    with pytest.raises(ValueError, match="no number"):
        apply_bid(terms, YUAN)


@pytest.mark.parametrize(
    "stored",
    [
        {**to_json(LUMP), "format": 2},
        {**to_json(LUMP), "kind": "barter"},
        {**to_json(FREE), "then": to_json(FREE)},
    ],
)
def test_unknown_terms_are_not_guessed(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"format|kind|price"):
        parse_terms(stored)
