"""JSON of accounts: what goes out. Nothing of a person but his own name goes to himself."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.types import MembershipView, OrganisationKind, OrganisationView
from app.core.actor import Actor
from app.core.paging import Page


class OrganisationOut(BaseModel):
    """An organisation (单位) as the public sees it."""

    id: UUID
    name: str
    kind: OrganisationKind
    credit_code: str
    region: str
    verified: bool

    @classmethod
    def of(cls, view: OrganisationView) -> Self:
        return cls(
            id=view.id,
            name=view.name,
            kind=view.kind,
            credit_code=view.credit_code,
            region=view.region,
            verified=view.verified,
        )


class OrganisationsOut(BaseModel):
    """One page of organisations; ``next`` is the cursor of the following one."""

    items: list[OrganisationOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[OrganisationView]) -> Self:
        return cls(items=[OrganisationOut.of(view) for view in page.items], next=page.next)


class MembershipOut(BaseModel):
    """An organisation the asker may act for, and his roles there."""

    organisation: OrganisationOut
    roles: list[str]


class MeOut(BaseModel):
    """The asker: himself, the organisation he acts for now, and his roles in force."""

    person_id: UUID
    name: str
    organisation_id: UUID | None
    roles: list[str]
    person_verified: bool
    scopes: list[str] | None = Field(description="权限范围；以会话登录时为 null，即不受限制")
    memberships: list[MembershipOut]

    @classmethod
    def of(cls, actor: Actor, memberships: list[MembershipView]) -> Self:
        assert actor.person_id is not None
        return cls(
            person_id=actor.person_id,
            name=actor.name,
            organisation_id=actor.organisation_id,
            roles=sorted(actor.roles),
            person_verified=actor.person_verified,
            scopes=None if actor.scopes is None else sorted(actor.scopes),
            memberships=[
                MembershipOut(
                    organisation=OrganisationOut.of(one.organisation), roles=sorted(one.roles)
                )
                for one in memberships
            ],
        )
