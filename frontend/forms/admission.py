"""Forms of admission: an application, an operator's decision."""

from __future__ import annotations

from collections.abc import Sequence

from app.auctions.types import CHOSEN, MAX_STATEMENT, Criterion, RefusalReason
from app.core.money import MAX_MINOR
from frontend.forms import Form
from frontend.forms.fields import choice, integer, text


class ApplyForm(Form):
    """An application: statement, confirmed, value-KEY of each criterion; files beside it."""

    def parse_values(self, criteria: Sequence[Criterion]) -> dict[str, int]:
        """What is declared, by criterion; a missing one is left out, the room asks for it."""
        found = {
            one.key: self.maybe(f"value-{one.key}", integer(maximum=MAX_MINOR)) for one in criteria
        }
        return {key: value for key, value in found.items() if value is not None}

    def parse_statement(self) -> str:
        """How the conditions are met, in the applicant's words; may be empty."""
        return self.maybe("statement", text(maximum=MAX_STATEMENT, lines=True)) or ""


class DecideForm(ApplyForm):
    """A decision: accept (yes or no), reason (of the closed list), note, value-KEY."""

    def is_accepting(self) -> bool:
        return self.value("accept") == "yes"

    def parse_reason(self) -> RefusalReason | None:
        """The reason of a refusal; None when none was chosen."""
        chosen = self.maybe("reason", choice([one.value for one in CHOSEN]))
        return RefusalReason(chosen) if chosen else None
