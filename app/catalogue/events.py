"""What the catalogue announces. No text that a person wrote stands in a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class _AchievementFact:
    achievement_id: UUID
    owner_id: UUID | None
    number: str
    version: int

    def payload(self) -> dict[str, Any]:
        return {
            "achievement_id": str(self.achievement_id),
            "owner_id": str(self.owner_id) if self.owner_id else None,
            "number": self.number,
            "version": self.version,
        }


class AchievementSubmitted(_AchievementFact):
    """A record waits for an operator."""

    topic: ClassVar[str] = "catalogue.achievement_submitted.v1"


class AchievementPublished(_AchievementFact):
    """A record became public."""

    topic: ClassVar[str] = "catalogue.achievement_published.v1"


class AchievementReturned(_AchievementFact):
    """An operator returned a record with reasons."""

    topic: ClassVar[str] = "catalogue.achievement_returned.v1"


class AchievementWithdrawn(_AchievementFact):
    """A record is no longer public."""

    topic: ClassVar[str] = "catalogue.achievement_withdrawn.v1"


class EntryResolved(_AchievementFact):
    """A researcher confirmed or refused what was entered for him."""

    topic: ClassVar[str] = "catalogue.entry_resolved.v1"


@dataclass(frozen=True, slots=True)
class _ClaimFact:
    claim_id: UUID
    achievement_id: UUID
    organisation_id: UUID
    state: str

    def payload(self) -> dict[str, Any]:
        return {
            "claim_id": str(self.claim_id),
            "achievement_id": str(self.achievement_id),
            "organisation_id": str(self.organisation_id),
            "state": self.state,
        }


class ClaimRequested(_ClaimFact):
    """An organisation says an imported achievement is its own."""

    topic: ClassVar[str] = "catalogue.claim_requested.v1"


class ClaimResolved(_ClaimFact):
    """An operator accepted or refused a claim."""

    topic: ClassVar[str] = "catalogue.claim_resolved.v1"


@dataclass(frozen=True, slots=True)
class _ConsentFact:
    consent_id: UUID
    achievement_id: UUID
    offer_id: UUID
    state: str

    def payload(self) -> dict[str, Any]:
        return {
            "consent_id": str(self.consent_id),
            "achievement_id": str(self.achievement_id),
            "offer_id": str(self.offer_id),
            "state": self.state,
        }


class ConsentAsked(_ConsentFact):
    """A co-owner was asked for consent."""

    topic: ClassVar[str] = "catalogue.consent_asked.v1"


class ConsentResolved(_ConsentFact):
    """A co-owner's consent was given, refused or withdrawn."""

    topic: ClassVar[str] = "catalogue.consent_resolved.v1"


@dataclass(frozen=True, slots=True)
class _OfferFact:
    offer_id: UUID
    achievement_id: UUID
    owner_id: UUID
    number: str
    version: int

    def payload(self) -> dict[str, Any]:
        return {
            "offer_id": str(self.offer_id),
            "achievement_id": str(self.achievement_id),
            "owner_id": str(self.owner_id),
            "number": self.number,
            "version": self.version,
        }


class OfferPublished(_OfferFact):
    """An offer became public."""

    topic: ClassVar[str] = "catalogue.offer_published.v1"


class OfferWithdrawn(_OfferFact):
    """An owner took an offer back."""

    topic: ClassVar[str] = "catalogue.offer_withdrawn.v1"


class OfferExpired(_OfferFact):
    """An offer ran out without being renewed."""

    topic: ClassVar[str] = "catalogue.offer_expired.v1"


class OfferSold(_OfferFact):
    """A deal took an offer; an ordinary licence stays on offer all the same."""

    topic: ClassVar[str] = "catalogue.offer_sold.v1"


@dataclass(frozen=True, slots=True)
class EditionPublished:
    """An issue of a catalogue or of a conversion list was frozen."""

    topic: ClassVar[str] = "catalogue.edition_published.v1"

    edition_id: UUID
    owner_id: UUID | None
    number: str
    kind: str
    visibility: str

    def payload(self) -> dict[str, Any]:
        return {
            "edition_id": str(self.edition_id),
            "owner_id": str(self.owner_id) if self.owner_id else None,
            "number": self.number,
            "kind": self.kind,
            "visibility": self.visibility,
        }
