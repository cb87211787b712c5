"""Forms of achievements and claims. Rows (rights, completers, co-owners) that are empty are left
out; faults of the room are led back to the row where they were typed."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from app.catalogue.types import (
    AchievementContent,
    AchievementKind,
    Attribute,
    Completer,
    CoOwner,
    Embodiment,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    PracticeStage,
    ReturnReason,
    Stage,
)
from app.core.official import NationalField, Region
from frontend.forms import Form
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
ABSTRACT_LENGTH: Final = 2000
ANSWER_LENGTH: Final = 1000
NOTE_LENGTH: Final = 2000
EVIDENCE_LENGTH: Final = 4000
_SEPARATORS = re.compile(r"[、，,;；\s]+")
_RIGHT_TEXTS = ("title", "application_number", "publication_number", "holder_name", "ipc")
_RIGHT_DAYS = ("status_on", "filed_on", "published_on", "expires_on")
# what makes a row more than an empty one
_MARKS: Final = {
    "rights": ("kind", *_RIGHT_TEXTS, *_RIGHT_DAYS),
    "completers": ("name", "person_id"),
    "co_owners": ("name", "share_bp"),
}


class AchievementForm(RowsForm):
    """What an author writes; title and the owner's own number suffice."""

    MARKS = _MARKS

    def parse(self) -> AchievementContent:
        """The content; raises Invalid with every refusal."""
        answer = text(maximum=ANSWER_LENGTH, lines=True)
        line = text(maximum=200)
        title = self.need("title", text(maximum=TITLE_LENGTH))
        owner_number = self.need("owner_number", text(maximum=128))
        content: dict[str, Any] = {
            name: self.maybe(name, answer) or ""
            for name in ("problem", "alternative", "proof", "trl_evidence")
        } | {
            name: self.maybe(name, line) or ""
            for name in ("applications", "industry", "trl_assessor")
        }
        abstract = self.maybe("abstract", text(maximum=ABSTRACT_LENGTH, lines=True)) or ""
        trl = self.maybe("trl", integer(minimum=1, maximum=9))
        content |= {
            name: self.maybe(name, day())
            for name in ("trl_assessed_on", "researched_from", "researched_to")
        }
        rights = tuple(self._right(i) for i in self.filled_rows("rights"))
        completers = tuple(self._completer(i) for i in self.filled_rows("completers"))
        co_owners = tuple(self._co_owner(i) for i in self.filled_rows("co_owners"))
        words = self.maybe("keywords", text(maximum=200))
        content |= {
            "field": self.pick("field", NationalField),
            "kind": self.pick("kind", AchievementKind),
            "attribute": self.pick("attribute", Attribute),
            "embodiment": self.pick("embodiment", Embodiment),
            "level": self.pick("level", Level),
            "stage": self.pick("stage", Stage),
            "practice_stage": self.pick("practice_stage", PracticeStage),
            "region": self.pick("region", Region),
        }
        self.check()
        return AchievementContent(
            owner_number=owner_number,
            title=title,
            abstract=abstract,
            keywords=tuple(filter(None, _SEPARATORS.split(words or ""))),
            trl=trl,
            rights=rights,
            completers=completers,
            co_owners=co_owners,
            **content,
        )

    def holds(self, names: Collection[str]) -> bool:
        """Whether anything stands, or was refused, in these fields or rows."""
        starts = tuple(f"{name}-" for name in names)
        exact = set(names)
        return any(
            (name in exact or name.startswith(starts)) and found
            for name, found in (*self.typed.items(), *self.errors.items())
        )

    @classmethod
    def filled(cls, content: AchievementContent, version: int) -> AchievementForm:
        """The form with what stands in a record."""
        values: dict[str, object] = {
            name: getattr(content, name)
            for name in AchievementContent.__dataclass_fields__
            if name not in {"keywords", "co_owners", "completers", "rights"}
        }
        values["keywords"] = "、".join(content.keywords)
        for i, right in enumerate(content.rights):
            for name in IpRight.__dataclass_fields__:
                values[f"rights-{i}-{name}"] = getattr(right, name)
        for i, completer in enumerate(content.completers):
            values[f"completers-{i}-name"] = completer.name
            values[f"completers-{i}-person_id"] = completer.person_id
            values[f"completers-{i}-role"] = completer.role
        for i, owner in enumerate(content.co_owners):
            values[f"co_owners-{i}-name"] = owner.name
            values[f"co_owners-{i}-party_id"] = owner.party_id
            values[f"co_owners-{i}-share_bp"] = as_percent(owner.share_bp)
        return cls.blank(version=version, **values)

    def _right(self, i: int) -> IpRight:
        prefix = f"rights-{i}"
        kind = self.need(f"{prefix}-kind", choice(list(IpKind)))
        status = self.pick(f"{prefix}-legal_status", LegalStatus)
        values: dict[str, Any] = {
            name: self.maybe(f"{prefix}-{name}", text(maximum=300)) or "" for name in _RIGHT_TEXTS
        } | {name: self.maybe(f"{prefix}-{name}", day()) for name in _RIGHT_DAYS}
        return IpRight(
            kind=IpKind(kind) if kind else IpKind.other,
            legal_status=status or LegalStatus.unknown,
            **values,
        )

    def _completer(self, i: int) -> Completer:
        prefix = f"completers-{i}"
        role = self.maybe(f"{prefix}-role", text(maximum=200)) or ""
        person_id = self.maybe(f"{prefix}-person_id", listed_id())
        name = self.maybe(f"{prefix}-name", text(maximum=200)) or ""
        return Completer(name="" if person_id else name, person_id=person_id, role=role)

    def _co_owner(self, i: int) -> CoOwner:
        prefix = f"co_owners-{i}"
        return CoOwner(
            name=self.maybe(f"{prefix}-name", text(maximum=200)) or "",
            party_id=self.maybe(f"{prefix}-party_id", listed_id()),
            share_bp=self.maybe(f"{prefix}-share_bp", percent_bp()),
        )


class ReturnForm(VersionForm):
    """Why a record goes back to its author."""

    def parse(self) -> tuple[list[ReturnReason], str]:
        """Reasons from the list, and words."""
        reasons = [ReturnReason(word) for word in self.each("reasons", choice(list(ReturnReason)))]
        words = self.maybe("note", text(maximum=NOTE_LENGTH, lines=True)) or ""
        self.check()
        return reasons, words


class ClaimForm(Form):
    """Why an imported record is one's own."""

    def parse(self) -> str:
        """The evidence."""
        evidence = self.need("evidence", text(minimum=2, maximum=EVIDENCE_LENGTH, lines=True))
        self.check()
        return evidence


class NoteForm(Form):
    """Why a claim is refused."""

    def parse(self) -> str:
        """The words."""
        words = self.need("note", text(minimum=2, maximum=NOTE_LENGTH, lines=True))
        self.check()
        return words
