"""Two orders made one: by words and by meaning. Pure."""

from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

T = TypeVar("T", bound=Hashable)

SMOOTHING: Final = 60
"""Of reciprocal ranks: how little the first few places differ."""

_UNIT: Final = 1_000_000_000_000  # scores are whole numbers, the same on every machine


def fuse(by_words: Sequence[T], by_meaning: Sequence[T], weight: float) -> list[tuple[T, int]]:
    """What is in either order with its score, in no order; each order names a thing once.

    ``weight`` of meaning against words, 0 to 1: the score is (1 - w) / (60 + place by words) and
    w / (60 + place by meaning) together, where a place begins at 1. At 0 what only meaning found
    scores 0, at 1 what only words found.
    """
    share = round(min(max(weight, 0.0), 1.0) * 1000)
    scores: dict[T, int] = {}
    for things, part in ((by_words, 1000 - share), (by_meaning, share)):
        for place, thing in enumerate(things, start=1):
            score = part * _UNIT // (1000 * (SMOOTHING + place))
            scores[thing] = scores.get(thing, 0) + score
    return list(scores.items())
