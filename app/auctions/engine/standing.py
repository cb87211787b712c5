"""What every mode does alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from app.auctions.engine import staff
from app.auctions.engine.types import BidMode, Change, Head, LotState, Terms


class Standing(ABC):
    """How a lot is stopped and goes on, whatever its mode."""

    mode: ClassVar[BidMode]
    advance_first: ClassVar[bool] = False

    @abstractmethod
    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        """The state at ``now``, see ``Mode.phase``."""

    def suspend(
        self, terms: Terms, head: Head, now: datetime, **facts: object
    ) -> tuple[Head, Change]:
        return staff.suspended(head, self.phase(terms, head, now), now, **facts)

    def resume(self, terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
        return staff.resumed(terms, head, now)
