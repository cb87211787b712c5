"""Forms of a record: the version that its author saw, and rows of which some stay empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from app.core.errors import DomainError, FieldError, Invalid
from app.core.official import Labelled
from frontend.forms import Form, Refusals
from frontend.forms.fields import choice, integer

L = TypeVar("L", bound=Labelled)

SPARE_ROWS: Final = 2  # empty rows that a form offers behind the filled ones, also without script
_ROW_FAULT: Final = re.compile(r"(\w+)-(\d+)-(\w+)")


class VersionForm(Form):
    """A form that says which version its author saw."""

    def version(self) -> int:
        """The version that was shown; 0 when it was lost."""
        return self.maybe("version", integer(minimum=1)) or 0

    def pick(self, name: str, words: type[L]) -> L | None:
        """One word of a closed list; None when nothing was chosen."""
        chosen = self.maybe(name, choice(list(words)))
        return words(chosen) if chosen else None


class RowsForm(VersionForm):
    """A form with repeated rows, of which the room is told the filled ones only.

    ``MARKS`` has for each kind of row the columns that make it more than an empty one.
    """

    MARKS: ClassVar[Mapping[str, Sequence[str]]]

    def shown_rows(self, prefix: str) -> list[int]:
        """Row numbers to show: the typed ones and some empty ones behind them."""
        typed = self.rows(prefix)
        first_empty = max(typed, default=-1) + 1
        return typed + list(range(first_empty, first_empty + SPARE_ROWS))

    def filled_rows(self, prefix: str) -> list[int]:
        """Row numbers of the rows that hold anything, in order."""
        return [
            i
            for i in self.rows(prefix)
            if any(self.value(f"{prefix}-{i}-{name}").strip() for name in self.MARKS[prefix])
        ]

    def refuse(self, error: DomainError, *, but: Refusals = ()) -> None:
        """Lead a fault of the n-th filled row back to the row where it was typed.

        What the form itself refused is there already.
        """
        if isinstance(error, Invalid) and self.ok:
            error = Invalid([FieldError(self._typed(e.field), e.message) for e in error.errors])
        super().refuse(error, but=but)

    def _typed(self, name: str) -> str:
        match = _ROW_FAULT.fullmatch(name)
        if match is None or match[1] not in self.MARKS:
            return name
        prefix, place = match[1], int(match[2])
        filled = self.filled_rows(prefix)
        return f"{prefix}-{filled[place]}-{match[3]}" if place < len(filled) else name
