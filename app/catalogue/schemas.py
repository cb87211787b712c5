"""JSON of achievements and offers: what comes in and goes out. Money is 分, rates 万分之一."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.catalogue.terms_schema import TermsIn
from app.catalogue.types import (
    AchievementContent,
    AchievementKind,
    AchievementState,
    Attribute,
    Completer,
    CoOwner,
    Disposal,
    Embodiment,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    OfferContent,
    OfferState,
    Origin,
    PracticeStage,
    Stage,
    to_json,
)
from app.catalogue.views import AchievementLine, AchievementView, OfferView
from app.core.official import NationalField, Region
from app.core.paging import Page

_IN = ConfigDict(str_strip_whitespace=True, extra="forbid")
_ROWS = 50


class IpRightIn(BaseModel):
    """One intellectual property right; Chinese patent numbers are checked."""

    model_config = _IN

    kind: IpKind
    title: str = ""
    application_number: str = ""
    publication_number: str = ""
    holder_name: str = ""
    legal_status: LegalStatus = LegalStatus.unknown
    status_on: date | None = None
    filed_on: date | None = None
    published_on: date | None = None
    expires_on: date | None = None
    ipc: str = ""


class CoOwnerIn(BaseModel):
    """A co-owner (共有人)."""

    model_config = _IN

    name: str
    share_bp: int | None = None


class CompleterIn(BaseModel):
    """A completer (完成人) by name, in order."""

    model_config = _IN

    name: str
    role: str = ""


class AchievementIn(BaseModel):
    """An achievement (科技成果) to be saved as a draft; number and title suffice."""

    model_config = _IN

    owner_number: str
    title: str
    abstract: str = ""
    keywords: list[str] = Field(default_factory=list, max_length=_ROWS)
    field: NationalField | None = None
    applications: str = ""
    industry: str = ""
    kind: AchievementKind | None = None
    attribute: Attribute | None = None
    embodiment: Embodiment | None = None
    level: Level | None = None
    stage: Stage | None = None
    problem: str = ""
    alternative: str = ""
    proof: str = ""
    trl: int | None = None
    trl_evidence: str = ""
    trl_assessor: str = ""
    trl_assessed_on: date | None = None
    practice_stage: PracticeStage | None = None
    region: Region | None = None
    researched_from: date | None = None
    researched_to: date | None = None
    co_owners: list[CoOwnerIn] = Field(default_factory=list, max_length=_ROWS)
    completers: list[CompleterIn] = Field(default_factory=list, max_length=_ROWS)
    rights: list[IpRightIn] = Field(default_factory=list, max_length=_ROWS)

    def content(self) -> AchievementContent:
        """What its author wrote."""
        rows = {"keywords", "co_owners", "completers", "rights"}
        return AchievementContent(
            **self.model_dump(exclude=rows),
            keywords=tuple(self.keywords),
            co_owners=tuple(CoOwner(**row.model_dump()) for row in self.co_owners),
            completers=tuple(Completer(**row.model_dump()) for row in self.completers),
            rights=tuple(IpRight(**row.model_dump()) for row in self.rights),
        )


class AchievementLineOut(BaseModel):
    """One line of a list of achievements."""

    number: str
    title: str
    holder: str
    origin: Origin
    state: AchievementState
    field: NationalField | None
    version: int
    published_at: datetime | None

    @classmethod
    def of(cls, line: AchievementLine) -> Self:
        facts = line.facts
        return cls(
            number=facts.number,
            title=facts.title,
            holder=facts.holder_name,
            origin=facts.origin,
            state=facts.state,
            field=line.field,
            version=facts.version,
            published_at=line.published_at,
        )


class AchievementsOut(BaseModel):
    """One page of achievements; ``next`` is the cursor of the following one."""

    items: list[AchievementLineOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[AchievementLine]) -> Self:
        return cls(items=[AchievementLineOut.of(line) for line in page.items], next=page.next)


class OfferOut(BaseModel):
    """An offer (供给信息); ``terms`` null is 面议. Empty lists mean every field, everywhere."""

    number: str
    achievement: str
    title: str
    holder: str
    state: OfferState
    disposal: Disposal
    terms: dict[str, Any] | None
    terms_hash: str | None
    asking_minor: int | None
    conditions: str
    fields: list[NationalField]
    use_note: str
    territory: list[Region]
    period_years: int | None
    valid_from: datetime | None
    expires_at: datetime | None
    version: int

    @classmethod
    def of(cls, view: OfferView) -> Self:
        facts, content = view.facts, view.content
        return cls(
            number=facts.number,
            achievement=view.achievement_number,
            title=view.achievement_title,
            holder=view.holder_name,
            state=facts.state,
            disposal=facts.disposal,
            terms=to_json(content.terms) if content.terms else None,
            terms_hash=facts.price_terms_hash,
            asking_minor=facts.asking_minor,
            conditions=content.conditions,
            fields=sorted(content.fields),
            use_note=content.use_note,
            territory=sorted(content.territory),
            period_years=content.period_years,
            valid_from=facts.valid_from,
            expires_at=facts.expires_at,
            version=facts.version,
        )


class CompleterOut(BaseModel):
    """A completer (完成人) in order."""

    name: str
    role: str


class AchievementOut(BaseModel):
    """An achievement (科技成果) as this reader may see it."""

    number: str
    state: AchievementState
    origin: Origin
    version: int
    owner_number: str
    title: str
    holder: str
    abstract: str
    keywords: list[str]
    field: NationalField | None
    applications: str
    industry: str
    kind: AchievementKind | None
    attribute: Attribute | None
    embodiment: Embodiment | None
    level: Level | None
    stage: Stage | None
    problem: str
    alternative: str
    proof: str
    trl: int | None
    trl_evidence: str
    trl_assessor: str
    trl_assessed_on: date | None
    practice_stage: PracticeStage | None
    region: Region | None
    researched_from: date | None
    researched_to: date | None
    co_owners: list[CoOwnerIn]
    completers: list[CompleterOut]
    rights: list[IpRightIn]
    offers: list[OfferOut]
    published_at: datetime | None

    @classmethod
    def of(cls, view: AchievementView) -> Self:
        facts, content = view.facts, view.content
        written = {
            name: getattr(content, name)
            for name in cls.model_fields
            if hasattr(content, name) and name not in {"co_owners", "completers", "rights"}
        }
        return cls(
            **written | {"keywords": list(content.keywords)},
            number=facts.number,
            state=facts.state,
            origin=facts.origin,
            version=facts.version,
            holder=facts.holder_name,
            co_owners=[CoOwnerIn(name=r.name, share_bp=r.share_bp) for r in content.co_owners],
            completers=[CompleterOut(name=name, role=role) for name, role in view.completers],
            rights=[_right(row) for row in content.rights],
            offers=[OfferOut.of(offer) for offer in view.offers],
            published_at=view.published_at,
        )


class AchievementDraftOut(BaseModel):
    """A draft that was saved."""

    number: str
    state: AchievementState
    version: int


class OfferIn(BaseModel):
    """An offer to be saved as a draft; without ``terms`` it is 面议."""

    model_config = _IN

    achievement: str
    disposal: Disposal
    terms: TermsIn | None = None
    conditions: str = ""
    fields: list[NationalField] = Field(default_factory=list, max_length=len(NationalField))
    use_note: str = ""
    territory: list[Region] = Field(default_factory=list, max_length=len(Region))
    period_years: int | None = None
    valid_from: AwareDatetime | None = None

    def content(self) -> OfferContent:
        """What its author wrote."""
        return OfferContent(
            disposal=self.disposal,
            terms=self.terms.value() if self.terms else None,
            conditions=self.conditions,
            fields=frozenset(self.fields),
            use_note=self.use_note,
            territory=frozenset(self.territory),
            period_years=self.period_years,
            valid_from=self.valid_from,
        )


class OfferDraftOut(BaseModel):
    """An offer that was saved as a draft."""

    number: str
    state: OfferState
    version: int
    terms_hash: str | None


def _right(row: IpRight) -> IpRightIn:
    return IpRightIn(**{name: getattr(row, name) for name in IpRightIn.model_fields})
