"""Forms of the confidential layer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.core.i18n import _n
from frontend.forms import Form
from frontend.forms.fields import day, integer, listed_id, text

TEXT_LENGTH: Final = 20_000
MESSAGE_LENGTH: Final = 500


class LayerForm(Form):
    """The confidential text, and whether the public page says that there is any."""

    def parse(self) -> tuple[str, bool, int]:
        """Text, announced, the version that was shown."""
        words = self.maybe("text", text(maximum=TEXT_LENGTH, lines=True)) or ""
        version = self.maybe("version", integer()) or 0
        self.check()
        return words, self.checked("announced"), version


class FilesForm(Form):
    """Files for the layer."""


class NdaForm(Form):
    """The NDA text."""

    def parse(self) -> tuple[str, int]:
        """Text, and the version that was shown."""
        words = self.need("nda", text(maximum=TEXT_LENGTH, lines=True))
        version = self.maybe("nda_version", integer()) or 0
        self.check()
        return words, version


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom to invite: by a word, or by the id that a request brought along."""

    word: str
    organisation_id: UUID | None
    until: date


class InviteForm(Form):
    """An organisation and a last day."""

    def parse(self) -> Invitee:
        """Who, until when."""
        organisation_id = self.maybe("organisation_id", listed_id())
        line = text(maximum=200)
        word = "" if organisation_id else self.need("organisation", line)
        until = self.need("until", day())
        self.check()
        return Invitee(word, organisation_id, until)


class AcceptForm(Form):
    """The NDA was read and is accepted."""

    def parse(self) -> int:
        """The version that was shown."""
        if not self.checked("agree"):
            self.add("agree", _n("请勾选，表示已阅读并同意。"))
        version = self.maybe("nda_version", integer()) or 0
        self.check()
        return version


class RequestForm(Form):
    """Why a company wants to read."""

    def parse(self) -> str:
        """The words."""
        words = self.need("message", text(minimum=2, maximum=MESSAGE_LENGTH, lines=True))
        self.check()
        return words
