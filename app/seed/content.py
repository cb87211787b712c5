"""The content of the demonstration, read from ``data/*.json`` into the rooms' own types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from app.accounts.types import OrganisationKind, Role
from app.catalogue.terms import parse_terms
from app.catalogue.types import (
    AchievementContent,
    AchievementKind,
    AchievementState,
    Attribute,
    Completer,
    Disposal,
    Embodiment,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    OfferContent,
    PracticeStage,
    Stage,
)
from app.core.official import NationalField, Region
from app.demands.types import Cooperation, DemandContent, DemandState, Need


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """One invented organisation; ``verified`` ones were vouched for by the demo operator."""

    key: str
    name: str
    kind: OrganisationKind
    credit_code: str
    region: str
    verified: bool


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One invented person: platform roles, or roles in the organisation with that key.

    ``shown`` people have a published login; the others act only through the demonstration itself.
    """

    key: str
    name: str
    label: str
    email: str
    platform_roles: tuple[Role, ...]
    organisation: str | None
    member_roles: frozenset[Role]
    shown: bool


@dataclass(frozen=True, slots=True)
class DemoAchievement:
    """One achievement, its owner's key, and how far its record gets before a visitor comes."""

    key: str
    owner: str
    state: AchievementState
    raw: Mapping[str, Any]

    def content(self, people: Mapping[str, UUID], today: date) -> AchievementContent:
        """What its author writes on ``today``; ``people`` are ids by key, for members.

        Nothing is dated after ``today``: a machine whose clock is behind gets a market too.
        """
        raw = self.raw
        return AchievementContent(
            owner_number=raw["owner_number"],
            title=raw["title"],
            abstract=raw["abstract"],
            keywords=tuple(raw["keywords"]),
            field=NationalField(raw["field"]),
            applications=raw["applications"],
            industry=raw["industry"],
            kind=AchievementKind(raw["kind"]),
            attribute=Attribute(raw["attribute"]),
            embodiment=Embodiment(raw["embodiment"]),
            level=Level(raw["level"]),
            stage=Stage(raw["stage"]),
            problem=raw["problem"],
            alternative=raw["alternative"],
            proof=raw["proof"],
            trl=raw["trl"],
            trl_evidence=raw["trl_evidence"],
            trl_assessor=raw["trl_assessor"],
            trl_assessed_on=min(date.fromisoformat(raw["trl_assessed_on"]), today),
            practice_stage=PracticeStage(raw["practice_stage"]),
            region=Region(raw["region"]),
            researched_from=date.fromisoformat(raw["researched_from"]),
            researched_to=date.fromisoformat(raw["researched_to"]),
            completers=tuple(_completer(row, people) for row in raw["completers"]),
            rights=tuple(_right(row, today) for row in raw["rights"]),
        )


@dataclass(frozen=True, slots=True)
class DemoOffer:
    """One offer of the achievement with that key; with a start and a step it may be a lot, 分."""

    key: str
    achievement: str
    content: OfferContent
    start_minor: int | None
    step_minor: int | None


@dataclass(frozen=True, slots=True)
class DemoDemand:
    """One demand; its deadline is ``months`` after the day it is seeded."""

    key: str
    owner: str
    state: DemandState
    raw: Mapping[str, Any]

    def content(self, today: date) -> DemandContent:
        """What its author writes on ``today`` (the day in Shanghai)."""
        raw = self.raw
        return DemandContent(
            title=raw["title"],
            need=Need(raw["need"]),
            field=NationalField(raw["field"]),
            background=raw["background"],
            problem="\n".join(
                (
                    raw["problem"],
                    f"对揭榜方的条件：{raw['conditions']}。",
                    f"产权归属：{raw['ownership']}。",
                )
            ),
            targets="\n".join(map(_target, raw["targets"])),
            budget_minor=raw["budget_minor"],
            deadline_on=_after(today, raw["months"]),
            cooperation=tuple(map(Cooperation, raw["cooperation"])),
            region=Region(raw["region"]),
        )


@cache
def organisations() -> tuple[DemoOrganisation, ...]:
    return tuple(
        DemoOrganisation(
            key=row["key"],
            name=row["name"],
            kind=OrganisationKind(row["kind"]),
            credit_code=row["credit_code"],
            region=row["region"],
            verified=row["state"] == "verified",
        )
        for row in _read("organisations")
    )


@cache
def people() -> tuple[DemoPerson, ...]:
    return tuple(
        DemoPerson(
            key=row["key"],
            name=row["name"],
            label=row["label"],
            email=row["email"],
            platform_roles=tuple(map(Role, row["platform_roles"])),
            organisation=row["organisation"],
            member_roles=frozenset(map(Role, row["member_roles"])),
            shown=row["shown"],
        )
        for row in _read("people")
    )


@cache
def achievements() -> tuple[DemoAchievement, ...]:
    return tuple(
        DemoAchievement(
            row["key"], row["owner"], AchievementState(row.get("state", "published")), row
        )
        for row in _read("achievements")
    )


@cache
def offers() -> tuple[DemoOffer, ...]:
    return tuple(
        DemoOffer(
            key=row["key"],
            achievement=row["achievement"],
            content=OfferContent(
                disposal=Disposal(row["disposal"]),
                terms=parse_terms(row["price_terms"]) if row["price_terms"] else None,
                conditions=row["conditions"],
                period_years=row["period_years"],
            ),
            start_minor=row.get("lot", {}).get("start_minor"),
            step_minor=row.get("lot", {}).get("step_minor"),
        )
        for row in _read("offers")
    )


@cache
def demands() -> tuple[DemoDemand, ...]:
    return tuple(
        DemoDemand(row["key"], row["owner"], DemandState(row.get("state", "published")), row)
        for row in _read("demands")
    )


def _read(name: str) -> list[dict[str, Any]]:
    text = files("app.seed").joinpath("data", f"{name}.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return rows


def _completer(row: Mapping[str, str], ids: Mapping[str, UUID]) -> Completer:
    if "person" in row:
        return Completer(person_id=ids[row["person"]], role=row["role"])
    return Completer(name=row["name"], role=row["role"])


def _right(row: Mapping[str, str], today: date) -> IpRight:
    def day(name: str) -> date | None:
        return min(date.fromisoformat(row[name]), today) if name in row else None

    return IpRight(
        kind=IpKind(row["kind"]),
        title=row["title"],
        application_number=row.get("application_number", ""),
        publication_number=row.get("publication_number", ""),
        legal_status=LegalStatus(row["legal_status"]),
        filed_on=day("filed_on"),
        published_on=day("published_on"),
        status_on=day("status_on"),
    )


def _after(day: date, months: int) -> date:
    """The first day of the month that is ``months`` after the month of ``day``."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _target(row: Mapping[str, str]) -> str:
    return f"{row['metric']} {row['relation']} {row['value']}"
