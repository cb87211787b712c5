"""Types of the confidential layer (保密资料): what only those read who accepted the NDA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.catalogue.types import AchievementFacts
from app.core.i18n import _n
from app.files.types import FileView

LAYER_FILES = "catalogue.confidential"  # owner_kind of its files


class GuestState(StrEnum):
    """Where an organisation stands with a layer."""

    requested = "requested"
    invited = "invited"
    declined = "declined"
    revoked = "revoked"


class Opened(StrEnum):
    """What was opened."""

    text = "text"
    file = "file"


@dataclass(frozen=True, slots=True)
class NdaTemplate:
    """A default text of the NDA: data with a date and a source, not law."""

    version: str
    source: str
    trust: str
    text: str


@dataclass(frozen=True, slots=True)
class Nda:
    """One version of the NDA text of one layer; never changed once written."""

    version: int
    text: str
    sha256: str  # of the text in UTF-8
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """An organisation that asked or was invited."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    credit_code: str
    state: GuestState
    message: str
    asked_at: datetime | None
    invited_at: datetime | None
    until: datetime | None  # exclusive
    open: bool  # invited and not ended
    accepted: Nda | None  # the newest version accepted
    accepted_at: datetime | None
    accepted_by: str  # the person's name, read from accounts


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of the text or of a file by an invited organisation."""

    id: UUID
    at: datetime
    organisation_name: str
    person_name: str
    what: Opened
    file_name: str  # empty for the text, and for a file that is gone
    nda_version: int


@dataclass(frozen=True, slots=True)
class KeptLayer:
    """The layer as its owner sees it. ``version`` 0: nothing was written yet."""

    achievement: AchievementFacts
    text: str
    announced: bool
    version: int
    nda: Nda | None
    template: NdaTemplate
    template_text: str  # the template filled with names
    files: tuple[FileView, ...]
    guests: tuple[Guest, ...]
    may_invite: bool


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """The layer as an invited organisation sees it; text and files only after acceptance."""

    achievement: AchievementFacts
    nda: Nda
    accepted_at: datetime | None
    accepted_by: str
    accepted_older: bool  # an earlier version was accepted: the text changed
    until: datetime
    text: str
    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class LayerLine:
    """The neutral line of the public page."""

    exists: bool  # the owner chose to say so, or the reader is invited
    keeps: bool  # the reader writes it
    invited: bool
    state: GuestState | None  # of the reader's organisation
    may_request: bool


@dataclass(frozen=True, slots=True)
class RoomLine:
    """One entry of the list of layers that an organisation may open."""

    achievement_number: str
    achievement_title: str
    holder_name: str
    until: datetime
    accepted: bool


TRUST_OURS = _n("本平台规则，非法律文本，待核实")
