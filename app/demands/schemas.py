"""JSON of demands: what comes in and goes out. Money is in 分."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.core.money import MAX_MINOR
from app.core.official import NationalField, Region
from app.core.paging import Page
from app.demands.rules import MAX_TEXT, MAX_TITLE
from app.demands.types import (
    Confidentiality,
    Cooperation,
    DemandContent,
    DemandState,
    DemandView,
    Need,
    Origin,
)


class DemandIn(BaseModel):
    """A demand (技术需求) to be saved as a draft."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    title: str = Field(min_length=1, max_length=MAX_TITLE)
    need: Need = Need.challenge
    field: NationalField | None = None
    background: str = Field(default="", max_length=MAX_TEXT)
    problem: str = Field(default="", max_length=MAX_TEXT)
    targets: str = Field(default="", max_length=MAX_TEXT)
    budget_minor: int | None = Field(default=None, gt=0, le=MAX_MINOR)
    deadline_on: date | None = None
    cooperation: list[Cooperation] = Field(default_factory=list, max_length=len(Cooperation))
    region: Region | None = None
    confidentiality: Confidentiality = Confidentiality.open
    expires_on: date | None = None

    def content(self) -> DemandContent:
        """What its author wrote, each way of cooperation once."""
        values = self.model_dump()
        return DemandContent(**values | {"cooperation": tuple(dict.fromkeys(self.cooperation))})


class DemandOut(BaseModel):
    """A demand as this reader may see it; ``holder`` is masked where its owner asked for that."""

    number: str
    state: DemandState
    origin: Origin
    version: int
    title: str
    holder: str
    need: Need
    field: NationalField | None
    background: str
    problem: str
    targets: str
    budget_minor: int | None
    deadline_on: date | None
    cooperation: list[Cooperation]
    region: Region | None
    confidentiality: Confidentiality
    published_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, view: DemandView) -> Self:
        content = view.content
        return cls(
            number=view.number,
            state=view.state,
            origin=view.origin,
            version=view.version,
            title=content.title,
            holder=view.holder,
            need=content.need,
            field=content.field,
            background=content.background,
            problem=content.problem,
            targets=content.targets,
            budget_minor=content.budget_minor,
            deadline_on=content.deadline_on,
            cooperation=list(content.cooperation),
            region=content.region,
            confidentiality=content.confidentiality,
            published_at=view.published_at,
            expires_at=view.expires_at,
        )


class DemandsOut(BaseModel):
    """One page of demands; ``next`` is the cursor of the following one."""

    items: list[DemandOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[DemandView]) -> Self:
        return cls(items=[DemandOut.of(view) for view in page.items], next=page.next)
