"""Keeps questions away from an engine that has just failed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

REST_S: Final = 5.0
"""How long an engine is not asked after a fault."""


@dataclass(slots=True)
class Breaker:
    """After a fault nothing is asked for a while; then one question tries, and decides for all.

    ``clock`` gives seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    fault: str = ""
    _closed_until: float = 0.0
    _trying: bool = False

    def allows(self) -> bool:
        """Whether to ask now. Who is allowed says afterwards how it went, or ``gave_up``."""
        if not self.fault:
            return True
        if self._trying or self.clock() < self._closed_until:
            return False
        self._trying = True
        return True

    def worked(self) -> None:
        """It answered. While it rests only the trial says anything: what was asked before the
        fault may still be answered after it."""
        if self._trying:
            self.fault, self._trying = "", False

    def failed(self, fault: str) -> None:
        """It did not; ``fault`` says why."""
        self.fault, self._trying = fault or "unknown", False
        self._closed_until = self.clock() + REST_S

    def gave_up(self) -> None:
        """Who asked went away before it was known; another may try."""
        self._trying = False
