"""Money (金额): whole minor units (分 for CNY) plus a currency. Never a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# why: BIGINT holds 9.2e18 分; a ceiling of 10 trillion yuan leaves room for every sum of them
MAX_MINOR = 10**15


def format_yuan(minor: int) -> str:
    """An amount in 分 as ¥1,234.00, always with 角 and 分."""
    whole, rest = divmod(abs(minor), 100)
    return f"{'−' if minor < 0 else ''}¥{whole:,}.{rest:02d}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units. Arithmetic never crosses currencies (ValueError)."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor must be int")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Money) -> bool:
        return not self <= other

    def __ge__(self, other: Money) -> bool:
        return not self < other

    def share_half_up(self, basis_points: int) -> Money:
        """Take a rate in basis points (万分之一), rounding half up."""
        quotient, rest = divmod(self.minor * basis_points, 10_000)
        return Money(quotient + (2 * rest >= 10_000), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Split without losing a 分: largest remainder first, ties to the earliest part.

        Raises ValueError for an empty list, a negative weight or weights that sum to zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and sum to more than zero")
        parts = [self.minor * weight // total for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda i: (-(self.minor * weights[i] % total), i)
        )
        for i in by_remainder[: self.minor - sum(parts)]:
            parts[i] += 1
        return [Money(part, self.currency) for part in parts]

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other
