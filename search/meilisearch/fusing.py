"""Two orders made one: by words and by meaning. Pure."""

from collections.abc import Sequence
from typing import Final

NEIGHBOURS: Final = 100
"""How many of the nearest in meaning are looked at."""

_SMOOTHING: Final = 60  # of reciprocal ranks: how little the first few places differ


def fuse(by_words: Sequence[str], by_meaning: Sequence[str], weight: float) -> list[str]:
    """All ids, the best first: reciprocal ranks, those by meaning weighted 0 to 1."""
    weight = min(max(weight, 0.0), 1.0)
    scores: dict[str, float] = {}
    for ids, share in ((by_words, 1 - weight), (by_meaning, weight)):
        for rank, row_id in enumerate(ids):
            scores[row_id] = scores.get(row_id, 0.0) + share / (_SMOOTHING + rank)
    return sorted(scores, key=lambda row_id: (-scores[row_id], row_id))
