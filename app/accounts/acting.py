"""Who a person is now, for work that goes on after his request was answered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.accounts import organisation_queries, rules
from app.accounts.models import PlatformRole
from app.accounts.types import MEMBER_ROLES, Role
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def resolve_person(
    uow: UnitOfWork, *, person_id: UUID, organisation_id: UUID | None
) -> Actor:
    """A person with the roles of this moment, acting for the organisation he asked for.

    Whoever was removed meanwhile acts for nobody; what needs a role is refused then.
    """
    held = await uow.session.scalars(
        select(PlatformRole.role).where(PlatformRole.person_id == person_id)
    )
    member_roles: list[str] = []
    verified, name = False, ""
    if organisation_id is not None:
        member = await organisation_queries.find_membership(uow, organisation_id, person_id)
        if member is not None and member.state == organisation_queries.ACTIVE:
            member_roles = list(member.roles)
            found = await organisation_queries.list_by_ids(uow, [organisation_id])
            verified, name = found[0].view().verified, found[0].name
    roles = rules.choose_roles([Role(role) for role in held], member_roles)
    acts = bool(roles & MEMBER_ROLES)
    return Actor(
        person_id=person_id,
        organisation_id=organisation_id if acts else None,
        roles=roles,
        verified=acts and verified,
        organisation_name=name if acts else "",
    )
