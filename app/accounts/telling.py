"""Telling people by what they are: one person, an organisation's members, holders of a role.

Other rooms call these from verbs or listeners; who they are, and where they can be reached, stays
in this room. Never call them on the bidding path: listen to the fact instead.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.accounts import organisation_queries, queries
from app.core.tx import UnitOfWork
from app.inbox import service as inbox
from app.inbox.types import Notice


async def tell_person(uow: UnitOfWork, *, person_id: UUID, notice: Notice, key: str) -> int:
    """Tell one person; at most once per key. Returns 0 when he was told before."""
    return await inbox.post(uow, person_ids=[person_id], notice=notice, key=key)


async def tell_organisation(
    uow: UnitOfWork, *, organisation_id: UUID, roles: Collection[str], notice: Notice, key: str
) -> int:
    """Tell the members who hold one of these roles, and the organisation's webhooks.

    Each at most once per key. Returns how many people had not been told before.
    """
    people = await organisation_queries.list_holders(uow, organisation_id, roles)
    told = await inbox.post(
        uow, person_ids=people, notice=notice, key=key, organisation_id=organisation_id
    )
    await inbox.post_event(uow, notice=notice, key=key, organisation_id=organisation_id)
    return told


async def tell_platform(
    uow: UnitOfWork, *, roles: Collection[str], notice: Notice, key: str
) -> int:
    """Tell everyone who holds one of these platform roles; each at most once per key."""
    people = await queries.list_holders(uow, roles)
    return await inbox.post(uow, person_ids=people, notice=notice, key=key)
