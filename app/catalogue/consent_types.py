"""Words of consents (共有人同意) and of entry on behalf (代录与本人确认)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.catalogue.types import Disposal, Trust
from app.core.official import Labelled


class ConsentState(Labelled):
    """Where a co-owner's word stands."""

    asked = "asked", "待共有人答复"
    proof_sent = "proof_sent", "证明待核对"
    given = "given", "已同意"
    refused = "refused", "未同意"
    withdrawn = "withdrawn", "已撤回"


class ConsentWay(Labelled):
    """How the word is given."""

    workbench = "workbench", "平台内确认"
    document = "document", "书面证明"


class ConsentBreadth(Labelled):
    """What is consented to: exactly these terms, or this way of disposal with any terms."""

    terms = "terms", "仅限本次条款"
    disposal = "disposal", "本处置方式，价格由权利单位决定"


class ConfirmationState(Labelled):
    """Whether the person a record was entered for has confirmed it."""

    pending = "pending", "待本人确认"
    confirmed = "confirmed", "本人已确认"
    refused = "refused", "本人未认可"


@dataclass(frozen=True, slots=True)
class ConsentNeed:
    """One dated row of the rule: whether a disposal needs every co-owner's consent."""

    disposal: Disposal
    in_force_from: date
    in_force_to: date | None
    needs_all: bool
    reason: str
    source: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """Snapshot of one consent."""

    id: UUID
    achievement_id: UUID
    offer_id: UUID
    owner_id: UUID
    ordinal: int
    party_id: UUID | None
    co_owner_name: str
    co_owners_hash: str
    disposal: Disposal
    breadth: ConsentBreadth
    scope_hash: str
    statement: str
    statement_sha256: str
    way: ConsentWay
    state: ConsentState
    note: str
    asked_at: datetime
    decided_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConfirmationFacts:
    """Snapshot of an entry on behalf."""

    achievement_id: UUID
    entered_by: UUID
    entered_as: str
    person_id: UUID
    state: ConfirmationState
    reason: str
    confirmed_version: int | None
    content_hash: str | None
    entered_at: datetime
    decided_at: datetime | None
