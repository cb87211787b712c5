"""The face that every mode has."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.auctions.engine.types import (
    Advance,
    Answer,
    BidMode,
    Book,
    Change,
    Head,
    LotState,
    Moment,
    Submission,
    Terms,
)
from app.core.errors import FieldError


class Mode(Protocol):
    """A way to find a price. Stateless; everything it knows is handed in."""

    @property
    def mode(self) -> BidMode:
        """Its name."""
        ...

    @property
    def advance_first(self) -> bool:
        """Whether the clock is asked before every answer, not only when a phase has passed."""
        ...

    def check(self, terms: Terms) -> list[FieldError]:
        """A sentence for every contradiction in terms that this mode alone knows of."""
        ...

    def begin(self, terms: Terms) -> Head:
        """The head of a lot that has just been published."""
        ...

    def phase(self, terms: Terms, head: Head, now: datetime) -> LotState:
        """The state at ``now``, whether or not the clock's steps have been written down yet."""
        ...

    def least(self, terms: Terms, head: Head, now: datetime) -> int | None:
        """The least amount in 分 that may be submitted next, None when none may."""
        ...

    def answer(
        self, terms: Terms, head: Head, book: Book, submission: Submission, moment: Moment
    ) -> Answer:
        """Answer a submission decided at ``moment.now``. A refusal leaves the head as it was."""
        ...

    def advance(self, terms: Terms, head: Head, book: Book, moment: Moment) -> Advance:
        """Do what the clock asks by ``moment.now``; doing it twice is doing it once."""
        ...

    def suspend(
        self, terms: Terms, head: Head, now: datetime, **facts: object
    ) -> tuple[Head, Change]:
        """Stop a lot that the clock has been advanced for. Raises ValueError for one that is over
        or stopped. ``facts`` are published: why, and what was stated."""
        ...

    def resume(self, terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
        """Go on with a suspended lot; raises ValueError for another."""
        ...
