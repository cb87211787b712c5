"""Times as figures: percentiles of what was measured; pure."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that so much of all does not exceed (nearest rank). ``ordered``: ascending,
    not empty; ``share``: over 0, up to 1."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in milliseconds, over so many times."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float
    mean: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Figures of what was measured in seconds; at least one."""
        ordered = sorted(1000 * one for one in seconds)
        return cls(
            count=len(ordered),
            p50=percentile(ordered, 0.50),
            p95=percentile(ordered, 0.95),
            p99=percentile(ordered, 0.99),
            most=ordered[-1],
            mean=sum(ordered) / len(ordered),
        )

    def facts(self) -> dict[str, float]:
        """For a file: rounded to hundredths."""
        return {name: round(value, 2) for name, value in asdict(self).items()}
