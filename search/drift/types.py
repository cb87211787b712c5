"""What came of a check."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What came of the last whole check. ``current``: with the words and code of today."""

    at: datetime
    compared: int
    repaired: int
    current: bool
