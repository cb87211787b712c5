"""WEIGHTED 权重报价: sealed bids scored by published weights, in exact fractions (C-交易A)."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from app.auctions.engine import parameters
from app.auctions.engine.sealing import SealedBidding
from app.auctions.engine.types import BidMode, Book, Criterion, Ending, Sealed, Terms
from app.core.errors import FieldError


class Weighted(SealedBidding):
    mode, ending = BidMode.weighted, Ending.best_score

    def check(self, terms: Terms) -> list[FieldError]:
        return [*super().check(terms), *parameters.check_weights(terms)]

    def pick(self, terms: Terms, book: Book, bids: Sequence[Sealed]) -> Sealed:
        """The best score; of equal ones the higher amount, then the earlier."""
        best = max(one.amount_minor for one in bids)
        values = {place.code: place.values for place in book.places}
        return min(
            bids,
            key=lambda one: (
                -compute_score(terms, one.amount_minor, values.get(one.code, {}), best),
                -one.amount_minor,
                one.seq,
            ),
        )


def compute_score(
    terms: Terms, amount_minor: int, values: Mapping[str, int], best_minor: int
) -> Fraction:
    """Basis points of 10 000, exact: the price's share of the best price, and each criterion's."""
    score = Fraction(terms.price_weight_bp * amount_minor, best_minor)
    return score + sum(
        (one.weight_bp * _share(one, values.get(one.key)) for one in terms.criteria),
        Fraction(0),
    )


def _share(criterion: Criterion, value: int | None) -> Fraction:
    """Between 0 and 1. What was not stated earns nothing, also where less is better."""
    if value is None:
        return Fraction(0)
    if criterion.higher_is_better:
        return Fraction(min(max(value, 0), criterion.full_at), criterion.full_at)
    return Fraction(criterion.full_at, max(value, criterion.full_at))
