"""The grid of lawful amounts: the start, then step by step, by the tier a price stands in.

A valid bid exceeds the price by a positive multiple of the step (P-惠, P-竞价手册); with tiers
(加价幅度分组, C-交易B) the grid is what repeating the least step from the start reaches.
"""

from __future__ import annotations

from app.auctions.engine.types import Terms, Tier


def tier_of(terms: Terms, minor: int) -> Tier:
    """The tier an amount at or above the start stands in."""
    return next(tier for tier in reversed(terms.tiers) if tier.from_minor <= minor)


def next_above(terms: Terms, price_minor: int | None) -> int:
    """The least lawful amount above a price on the grid; the start when there is none yet."""
    if price_minor is None:
        return terms.start_minor
    return price_minor + tier_of(terms, price_minor).step_minor


def is_on(terms: Terms, minor: int) -> bool:
    """Whether an amount stands on the grid."""
    if minor < terms.start_minor:
        return False
    tier = tier_of(terms, minor)
    return (minor - tier.from_minor) % tier.step_minor == 0


def round_down(terms: Terms, minor: int) -> int | None:
    """The greatest grid amount that is not more, None below the start."""
    if minor < terms.start_minor:
        return None
    tier = tier_of(terms, minor)
    return minor - (minor - tier.from_minor) % tier.step_minor
