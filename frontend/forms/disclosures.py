"""Forms of disclosures: what an inventor writes, what the unit decides, its own period."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import _n
from app.core.official import NationalField
from app.disclosures.types import (
    Completer,
    Decision,
    DecisionContent,
    DisclosureContent,
    Empowerment,
    Funding,
    Publication,
    PublicationKind,
    Secrecy,
    Wish,
)
from frontend.forms import Refusals
from frontend.forms.catalogue import VersionForm
from frontend.forms.fields import Refused, choice, day, integer, percent_bp, text

SPARE_ROWS: Final = 2
TITLE_LENGTH: Final = 300
SUMMARY_LENGTH: Final = 4000
ANSWER_LENGTH: Final = 2000
NOTE_LENGTH: Final = 2000
_MARKS: Final = {
    "completers": ("person_id", "name", "contribution", "share_bp"),
    "publications": ("kind", "where", "on"),
}
_ROW_FAULT = re.compile(r"(completers|publications)-(\d+)-(\w+)")
_YES, _NO = "yes", "no"
FISCAL: Final = ((_YES, _n("是")), (_NO, _n("否")))


class DisclosureForm(VersionForm):
    """What an inventor writes; a draft needs a title."""

    def parse(self) -> DisclosureContent:
        """The content; raises Invalid with every refusal."""
        answer = text(maximum=ANSWER_LENGTH, lines=True)
        fiscal = self.maybe("fiscal", choice((_YES, _NO)))
        content = DisclosureContent(
            title=self.need("title", text(maximum=TITLE_LENGTH)),
            summary=self.maybe("summary", text(maximum=SUMMARY_LENGTH, lines=True)) or "",
            problem=self.maybe("problem", answer) or "",
            novelty=self.maybe("novelty", answer) or "",
            field=self.pick("field", NationalField),
            funding=self.pick("funding", Funding),
            fiscal=None if fiscal is None else fiscal == _YES,
            project_name=self.maybe("project_name", text(maximum=300)) or "",
            project_number=self.maybe("project_number", text(maximum=100)) or "",
            secrecy=self.pick("secrecy", Secrecy),
            obligations=self.maybe("obligations", answer) or "",
            wish=self.pick("wish", Wish),
            completers=tuple(self._completer(i) for i in self.filled_rows("completers")),
            publications=tuple(self._publication(i) for i in self.filled_rows("publications")),
        )
        self.check()
        return content

    def is_secret(self) -> bool:
        """Whether its author thinks that it may be a state secret: then nothing else is read."""
        return self.value("secrecy") == Secrecy.maybe_secret

    def refuse(self, error: DomainError, *, but: Refusals = ()) -> None:
        """Lead a fault of the n-th filled row back to the row where it was typed."""
        if isinstance(error, Invalid):
            error = Invalid([FieldError(self._typed(e.field), e.message) for e in error.errors])
        super().refuse(error, but=but)

    def shown_rows(self, prefix: str) -> list[int]:
        """Row numbers to show: the typed ones and some empty ones behind them."""
        filled = self.rows(prefix)
        first_empty = max(filled, default=-1) + 1
        return filled + list(range(first_empty, first_empty + SPARE_ROWS))

    def filled_rows(self, prefix: str) -> list[int]:
        """Row numbers of the rows that hold anything, in order."""
        return [
            i
            for i in self.rows(prefix)
            if any(self.value(f"{prefix}-{i}-{name}").strip() for name in _MARKS[prefix])
        ]

    @classmethod
    def filled(cls, content: DisclosureContent, version: int) -> DisclosureForm:
        """The form with what stands in a disclosure."""
        values: dict[str, object] = {
            name: getattr(content, name)
            for name in DisclosureContent.__dataclass_fields__
            if name not in {"fiscal", "completers", "publications"}
        }
        if content.fiscal is not None:
            values["fiscal"] = _YES if content.fiscal else _NO
        for i, row in enumerate(content.completers):
            values[f"completers-{i}-person_id"] = row.person_id
            values[f"completers-{i}-name"] = row.name
            values[f"completers-{i}-contribution"] = row.contribution
            values[f"completers-{i}-share_bp"] = _percent(row.share_bp)
        for i, item in enumerate(content.publications):
            values[f"publications-{i}-kind"] = item.kind
            values[f"publications-{i}-where"] = item.where
            values[f"publications-{i}-on"] = item.on
        return cls.blank(version=version, **values)

    def _completer(self, i: int) -> Completer:
        prefix = f"completers-{i}"
        person_id = self.maybe(f"{prefix}-person_id", _uuid)
        name = self.maybe(f"{prefix}-name", text(maximum=200)) or ""
        return Completer(
            name="" if person_id else name,
            person_id=person_id,
            contribution=self.maybe(f"{prefix}-contribution", text(maximum=200)) or "",
            share_bp=self.maybe(f"{prefix}-share_bp", percent_bp(minimum=1)),
        )

    def _publication(self, i: int) -> Publication:
        prefix = f"publications-{i}"
        kind = self.need(f"{prefix}-kind", choice(list(PublicationKind)))
        return Publication(
            kind=PublicationKind(kind) if kind else PublicationKind.other,
            where=self.maybe(f"{prefix}-where", text(maximum=200)) or "",
            on=self.maybe(f"{prefix}-on", day()),
        )

    def _typed(self, name: str) -> str:
        match = _ROW_FAULT.fullmatch(name)
        if match is None:
            return name
        prefix, place = match[1], int(match[2])
        filled = self.filled_rows(prefix)
        return f"{prefix}-{filled[place]}-{match[3]}" if place < len(filled) else name


class DecisionForm(VersionForm):
    """What the unit decides."""

    def parse(self) -> DecisionContent:
        """The decision; what belongs to an empowerment is checked by the room."""
        decision = self.need("decision", choice(list(Decision)))
        note = self.need("note", text(minimum=2, maximum=NOTE_LENGTH, lines=True))
        empowerment = self.pick("empowerment", Empowerment)
        share = self.maybe("share_bp", percent_bp(minimum=1))
        years = self.maybe("years", integer(minimum=1, maximum=100))
        self.check()
        return DecisionContent(Decision(decision), note, empowerment, share, years)


class PeriodForm(VersionForm):
    """In how many working days the unit decides, and by which of its regulations."""

    def parse(self) -> tuple[int, str]:
        """Days and source."""
        days = self.need("days", integer(minimum=1, maximum=120))
        source = self.need("source", text(minimum=2, maximum=200))
        self.check()
        return days, source


def _uuid(raw: str) -> UUID:
    """An id that the page itself put into the form."""
    try:
        return UUID(raw)
    except ValueError:
        raise Refused(_n("请从列出的选项中选择。")) from None


def _percent(basis_points: int | None) -> str | None:
    """Basis points as the percentage a person would type: 12.5 or 30."""
    if basis_points is None:
        return None
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
