"""Who a person is now: what a session, a token or work that goes on makes of him."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.accounts import queries, rules
from app.accounts.types import MEMBER_ROLES
from app.core.actor import Actor
from app.core.tx import UnitOfWork


def make_actor(asker: Row[Any], **way_in: Any) -> Actor:
    """An actor with the roles of this moment; ``way_in`` is what only his way in says."""
    roles = rules.choose_roles(asker.platform, asker.member_roles or ())
    acts = bool(roles & MEMBER_ROLES)
    return Actor(
        person_id=asker.person_id,
        organisation_id=asker.organisation_id if acts else None,
        roles=roles,
        verified=acts and asker.verified,
        name=asker.name,
        organisation_name=asker.organisation_name if acts else "",
        person_verified=asker.person_verified,
        **way_in,
    )


async def resolve_person(
    uow: UnitOfWork, *, person_id: UUID, organisation_id: UUID | None
) -> Actor:
    """A person acting for the organisation he asked for, for work that goes on after his request
    was answered.

    Whoever was removed meanwhile acts for nobody; what needs a role is refused then.
    """
    asker = await queries.find_person_acting(uow, person_id, organisation_id)
    return Actor(person_id=person_id) if asker is None else make_actor(asker)
