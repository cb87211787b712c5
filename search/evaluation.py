"""How good a ranking is: figures that everybody in retrieval reads alike. Pure.

A ranking is given as what stands at its places, best first. Grades are 1 (no use) to 4 (strong).
"""

import random
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from math import fsum, log2


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over questions, with the range in which it lies for 95 of 100 such sets of them."""

    mean: float
    low: float
    high: float
    questions: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def gain(grade: int) -> int:
    """What a document of this grade is worth: 0, 1, 3, 7 for 1 to 4."""
    return (1 << grade - 1) - 1


def ndcg(grades: Sequence[int], k: int) -> float:
    """Normalised discounted cumulative gain of the first ``k`` places.

    ``grades`` are those of all judged documents in the order of the ranking. 0 when none is of
    any use: such a question tells nothing and is better left out.
    """
    best = _discounted(sorted(grades, reverse=True), k)
    return _discounted(grades, k) / best if best else 0.0


def auc(good: Sequence[float], bad: Sequence[float]) -> float:
    """The chance that a good document scores above a bad one; equal scores count half.

    ValueError when either side is empty: there is no such chance.
    """
    if not good or not bad:
        raise ValueError("both good and bad scores are needed")
    ranked = sorted([(score, 1) for score in good] + [(score, 0) for score in bad])
    won, below, at = 0.0, 0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        goods = sum(kind for _, kind in ranked[at:end])
        bads = end - at - goods
        won += goods * (below + bads / 2)
        below += bads
        at = end
    return won / (len(good) * len(bad))


def recall(found: Sequence[Hashable], wanted: Collection[Hashable], k: int) -> float:
    """The share of what is wanted that stands on the first ``k`` places.

    ValueError when nothing is wanted.
    """
    if not wanted:
        raise ValueError("nothing is wanted")
    return len(set(found[:k]) & set(wanted)) / len(set(wanted))


def reciprocal_rank(found: Sequence[Hashable], wanted: Hashable) -> float:
    """1 for the first place, 1/2 for the second …; 0 when it was not found."""
    return next((1 / place for place, key in enumerate(found, 1) if key == wanted), 0.0)


def interval(values: Sequence[float], *, seed: int = 20261123, rounds: int = 2_000) -> Interval:
    """The mean of one figure over all questions, with its 95 % bootstrap range.

    Questions are drawn again with replacement ``rounds`` times; the same seed gives the same
    range. ValueError without values.
    """
    if not values:
        raise ValueError("no values")
    draw = random.Random(seed)  # noqa: S311 - no secret is made of it
    many = len(values)
    means = sorted(fsum(draw.choices(values, k=many)) / many for _ in range(rounds))
    low, high = means[int(0.025 * rounds)], means[min(int(0.975 * rounds), rounds - 1)]
    return Interval(fsum(values) / many, low, high, many)


def _discounted(grades: Sequence[int], k: int) -> float:
    return fsum(gain(grade) / log2(place + 1) for place, grade in enumerate(grades[:k], 1))
