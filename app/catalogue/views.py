"""What the verbs show: snapshots for pages and the API, made for one actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.catalogue.confidential_types import GuestState
from app.catalogue.consent_types import ConfirmationFacts, ConsentFacts, ConsentNeed
from app.catalogue.diffing import FieldChange
from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    ClaimFacts,
    CoOwner,
    Grant,
    LintHint,
    OfferContent,
    OfferFacts,
    ReturnReason,
)
from app.core.official import NationalField
from app.files.types import FileView


@dataclass(frozen=True, slots=True)
class Actions:
    """What this actor may do with the thing now; pages show no other buttons."""

    edit: bool = False
    submit: bool = False
    review: bool = False
    withdraw: bool = False
    claim: bool = False
    offer: bool = False
    publish: bool = False
    renew: bool = False


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer with its achievement's title, as pages and the API show it.

    ``warnings`` are for its owner and the platform: sentences about what would have the offer
    refused when somebody takes it.
    """

    facts: OfferFacts
    content: OfferContent
    achievement_number: str
    achievement_title: str
    holder_name: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    actions: Actions = Actions()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with the names a reader needs."""

    facts: ClaimFacts
    organisation_name: str
    achievement_number: str
    achievement_title: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class AchievementLine:
    """One line of a list."""

    facts: AchievementFacts
    owner_number: str
    field: NationalField | None
    updated_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class AchievementView:
    """An achievement as pages and the API show it to one actor.

    ``completers`` are (name, role) in order, members' names read from accounts. ``hints``,
    ``claims`` and the reasons of a return are for owners and the platform only.
    """

    facts: AchievementFacts
    content: AchievementContent
    care_name: str
    completers: tuple[tuple[str, str], ...]
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    actions: Actions
    offers: tuple[OfferView, ...] = ()
    grants: tuple[Grant, ...] = ()
    hints: tuple[LintHint, ...] = ()
    claims: tuple[ClaimView, ...] = ()
    return_reasons: tuple[ReturnReason, ...] = ()
    return_note: str = ""
    inside: bool = False
    review_base: int | None = None
    confirmation: ConfirmationView | None = None


@dataclass(frozen=True, slots=True)
class ConfirmationView:
    """An entry on behalf with the names a reader inside needs; ``may_decide`` for its person."""

    facts: ConfirmationFacts
    person_name: str
    entered_by_name: str
    may_decide: bool = False


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in a list. Who wrote it is told inside only.

    ``current``: the record says this now. ``readable``: this actor may read its content.
    """

    version: int
    at: datetime
    action: str
    published: bool
    sha256: str
    current: bool
    readable: bool
    hidden_reason: str = ""
    by_name: str = ""
    by_organisation: str = ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version whole, as its filled fields."""

    facts: AchievementFacts
    line: VersionLine
    fields: tuple[FieldChange, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class FormerName:
    """A completer's name that only older versions hold."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ContentChanges:
    """What changed between two versions; ``choices`` are the versions one may compare."""

    facts: AchievementFacts
    old: VersionLine
    new: VersionLine
    changes: tuple[FieldChange, ...]
    choices: tuple[VersionLine, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One co-owner's consent with what it is about and what this actor may do now.

    ``stale``: the list of co-owners or the terms changed since; it counts for nothing then.
    """

    facts: ConsentFacts
    achievement_number: str
    achievement_title: str
    owner_name: str
    offer_number: str
    offer: OfferContent
    stale: bool
    files: tuple[FileView, ...] = ()
    may_answer: bool = False
    may_prove: bool = False
    may_check: bool = False
    may_withdraw: bool = False


@dataclass(frozen=True, slots=True)
class ConsentSeat:
    """One co-owner of an offer's achievement, and his word on this offer if there is one."""

    co_owner: CoOwner
    consent: ConsentFacts | None


@dataclass(frozen=True, slots=True)
class ConsentBoard:
    """Who of the co-owners consented to an offer; ``need`` is the rule in force."""

    needed: bool
    need: ConsentNeed | None
    seats: tuple[ConsentSeat, ...]
    may_ask: bool


@dataclass(frozen=True, slots=True)
class ConfirmationLine:
    """One entry on behalf in a list."""

    achievement: AchievementFacts
    confirmation: ConfirmationView


@dataclass(frozen=True, slots=True)
class ConfirmationPage:
    """A record entered on behalf, whole, with who has to confirm it."""

    facts: AchievementFacts
    fields: tuple[FieldChange, ...]
    confirmation: ConfirmationView


@dataclass(frozen=True, slots=True)
class Looker:
    """A verified organisation whose members looked at a record; never which of them."""

    organisation_id: UUID
    name: str
    views: int
    last_on: date


@dataclass(frozen=True, slots=True)
class LayerAsker:
    """An organisation that asked for the confidential layer, or was invited to it."""

    name: str
    state: GuestState
    at: datetime | None


@dataclass(frozen=True, slots=True)
class InterestView:
    """How often a record was looked at: by day (the last 30), altogether (a year), by whom."""

    facts: AchievementFacts
    days: tuple[tuple[date, int], ...]
    recent: int
    total: int
    lookers: tuple[Looker, ...]
    guests: tuple[LayerAsker, ...] = ()
