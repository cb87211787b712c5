"""Forms of disclosures: what an inventor writes, what the unit decides, its own period."""

from __future__ import annotations

from typing import Final

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
from frontend.forms.fields import (
    as_percent,
    choice,
    day,
    integer,
    listed_id,
    percent_bp,
    text,
)
from frontend.forms.records import RowsForm, VersionForm

TITLE_LENGTH: Final = 300
SUMMARY_LENGTH: Final = 4000
ANSWER_LENGTH: Final = 2000
NOTE_LENGTH: Final = 2000
_MARKS: Final = {
    "completers": ("person_id", "name", "contribution", "share_bp"),
    "publications": ("kind", "where", "on"),
}
_YES, _NO = "yes", "no"
FISCAL: Final = ((_YES, _n("是")), (_NO, _n("否")))


class DisclosureForm(RowsForm):
    """What an inventor writes; a draft needs a title."""

    MARKS = _MARKS

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
            values[f"completers-{i}-share_bp"] = as_percent(row.share_bp)
        for i, item in enumerate(content.publications):
            values[f"publications-{i}-kind"] = item.kind
            values[f"publications-{i}-where"] = item.where
            values[f"publications-{i}-on"] = item.on
        return cls.blank(version=version, **values)

    def _completer(self, i: int) -> Completer:
        prefix = f"completers-{i}"
        person_id = self.maybe(f"{prefix}-person_id", listed_id())
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
