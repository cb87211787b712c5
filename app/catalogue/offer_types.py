"""Words of offers: ways of disposal, states, the matrix of what excludes what, and snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.catalogue.terms import PriceTerms
from app.core.official import Labelled, NationalField, Region


class Disposal(Labelled):
    """What may be had (处置方式)."""

    transfer = "transfer", "转让"
    exclusive = "exclusive", "独占许可"
    sole = "sole", "排他许可"
    ordinary = "ordinary", "普通许可"
    equity = "equity", "作价投资"
    joint_development = "joint_development", "合作开发"


class OfferState(Labelled):
    """Where an offer stands. An ordinary licence stays published while deals are made of it."""

    draft = "draft", "草稿"
    published = "published", "供给中"
    reserved = "reserved", "已锁定"
    sold = "sold", "已成交"
    withdrawn = "withdrawn", "已撤回"
    expired = "expired", "已到期"


class Trust(Labelled):
    """How far a rule was verified (DOMAIN 0.1)."""

    law_read = "law_read", "法律原文"
    excerpt = "excerpt", "仅见摘录"
    general_knowledge = "general_knowledge", "待核实"
    own_default = "own_default", "本平台规则"


@dataclass(frozen=True, slots=True)
class Grant:
    """A right given, reserved or offered, as the exclusion matrix sees it.

    Empty ``fields`` means every field of use, empty ``territory`` the whole country; ``ends_at``
    is exclusive and None when the right lasts as long as the property.
    """

    disposal: Disposal
    starts_at: datetime
    ends_at: datetime | None = None
    fields: frozenset[NationalField] = frozenset()
    territory: frozenset[Region] = frozenset()
    reference: str = field(default="", compare=False)  # the offer's number, for messages


@dataclass(frozen=True, slots=True)
class ExclusionEntry:
    """One dated row of the matrix: may ``later`` be given while ``earlier`` is alive?

    ``scope_matters``: only where fields, territories and times of the two overlap.
    """

    earlier: Disposal
    later: Disposal
    excludes: bool
    scope_matters: bool
    in_force_from: date
    in_force_to: date | None
    reason: str
    source: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with its reason (a Chinese sentence)."""

    excludes: bool
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class OfferContent:
    """Everything an owner says in an offer. ``terms`` None is 面议.

    Empty ``fields`` means every field of use, empty ``territory`` the whole country,
    ``period_years`` None as long as the property lasts. ``use_note`` narrows the field in words:
    it is shown, and counts for nothing when rights are compared.
    """

    disposal: Disposal
    terms: PriceTerms | None = None
    conditions: str = ""
    fields: frozenset[NationalField] = frozenset()
    use_note: str = ""
    territory: frozenset[Region] = frozenset()
    period_years: int | None = None
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """Snapshot of an offer for rules and other rooms."""

    id: UUID
    number: str
    achievement_id: UUID
    owner_id: UUID
    disposal: Disposal
    state: OfferState
    price_terms_hash: str | None
    asking_minor: int | None
    fields: frozenset[NationalField]
    territory: frozenset[Region]
    period_years: int | None
    valid_from: datetime | None
    expires_at: datetime | None
    version: int
